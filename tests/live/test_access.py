"""A page whose Python runs, for everybody: by keyboard, by ear, on a phone, in the dark."""

import pytest
from live_page import opening
from site_pages import violations

pytestmark = pytest.mark.xdist_group("access")

OVERFLOW = "document.documentElement.scrollWidth - innerWidth"
# The theme lets code that scrolls take the focus, a moment after the page has become narrow.
REACHABLE = """() => [...document.querySelectorAll(".highlight pre")].every(
  (pre) => pre.scrollWidth <= pre.clientWidth || pre.tabIndex === 0)"""
# What stands under a cell that shows everything: text, a table, a figure, widgets, an error.
EVERYTHING = """
import ipywidgets as w
import matplotlib.pyplot as plt
import pandas as pd
import mlmbook as mlm

print("a line of text that is longer than a phone is wide: " + "word " * 30)
display(pd.DataFrame([range(20)] * 3))
plt.plot([1, 2])
plt.show()
slider = w.IntSlider(description="Schools")
text = w.Text(description="Name")
box = w.Checkbox(description="Pooled")
button = w.Button(description="Press")
choice = w.Dropdown(description="Kind", options=["a", "b"])
inner = w.IntSlider(description="Pupils")
tabs = w.Tab([inner, w.HTML("<b>in</b>")], titles=["One", "Two"])
display(slider, text, box, button, choice, tabs, mlm.explore.shrinkage_dial())
import sys
print("a warning", file=sys.stderr)
1 / 0
"""


@pytest.fixture(scope="module")
def shown(chromium, base):
    """Give a page with Run open, and every kind of output in one cell and an editor in another."""
    with opening(chromium, base) as open_page:
        live = open_page(bypass_csp=True)
        live.start()
        cell = live.cells.nth(1)
        assert live.try_(EVERYTHING, cell)[-1]["kind"] == "error"
        cell.get_by_role("button", name="Skip the prediction").press("Enter")
        live.type("mlm.icc", live.trial)
        yield live


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_is_accessible_while_it_runs(shown, axe, theme, width):
    page = shown.page
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.locator(f"html[data-theme={theme}]").wait_for()
    page.wait_for_function(REACHABLE)
    assert page.evaluate(OVERFLOW) <= 0
    assert violations(page, axe) == []


def test_the_dock_hides_nothing(shown):
    page = shown.page
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
        last = page.locator("footer").last.bounding_box()
        dock = page.locator(".mlm-dock").bounding_box()
        assert last["y"] + last["height"] <= dock["y"] + 1
        buttons = page.locator(".mlm-dock button:visible")
        for button in buttons.all():
            box = button.bounding_box()
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= width
            assert box["height"] >= 36


def test_by_keyboard_alone(open_live):
    live = open_live()
    page = live.page

    def tab_to(name: str, *, back: bool = False) -> None:
        for _ in range(60):
            page.keyboard.press("Shift+Tab" if back else "Tab")
            here = page.evaluate(
                "document.activeElement.getAttribute('aria-label')"
                " ?? document.activeElement.textContent"
            )
            if here == name:
                return
        raise AssertionError(f"Tab does not reach {name!r}")

    page.locator("h1").evaluate("h => { h.tabIndex = -1; h.focus(); }")
    tab_to("Run code cell 1")
    button = page.locator(":focus")
    assert button.evaluate("b => getComputedStyle(b).opacity") == "1"  # seen when it has the focus
    assert button.evaluate("b => parseFloat(getComputedStyle(b).outlineWidth)") >= 2
    page.keyboard.press("Enter")
    live.settle()
    # The button that was pressed has gone; the one in its place has the focus.
    assert live.scratch.locator(".mlm-cell-run").evaluate("b => b === document.activeElement")
    tab_to("Edit")
    page.keyboard.press("Enter")
    editor = live.scratch.locator(".cm-content")
    editor.wait_for()
    live.wait(lambda: editor.evaluate("e => e === document.activeElement"))
    page.keyboard.press("Control+End")
    page.keyboard.type("\n6 * 7")
    page.keyboard.press("Control+Enter")
    live.settle()
    assert live.shown(live.scratch)[-1]["text"] == "42"
    page.keyboard.press("Escape")
    tab_to("Reset")
    page.keyboard.press("Enter")
    assert editor.count() == 0
    assert page.evaluate("document.activeElement.textContent") == "Edit"
    assert live.scratch.locator(".cell_input pre").is_visible()
