"""W06: every card has one home, and a reason for every bin."""

from collections import Counter

import pytest

from mlmbook.data import load
from mlmbook.explore.catalog.claim_cards import BINS, CARDS, claim_cards


def test_every_fallacy_is_met_and_not_every_card_is_one():
    homes = Counter(card.answer for card in CARDS)
    assert set(homes) == {key for key, _ in BINS}
    assert homes["safe"] == homes["ecological"] == homes["atomistic"] == 2


@pytest.mark.parametrize("card", CARDS, ids=lambda card: f"{card.answer}-{card.text[10:25]}")
def test_reasons(card):
    assert card.text.startswith("Evidence: ")
    assert "Claim: “" in card.text
    assert set(card.why) == {key for key, _ in BINS}
    assert len(set(card.why.values())) == len(BINS)  # no reason is used twice
    repaired = [key for key, reason in card.why.items() if "Safe: “" in reason]
    assert repaired == ([] if card.answer == "safe" else [card.answer])


def test_numbers_on_the_cards_are_those_of_the_census():
    census = load("illiteracy30").set_index("state")
    people = census[["nwhite", "fpwhite", "fbwhite", "black"]].sum(axis=1)
    illiterate = census[["nwhite_il", "fpwhite_il", "fbwhite_il", "black_il"]].sum(axis=1)
    rate = 100 * illiterate / people
    assert round(rate["South Carolina"]) == 15
    assert rate["Iowa"] < 1
    assert rate.idxmax() == "South Carolina"


def test_there_is_nothing_to_set():
    assert claim_cards.controls == ()
    (panel,) = claim_cards.scene().panels
    assert [mark.kind for mark in panel.marks] == ["cards"]
