r"""From the text of a formula to its fixed part and its random terms.

``y ~ x * w + (1 + x | school)`` has a response, a fixed part and one random term. Here only
the multilevel part of the language is read: what stands inside ``( | )``. Everything else
stays text, to be turned into columns by formulaic in :mod:`mlmbook.columns`.

================  ====================================================================
``(1 | g)``       random intercept
``(x | g)``       random intercept and slope, correlated; the same as ``(1 + x | g)``
``(x || g)``      the same, uncorrelated
``(0 + x | g)``   random slope alone
``(1 | a:b)``     one effect for every combination of a and b
``(1 | a/b)``     b nested in a; the same as ``(1 | a) + (1 | a:b)``
================  ====================================================================

What may stand in the place of ``g`` besides is in :mod:`mlmbook.special`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, combinations

from .errors import FormulaError
from .special import SpecialTerm, read_special

__all__ = ["Formula", "RandomTerm", "crossed", "parse"]

_OPENING, _CLOSING = "([{", ")]}"
_MARK = re.compile(r"[^\w\s]")
_RESERVED_GROUP = "Residual"


@dataclass(frozen=True)
class RandomTerm:
    """One ``(terms | group)`` of a formula."""

    terms: tuple[str, ...]
    """Right-hand-side terms without the intercept, e.g. ``("x",)``."""
    intercept: bool
    group: str
    """Grouping factor; ``"a:b"`` for the combinations of two columns."""
    correlated: bool
    """False for ``||``."""
    special: SpecialTerm | None = None
    """``mm()``, ``car()`` or ``sar()``; None for a plain grouping factor."""


@dataclass(frozen=True)
class Formula:
    """A parsed formula; compare :func:`parse`."""

    text: str
    response: str
    fixed: str
    """Fixed right-hand side with its intercept spelled out, e.g. ``"1 + x * w"``."""
    random: tuple[RandomTerm, ...]

    @property
    def response_name(self) -> str:
        """The response as a reader calls it: a name without its backticks."""
        name = self.response[1:-1]
        return name if self.response == f"`{name}`" and "`" not in name else self.response


@lru_cache(maxsize=256)
def parse(text: str) -> Formula:
    """Read an lme4-style formula.

    Parameters
    ----------
    text : str
        For example ``"score ~ ses + (1 + ses | school)"``.

    Returns
    -------
    Formula

    Raises
    ------
    FormulaError
        The text is not a formula, or a random term cannot be read.

    Examples
    --------
    >>> parse("score ~ ses + (ses || school)").random
    (RandomTerm(terms=('ses',), intercept=True, group='school', correlated=False, special=None),)
    """
    if not isinstance(text, str):
        raise FormulaError(
            f"the formula must be text such as 'y ~ x + (1 | group)', got {type(text).__name__}"
        )
    sides = _split(text, "~")
    if len(sides) != 2 or not sides[0].strip() or not sides[1].strip():
        raise FormulaError(
            f"the formula needs one '~' with a response before it and terms after it, "
            f"as in 'y ~ x + (1 | group)'; got {text!r}"
        )
    fixed: list[tuple[str, str]] = []
    random: list[RandomTerm] = []
    for sign, summand in _summands(sides[1]):
        bars = _random_part(summand)
        if bars is None:
            fixed.append((sign, summand))
        elif sign == "-":
            raise FormulaError(f"a random term cannot be subtracted: '- {summand}' in {text!r}")
        else:
            random.extend(_random_terms(bars, text))
    _refuse_repeats(random, text)
    return Formula(text, sides[0].strip(), _with_intercept(fixed), tuple(random))


def _random_terms(inside: str, text: str) -> Iterator[RandomTerm]:
    """Yield the terms of ``left | right``, nesting expanded."""
    correlated = len(_split(inside, "||")) == 1
    parts = _split(inside, "|" if correlated else "||")
    if len(parts) != 2 or not all(part.strip() for part in parts):
        raise FormulaError(
            f"a random term has terms before its bar and one grouping factor after it, "
            f"as in '(1 + x | group)'; got '({inside})' in {text!r}"
        )
    left, right = parts
    intercept, terms = _columns(left)
    if not intercept and not terms:
        raise FormulaError(f"the random term '({inside})' has no effect in it, in {text!r}")
    special = read_special(right)
    if special is not None:
        yield RandomTerm(terms, intercept, special.name, correlated, special)
        return
    for group in _groups(right, text):
        yield RandomTerm(terms, intercept, group, correlated)


def _columns(left: str) -> tuple[bool, tuple[str, ...]]:
    """Return whether the left of a bar has an intercept, and its other terms."""
    intercept, terms = True, list[str]()
    for sign, summand in _summands(left):
        if summand in ("0", "1"):
            intercept = (summand == "1") == (sign == "+")
        elif sign == "-":
            terms = [term for term in terms if term not in crossed(summand)]
        else:
            terms += [term for term in crossed(summand) if term not in terms]
    return intercept, tuple(sorted(terms, key=lambda term: len(_split(term, ":"))))


def crossed(summand: str) -> list[str]:
    """Expand ``a * b`` to ``a``, ``b``, ``a:b``."""
    factors = [factor.strip() for factor in _split(summand, "*")]
    if "" in factors:  # a power, which formulaic reads
        return [summand]
    return [
        ":".join(chosen)
        for size in range(1, len(factors) + 1)
        for chosen in combinations(factors, size)
    ]


def _groups(right: str, text: str) -> list[str]:
    """Expand ``a/b`` to ``a`` and ``a:b``."""
    nested = [":".join(_names(part, text)) for part in _split(right, "/")]
    return list(accumulate(nested, lambda outer, inner: f"{outer}:{inner}"))


def _names(part: str, text: str) -> list[str]:
    names = [name.strip().strip("`") for name in _split(part, ":")]
    for name in names:
        if not name or (not name.isidentifier() and "`" not in part):
            raise FormulaError(
                f"{part.strip()!r} is not a grouping factor; write a column name, 'a:b' or 'a/b' "
                f"after the bar, in {text!r}"
            )
        if name == _RESERVED_GROUP:
            raise FormulaError(
                f"the grouping factor cannot be called {name!r}: that name is taken by the "
                f"level-1 variance; rename the column"
            )
    return names


def _refuse_repeats(random: list[RandomTerm], text: str) -> None:
    seen: set[tuple[str, str]] = set()
    meant: dict[str, SpecialTerm | None] = {}
    for term in random:
        if meant.setdefault(term.group, term.special) != term.special:
            raise FormulaError(f"{term.group!r} means two different things in {text!r}")
        for column in (("1",) if term.intercept else ()) + term.terms:
            if (column, term.group) in seen:
                what = "a random intercept" if column == "1" else f"a random slope of {column!r}"
                raise FormulaError(
                    f"{what} for {term.group!r} is asked for twice, in {text!r}; write "
                    f"'(0 + x | {term.group})' for a slope without the intercept"
                )
            seen.add((column, term.group))


def _with_intercept(fixed: list[tuple[str, str]]) -> str:
    """Join the fixed summands, with ``1`` or ``0`` in front."""
    intercept, rest = "1", ""
    for sign, summand in fixed:
        if summand in ("0", "1"):
            intercept = "1" if (summand == "1") == (sign == "+") else "0"
        else:
            rest += f" {sign} {summand}"
    return intercept + rest


def _random_part(summand: str) -> str | None:
    """Return what is inside ``( | )``, or None for a fixed summand."""
    if "|" not in summand:
        return None
    if len(_split(summand, "|")) > 1:
        raise FormulaError(
            f"put parentheses around the random term: '({summand})' instead of {summand!r}"
        )
    for before, inside in _brackets(summand):
        if len(_split(inside, "|")) > 1 and not (
            before and (before[-1].isalnum() or before[-1] in "_.")
        ):
            if summand == f"({inside})":
                return inside
            raise FormulaError(
                f"a random term can only be added to the others with '+'; got {summand!r}"
            )
    return None


def _brackets(text: str) -> Iterator[tuple[str, str]]:
    """Yield (text before, text inside) for every outermost round bracket."""
    start = 0
    for position, depth, character in _scan(text):
        if depth == 0 and character == "(":
            start = position
        elif depth == 0 and character == ")":
            yield text[:start], text[start + 1 : position]


def _summands(text: str) -> Iterator[tuple[str, str]]:
    """Yield ``(sign, summand)`` for the sum at the outermost level."""
    start, sign, pending = 0, "+", list[tuple[str, str]]()
    for position, depth, character in _scan(text):
        if depth == 0 and character in "+-":
            pending.append((sign, text[start:position].strip()))
            start, sign = position + 1, character
    pending.append((sign, text[start:].strip()))
    for number, (sign, summand) in enumerate(pending):
        if summand:
            yield sign, summand
        elif number or len(pending) == 1:
            raise FormulaError(f"a term is missing next to a sign in {text.strip()!r}")


def _split(text: str, separator: str) -> list[str]:
    """Split at a separator, outside brackets, quotes and backticks."""
    if separator not in text:
        return [text]
    parts, start = [], 0
    for position, depth, _ in _scan(text):
        if depth == 0 and position >= start and text.startswith(separator, position):
            parts.append(text[start:position])
            start = position + len(separator)
    return [*parts, text[start:]]


def _scan(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (position, bracket depth, mark) outside quotes and backticks."""
    depth, quote = 0, ""
    for mark in _MARK.finditer(text):
        position, character = mark.start(), mark.group()
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"`":
            quote = character
        else:
            if character in _CLOSING:
                depth -= 1
                if depth < 0:
                    raise FormulaError(f"there is a {character!r} too many in {text.strip()!r}")
            yield position, depth, character
            if character in _OPENING:
                depth += 1
    if quote or depth > 0:
        raise FormulaError(f"an opening {quote or '('} is never closed in {text.strip()!r}")
