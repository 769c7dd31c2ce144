"""The multilevel part of the formula language."""

from __future__ import annotations

import pytest

from mlmbook.errors import FormulaError
from mlmbook.formula import Formula, RandomTerm, parse


def term(*terms: str, group: str = "g", intercept: bool = True, correlated: bool = True):
    return RandomTerm(terms, intercept, group, correlated)


@pytest.mark.parametrize(
    ("text", "random"),
    [
        ("y ~ (1 | g)", [term()]),
        ("y ~ (x | g)", [term("x")]),
        ("y ~ (1 + x | g)", [term("x")]),
        ("y ~ (x || g)", [term("x", correlated=False)]),
        ("y ~ (0 + x | g)", [term("x", intercept=False)]),
        ("y ~ (-1 + x | g)", [term("x", intercept=False)]),
        ("y ~ (x - 1 | g)", [term("x", intercept=False)]),
        ("y ~ (x * w | g)", [term("x", "w", "x:w")]),
        ("y ~ (x * w - x:w | g)", [term("x", "w")]),
        ("y ~ (I(x**2) + np.log(x) | g)", [term("I(x**2)", "np.log(x)")]),
        ("y ~ (x**2 | g)", [term("x**2")]),
        ("y ~ (1 | a:b)", [term(group="a:b")]),
        ("y ~ (1 | a/b)", [term(group="a"), term(group="a:b")]),
        ("y ~ (x | a/b/c)", [term("x", group=group) for group in ("a", "a:b", "a:b:c")]),
        ("y ~ (1 | g) + (0 + x | g)", [term(), term("x", intercept=False)]),
        ("y ~ (1 | g) + (x | h)", [term(), term("x", group="h")]),
        ("y ~ (`a b` | `the g`)", [term("`a b`", group="the g")]),
    ],
)
def test_random_terms(text: str, random: list[RandomTerm]) -> None:
    assert parse(text).random == tuple(random)


@pytest.mark.parametrize(
    ("text", "fixed"),
    [
        ("y ~ (1 | g)", "1"),
        ("y ~ 1 + (1 | g)", "1"),
        ("y ~ x * w + (1 | g)", "1 + x * w"),
        ("y ~ (1 | g) + x", "1 + x"),
        ("y ~ x + 1 + (1 | g)", "1 + x"),
        ("y ~ x - 1 + (1 | g)", "0 + x"),
        ("y ~ 0 + x + (1 | g)", "0 + x"),
        ("y ~ -1 + x + (1 | g)", "0 + x"),
        ("y ~ x * w - x:w + (1 | g)", "1 + x * w - x:w"),
        ("y ~ (x + w)**2 + (1 | g)", "1 + (x + w)**2"),
        ("y ~ C(x, contr.sum) + I(x - 1) + (1 | g)", "1 + C(x, contr.sum) + I(x - 1)"),
        ("y ~ I(x | w) + (1 | g)", "1 + I(x | w)"),
        ("y ~ f('a + (b | c)') + (1 | g)", "1 + f('a + (b | c)')"),
    ],
)
def test_fixed_part_spells_out_the_intercept(text: str, fixed: str) -> None:
    assert parse(text).fixed == fixed


def test_response_and_text_are_kept() -> None:
    assert parse("np.log(y) ~ x + (1 | g)") == Formula(
        "np.log(y) ~ x + (1 | g)", "np.log(y)", "1 + x", (term(),)
    )


def test_no_random_term_is_left_to_the_caller() -> None:
    assert parse("y ~ x").random == ()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("y (1 | g)", "needs one '~'"),
        ("~ x + (1 | g)", "a response before it"),
        ("y ~ ", "needs one '~'"),
        ("y ~ x ~ (1 | g)", "needs one '~'"),
        ("y ~ x | g", r"put parentheses around the random term: '\(x \| g\)'"),
        ("y ~ x * (1 | g)", "can only be added"),
        ("y ~ x - (1 | g)", "cannot be subtracted"),
        ("y ~ x + + (1 | g)", "a term is missing next to a sign"),
        ("y ~ x + (1 | g) +", "a term is missing next to a sign"),
        ("y ~ (1 | g", "never closed"),
        ("y ~ (1 | g))", "too many"),
        ("y ~ f('x) + (1 | g)", "' is never closed"),
        ("y ~ ( | g)", "terms before its bar and one grouping factor"),
        ("y ~ (1 | )", "terms before its bar and one grouping factor"),
        ("y ~ (1 | a | b)", "terms before its bar and one grouping factor"),
        ("y ~ (0 | g)", "has no effect in it"),
        ("y ~ (1 | f(g))", "is not a grouping factor"),
        ("y ~ (1 | a + b)", "is not a grouping factor"),
        ("y ~ (1 | a//b)", "is not a grouping factor"),
        ("y ~ (1 | Residual)", "taken by the level-1 variance"),
        ("y ~ (1 | g) + (1 | g)", "a random intercept for 'g' is asked for twice"),
        ("y ~ (1 | g) + (x | g)", r"'\(0 \+ x \| g\)'|asked for twice"),
        ("y ~ (x | g) + (0 + x | g)", "a random slope of 'x' for 'g' is asked for twice"),
    ],
)
def test_what_cannot_be_read_is_said(text: str, message: str) -> None:
    with pytest.raises(FormulaError, match=message):
        parse(text)


def test_a_formula_is_text() -> None:
    with pytest.raises(FormulaError, match=r"must be text such as .* got int"):
        parse(3)  # type: ignore[arg-type]
