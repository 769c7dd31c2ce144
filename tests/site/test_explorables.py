"""Every explorable on the site, driven by keyboard: what it says is what Python says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page
from site_pages import PAGES, violations, widget_states

import mlmbook as mlm
from mlmbook.explore import Choice, Draw, Slider, Toggle


def on_pages() -> Iterator[tuple[str, str]]:
    """Yield page and name of each explorable, as the pages carry them."""
    for page in PAGES:
        for model in widget_states(page):
            if model["_anywidget_id"].endswith(".ExplorableWidget"):
                yield page, model["spec"]["name"]


EXPLORABLES = sorted(set(on_pages()))
EACH = pytest.mark.parametrize(("address", "name"), EXPLORABLES)


def test_the_catalog_is_on_the_site():
    assert {name for _, name in EXPLORABLES} == set(mlm.explore.catalog.names())


@pytest.fixture
def opened(visit, address, name):
    page = visit(address)
    return page, page.locator(f"[data-explorable='{name}']").first


@EACH
def test_is_locked_until_predicted_or_skipped(opened, name):
    _, card = opened
    if is_sorting(card):  # every placement of a card is a prediction
        return
    assert card.get_attribute("data-locked") is not None
    assert card.locator("fieldset.mlm-controls").get_attribute("disabled") is not None
    card.get_by_role("button", name="Skip the prediction").press("Enter")
    assert card.get_attribute("data-locked") is None
    assert "Answer:" in card.locator(".mlm-verdict").inner_text()


@EACH
def test_a_prediction_stays_beside_the_result(opened, name):
    page, card = opened
    if is_sorting(card):
        return
    predict = getattr(mlm.explore, name).predict
    options = card.locator(".mlm-predict .mlm-choices").first.get_by_role("button")
    wrong = (predict.answer + 1) % len(predict.options)
    options.nth(wrong).press("Enter")
    card.get_by_role("button", name="a guess").press("Enter")
    verdict = card.locator(".mlm-verdict").inner_text()
    assert plain(predict.options[wrong]) in plain(verdict)
    assert plain(predict.options[predict.answer]) in plain(verdict)
    page.reload()  # the prediction is kept for the visit
    again = page.locator(f"[data-explorable='{name}']").first
    assert again.get_attribute("data-locked") is None


@EACH
def test_every_control_by_keyboard_to_both_ends(opened, name):
    page, card = opened
    explorable = getattr(mlm.explore, name)
    skip(card)
    agree(card, explorable)
    for control in explorable.controls:
        pictures = {picture(card)}
        for _ in to_the_ends(page, card, control):
            agree(card, explorable)
            pictures.add(picture(card))
        assert len(pictures) > 1, f"{control.name} changes nothing in the picture"


@EACH
def test_reset_brings_the_start_back(opened, name):
    page, card = opened
    explorable = getattr(mlm.explore, name)
    if not explorable.controls:
        return
    skip(card)
    before = says(card)
    for _ in to_the_ends(page, card, explorable.controls[0]):
        pass
    card.get_by_role("button", name="Reset").press("Enter")
    assert says(card) == before


@EACH
def test_shows_its_data_as_a_table(opened, name):
    _, card = opened
    skip(card)
    button = card.get_by_role("button", name="Show as a table")
    if button.count() == 0:  # cards and tables are text already
        assert card.locator(".mlm-sorting, .mlm-scroll table").count() > 0
        return
    button.press("Enter")
    assert card.locator(".mlm-table tbody tr").count() > 0
    assert card.locator(".mlm-table th[scope]").count() > 0
    card.get_by_role("button", name="Hide the table").press("Enter")
    assert card.locator(".mlm-table").is_hidden()


@EACH
def test_cards_can_be_sorted(opened, name):
    _, card = opened
    if not is_sorting(card):
        return
    skip(card)
    progress = card.locator(".mlm-progress")
    total = int(re.search(r"of (\d+) sorted", progress.inner_text()).group(1))
    for _ in range(total):
        while card.locator(".mlm-next").count() == 0:
            card.locator(".mlm-sorting .mlm-pill:not([disabled])").first.press("Enter")
            assert len(card.locator(".mlm-feedback").inner_text()) > 10
        card.locator(".mlm-next").press("Enter")
    assert progress.inner_text().startswith(f"{total} of {total} sorted")


@pytest.mark.parametrize("theme", ["light", "dark"])
@EACH
def test_is_accessible_at_the_ends(visit, axe, address, name, theme):
    page = visit(address, color_scheme=theme, bypass_csp=True, width=390)
    card = page.locator(f"[data-explorable='{name}']").first
    skip(card)
    for control in getattr(mlm.explore, name).controls:
        for _ in to_the_ends(page, card, control):
            pass
    page.evaluate("scrollTo(0, 0)")  # nothing of it is under the header that stays in view
    assert violations(page, axe, f"[data-explorable='{name}']") == []


def is_sorting(card: Locator) -> bool:
    return card.locator(".mlm-sorting").count() > 0


def skip(card: Locator) -> None:
    button = card.get_by_role("button", name="Skip the prediction")
    if button.count():
        button.press("Enter")


def to_the_ends(page: Page, card: Locator, control) -> Iterator[None]:
    """Move one control to each of its ends with keys only, pausing at each."""
    if isinstance(control, Slider):
        for key in ("Home", "End", "ArrowLeft"):
            card.locator(f"input[type=range][name='{control.name}']").press(key)
            yield
    elif isinstance(control, Choice):
        for key in ("Home", "End"):
            card.locator(f"select[name='{control.name}']").press(key)
            yield
    elif isinstance(control, Toggle):
        for _ in range(2):
            card.locator(f"input[type=checkbox][name='{control.name}']").press("Space")
            yield
    elif isinstance(control, Draw):
        for _ in control.grid:
            card.locator("button[name=draw]").press("Enter")
            yield


def setting(card: Locator, explorable) -> dict:
    """Read the setting off the controls, as a reader does."""
    values = {}
    for control in explorable.controls:
        if isinstance(control, Slider):
            values[control.name] = float(
                card.locator(f"input[type=range][name='{control.name}']").input_value()
            )
        elif isinstance(control, Choice):
            index = card.locator(f"select[name='{control.name}']").evaluate("s => s.selectedIndex")
            values[control.name] = control.grid[index]
        elif isinstance(control, Toggle):
            box = card.locator(f"input[type=checkbox][name='{control.name}']")
            values[control.name] = box.is_checked()
        elif isinstance(control, Draw):
            which = card.locator(".mlm-which").inner_text()
            values[control.name] = control.grid[int(re.search(r"sample (\d+)", which).group(1)) - 1]
    return values


def agree(card: Locator, explorable) -> None:
    values = setting(card, explorable)
    assert says(card) == plain(explorable.says(**values)), values


def says(card: Locator) -> str:
    return plain(card.locator(".mlm-says").text_content())


def picture(card: Locator) -> str:
    return card.locator(".mlm-stage").inner_html()


def plain(text: str) -> str:
    """Write symbols on one line: on the page σ_u0 has a subscript."""
    return re.sub(r"\s+", " ", text.replace("_", "")).strip()
