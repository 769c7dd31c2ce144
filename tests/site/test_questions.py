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
EACH_CHAPTER = pytest.mark.parametrize("address", CHAPTERS)


def of(address: str, kind: str) -> list[dict]:
    return [spec for page, spec in QUESTIONS if page == address and spec["kind"] == kind]


def test_chapters_ask():
    pages = {page for page, _ in QUESTIONS}
    assert pages == set(CHAPTERS)
    names = [spec["name"] for _, spec in QUESTIONS]
    assert len(names) == len(set(names))


@EACH_CHAPTER
def test_quizzes_give_a_reason_for_every_option(visit, address):
    page = visit(address)
    for spec in of(address, "quiz"):
        card = page.locator(f"[data-question='{spec['name']}']")
        right = [i for i, option in enumerate(spec["options"]) if option["right"]]
        wrong = next(i for i, option in enumerate(spec["options"]) if not option["right"])
        assert card.locator(".mlm-reason:visible").count() == 0, spec["name"]
        for chosen, verdict in (([wrong], "Not so"), (right, "Right")):
            for i in chosen:
                card.locator(".mlm-option").nth(i).press("Enter")
            if spec["several"]:
                card.get_by_role("button", name="Check my answer").press("Enter")
            assert verdict in card.locator(".mlm-verdict").inner_text(), spec["name"]
            shown = card.locator(".mlm-reason:visible").count()
            assert shown == len(spec["options"]), spec["name"]
            card.get_by_role("button", name="Try again").press("Enter")
            assert card.locator(".mlm-reason:visible").count() == 0, spec["name"]


@EACH_CHAPTER
def test_checks_judge_numbers(visit, address):
    page = visit(address)
    for spec in of(address, "check"):
        card = page.locator(f"[data-question='{spec['name']}']")
        far = spec["answer"] + 50 * spec["tolerance"] + 7.77
        assert "Not so" in answered(card, repr(far)), spec["name"]
        for slip in spec["slips"]:
            assert slip["text"][:15].replace("_", "") in answered(card, repr(slip["value"]))
        assert "number" in answered(card, "many"), spec["name"]
        assert "Right" in answered(card, repr(spec["answer"])), spec["name"]


def answered(card, text: str) -> str:
    card.locator("input").fill(text)
    card.locator("input").press("Enter")
    return card.locator(".mlm-feedback").inner_text()


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
    assert violations(page, axe, "article") == []
