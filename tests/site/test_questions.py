"""Every quiz and every check on the site, answered wrongly and rightly, by keyboard."""

import pytest
from site_pages import CHAPTERS, violations, widget_states


def on_pages() -> list[tuple[str, dict]]:
    """List page and description of each question, as the pages carry them."""
    found = []
    for page in CHAPTERS:
        for model in widget_states(page):
            if model["_anywidget_id"].endswith(".QuestionWidget"):
                found.append((page, model["spec"]))
    return found


QUESTIONS = on_pages()
QUIZZES = [pytest.param(p, s, id=s["name"]) for p, s in QUESTIONS if s["kind"] == "quiz"]
CHECKS = [pytest.param(p, s, id=s["name"]) for p, s in QUESTIONS if s["kind"] == "check"]


def test_chapters_ask():
    pages = {page for page, _ in QUESTIONS}
    assert pages == set(CHAPTERS)
    names = [spec["name"] for _, spec in QUESTIONS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(("address", "spec"), QUIZZES)
def test_quiz_gives_a_reason_for_every_option(visit, address, spec):
    card = visit(address).locator(f"[data-question='{spec['name']}']")
    right = [i for i, option in enumerate(spec["options"]) if option["right"]]
    wrong = next(i for i, option in enumerate(spec["options"]) if not option["right"])
    assert card.locator(".mlm-reason:visible").count() == 0
    for chosen, verdict in (([wrong], "Not so"), (right, "Right")):
        for i in chosen:
            card.locator(".mlm-option").nth(i).press("Enter")
        if spec["several"]:
            card.get_by_role("button", name="Check my answer").press("Enter")
        assert verdict in card.locator(".mlm-verdict").inner_text()
        assert card.locator(".mlm-reason:visible").count() == len(spec["options"])
        card.get_by_role("button", name="Try again").press("Enter")
        assert card.locator(".mlm-reason:visible").count() == 0


@pytest.mark.parametrize(("address", "spec"), CHECKS)
def test_check_judges_numbers(visit, address, spec):
    card = visit(address).locator(f"[data-question='{spec['name']}']")
    far = spec["answer"] + 50 * spec["tolerance"] + 7.77
    for answer, verdict in ((far, "Not so"), (spec["answer"], "Right")):
        box = card.locator("input")
        box.fill(repr(answer))
        box.press("Enter")
        assert verdict in card.locator(".mlm-feedback").inner_text()
    for slip in spec["slips"]:
        card.locator("input").fill(repr(slip["value"]))
        card.locator("input").press("Enter")
        said = card.locator(".mlm-feedback").inner_text()
        assert "Not so" in said
        assert len(said) > 20
    card.locator("input").fill("many")
    card.locator("input").press("Enter")
    assert "number" in card.locator(".mlm-feedback").inner_text()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("address", CHAPTERS)
def test_answered_questions_are_accessible(visit, axe, address, theme):
    page = visit(address, color_scheme=theme, bypass_csp=True)
    for card in page.locator("[data-question]").all():
        if card.locator(".mlm-option").count():
            card.locator(".mlm-option").first.click()
        else:
            card.locator("input").fill("-99999")
            card.locator("input").press("Enter")
    assert violations(page, axe) == []
