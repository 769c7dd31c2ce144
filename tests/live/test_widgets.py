"""Widgets whose Python runs: moved by keyboard, linked, filled, drawn by a reader's own module."""

import pytest

pytestmark = pytest.mark.xdist_group("widgets")

OWN = '''
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    _esm = """
    export default {
      render({ model, el }) {
        const button = document.createElement("button");
        button.className = "mine";
        const text = () => `${model.get("count")}: ${model.get("data").getUint8(1)}`;
        const show = () => (button.textContent = text());
        button.onclick = () => {
          model.set("count", model.get("count") + 1);
          model.save_changes();
          model.send({ pressed: true }, undefined, [new Uint8Array([7, 8, 9]).buffer]);
        };
        model.on("change", show);
        show();
        el.append(button);
      },
    };
    """
    _css = ".mine { color: rgb(1, 2, 3); }"
    count = traitlets.Int(0).tag(sync=True)
    data = traitlets.Bytes(bytes([5, 6])).tag(sync=True)

counter = Counter()
counter.on_msg(lambda _, content, parts: print("heard", [list(bytes(part)) for part in parts]))
counter
'''


def press(live, control: str, *keys: str) -> None:
    target = live.scratch.locator(f".mlm-live-output {control}").first
    target.focus()
    for key in keys:
        live.page.keyboard.press(key)


def becomes(live, text: str) -> None:
    output = live.scratch.locator(".mlm-live-output")
    live.wait(lambda: text in output.inner_text())


def test_interact_by_keyboard(live):
    (shown,) = live.try_(
        "from ipywidgets import interact\n@interact(x=(0, 10))\n"
        "def f(x=3):\n    print('twice', 2 * x)\n    return x / (x - 6)"
    )
    assert "twice 6" in shown["text"]
    press(live, ".noUi-handle", "ArrowRight", "ArrowRight")
    becomes(live, "twice 10")
    press(live, ".noUi-handle", "ArrowRight")
    becomes(live, "ZeroDivisionError")
    press(live, ".noUi-handle", "ArrowRight")
    becomes(live, "twice 14")


def test_interact_draws_anew(live):
    live.try_(
        "import matplotlib.pyplot as plt\nfrom ipywidgets import interact\n"
        "@interact(x=(1, 5), kind=['a', 'b'])\n"
        "def f(x=3, kind='a'):\n    plt.figure(figsize=(x, 1))\n    plt.plot([1])\n    plt.show()"
    )
    picture = live.scratch.locator(".mlm-live-output img")
    picture.wait_for()
    before = picture.get_attribute("src")
    press(live, ".noUi-handle", "ArrowRight")
    live.wait(lambda: picture.count() == 1 and picture.get_attribute("src") != before)


def test_linked_widgets_and_several_views(live):
    live.try_(
        "import ipywidgets as w\na, b, c = w.IntSlider(), w.IntSlider(), w.IntText()\n"
        "w.jslink((a, 'value'), (b, 'value'))\nw.link((b, 'value'), (c, 'value'))\n"
        "display(w.VBox([a, b, c]), a)"
    )
    press(live, ".noUi-handle", "ArrowRight", "ArrowRight", "ArrowRight")
    handles = live.scratch.locator(".noUi-handle")
    live.wait(lambda: live.scratch.locator("input[type=number]").input_value() == "3")
    values = handles.evaluate_all("all => all.map(h => Number(h.getAttribute('aria-valuenow')))")
    assert values == [3, 3, 3]


def test_output_widget(live):
    live.try_(
        "import ipywidgets as w\nout = w.Output()\nwith out:\n    print('inside')\n    1 / 0\n"
        "print('beside')\nbutton = w.Button(description='Press')\n"
        "def pressed(_):\n"
        "    with out:\n        out.clear_output(wait=True)\n        print('pressed')\n"
        "    print('under the cell')\nbutton.on_click(pressed)\ndisplay(button, out)"
    )
    output = live.scratch.locator(".mlm-live-output")
    assert "ZeroDivisionError" in output.locator(".mlm-widget").last.inner_text()
    press(live, "button", "Enter")
    becomes(live, "under the cell")
    assert output.locator(".mlm-widget").last.inner_text().strip() == "pressed"


def test_output_widget_in_a_flood(live):
    shown = live.try_(
        "import ipywidgets as w\nout = w.Output()\ndisplay(out)\n"
        "with out:\n    for i in range(10**6): print(i)"
    )
    assert "not shown" in shown[0]["text"]


def test_a_callback_that_fails_says_so(live):
    live.try_(
        "import ipywidgets as w\nslider = w.IntSlider()\n"
        "slider.observe(lambda change: 1 / 0, 'value')\nslider"
    )
    press(live, ".noUi-handle", "ArrowRight")
    becomes(live, "ZeroDivisionError")


def test_a_widget_of_a_readers_own(live):
    live.try_(OWN)
    button = live.scratch.locator(".mine")
    assert button.inner_text() == "0: 6"
    assert button.evaluate("b => getComputedStyle(b).color") == "rgb(1, 2, 3)"
    button.press("Enter")
    becomes(live, "1: 6")
    becomes(live, "heard [[7, 8, 9]]")


def test_bytes_from_python_reach_the_page(live):
    live.try_(OWN.replace("counter = ", "counter2 = ").rstrip().removesuffix("counter"))
    live.try_("display(counter2)\ncounter2.data = bytes([1, 9])")
    becomes(live, "0: 9")


@pytest.mark.parametrize(
    ("module", "reason"),
    [
        ("export default { render() { throw new Error('no canvas'); } }", "no canvas"),
        ("not JavaScript", "its module is not valid"),
    ],
)
def test_a_broken_widget_says_why(live, module, reason):
    code = f"import anywidget\nclass Broken(anywidget.AnyWidget):\n    _esm = {module!r}\nBroken()"
    live.try_(code)
    becomes(live, "This widget could not be shown")
    becomes(live, reason)


def test_a_widget_loads_nothing_from_elsewhere(live):
    live.try_(
        "import anywidget\nclass Far(anywidget.AnyWidget):\n"
        "    _esm = \"import 'https://example.org/x.js'; export default { render() {} }\"\nFar()"
    )
    becomes(live, "would load something from elsewhere")
    live.forgive("example.org")


def test_a_library_that_the_page_has_not(live):
    live.try_(
        "import ipywidgets as w\nfrom traitlets import Unicode\nclass Map(w.DOMWidget):\n"
        "    _model_name = Unicode('MapModel').tag(sync=True)\n"
        "    _view_name = Unicode('MapView').tag(sync=True)\n"
        "    _model_module = Unicode('some-maps').tag(sync=True)\n"
        "    _view_module = Unicode('some-maps').tag(sync=True)\nMap()"
    )
    becomes(live, "Widgets of some-maps are not part of this page.")


def test_explorables_and_questions_of_the_kernel(live):
    live.try_("import mlmbook as mlm\nmlm.explore.shrinkage_dial()")
    card = live.scratch.locator("[data-explorable='shrinkage_dial']")
    card.get_by_role("button", name="Skip the prediction").press("Enter")
    before = card.locator(".mlm-says").inner_text()
    card.locator("input[type=range]").first.press("End")
    assert card.locator(".mlm-says").inner_text() != before
    live.try_("mlm.check('how-much', 'How much?', answer=3.0, tolerance=0.1)")
    question = live.scratch.locator("[data-question='how-much']")
    question.locator("input").fill("3.05")
    question.locator("input").press("Enter")
    assert "Right" in question.locator(".mlm-feedback").inner_text()
