"""Draw where the variation lives: one bar a model, one segment a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, PercentFormatter

from mlmbook.errors import DataError
from mlmbook.plots import style
from mlmbook.plots.tables import check_fit, components
from mlmbook.plots.words import column_words, group_word, number, plural, unit_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from mlmbook.result import Fit

_CHARACTER = 0.0162  # width of a character, as a share of the width of the axes
_INSIDE = 0.08  # a share is written inside a segment that is at least so wide


def plot_variance(
    *fits: Fit,
    labels: Sequence[str] | None = None,
    share: bool = False,
    fixed: bool = False,
    xlabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the variance components of one or several models as stacked bars.

    Blue is between groups, orange is within; the share of the total stands in each segment, the
    variance and the standard deviation below it. Where a slope varies over the groups their
    variance depends on the predictor; the bar shows its average over the rows of the data [1]_.

    Parameters
    ----------
    *fits : Fit
        Models of the same response; the first is at the top.
    labels : sequence of str, optional
        What to call each model; its fixed part by default, nothing when there is one model.
    share : bool, default False
        Draw shares of each model's total instead of variances.
    fixed : bool, default False
        Add the variance of the fixed part's predictions, so that the bar is the whole variance
        of the response as the model sees it.
    xlabel : str, optional
        Name of the horizontal axis with its unit; from the data's ``attrs`` by default.
    ax : Axes, optional
        Axes to draw on; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    DataError
        There is no fit, the number of labels differs, or variances of different responses would
        share an axis.

    References
    ----------
    .. [1] Johnson (2014), Methods in Ecology and Evolution 5(9), 944-946.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> null = mlm.fit("mathach ~ 1 + (1 | school)", mlm.load("hsb82"))
    >>> ax = mlm.plot_variance(null)
    """
    names = _check(fits, labels, share)
    tables = [components(fit, fixed=fixed) for fit in fits]
    longest = 1.0 if share else max(float(table["variance"].sum()) for table in tables)
    with style.canvas(ax, height=0.8 + (1.5 if any(names) else 1.2) * len(fits)) as ax:
        for place, (fit, name, table) in enumerate(zip(fits, names, tables, strict=True)):
            if name:
                ax.text(0, place - 0.24, name, weight="bold", va="bottom")
            _bar(ax, place, fit, table, longest=longest, share=share)
        top = 0.5 if any(names) else 0.25
        ax.set(xlim=(0, longest), ylim=(len(fits) - 0.36, -top))
        ax.set_yticks([])
        style.hide_axis(ax, "y")
        ax.xaxis.set_major_locator(MaxNLocator(6))
        if share:
            ax.xaxis.set_major_formatter(PercentFormatter(1.0))
        style.name_axes(ax, x=xlabel or _axis(fits[0], share), y="")
    return ax


def _check(fits: Sequence[Fit], labels: Sequence[str] | None, share: bool) -> list[str]:
    """Return a name for each fit, empty where a lone fit has none."""
    if not fits:
        raise DataError("give at least one fitted model: plot_variance(fit)")
    for fit in fits:
        check_fit(fit)
    responses = list(dict.fromkeys(fit.response for fit in fits))
    if len(responses) > 1 and not share:
        raise DataError(
            f"variances of different responses ({', '.join(responses)}) have no common axis; "
            "draw shares: share=True"
        )
    if labels is None:
        return [_predictors(fit) for fit in fits] if len(fits) > 1 else [""]
    if isinstance(labels, str) or len(labels) != len(fits):
        raise DataError(f"{len(fits)} fits need {len(fits)} labels in a list, got {labels!r}")
    return list(labels)


def _predictors(fit: Fit) -> str:
    return fit.parsed.fixed.removeprefix("1 + ") if fit.parsed.fixed != "1" else "no predictors"


@dataclass(frozen=True)
class _Look:
    """The words and the paint of a segment."""

    words: str
    level: str
    face: str

    @property
    def sign(self) -> str:
        """Return the shape of the level, as a character."""
        return {"between": "● ", "within": "■ ", "third": "◆ ", "cross": "▲ "}.get(self.level, "")

    @property
    def ink(self) -> str:
        return style.PAPER if self.face in style.COLOR.values() else style.INK


def _looks(fit: Fit, groups: Sequence[str]) -> list[_Look]:
    """Return the look of each segment: the innermost grouping factor is blue."""
    attrs = fit.data.attrs
    factors = [group for group in groups if group not in ("Fixed", "Residual")]
    slopes = {grouping.name for grouping in fit.design.groupings if len(grouping.terms) > 1}
    looks = []
    for group in groups:
        if group == "Fixed":
            looks.append(_Look("fixed part", "fixed", style.FILL["fixed"]))
        elif group == "Residual":
            inside = plural(group_word(factors[-1], attrs))
            looks.append(_Look(f"within {inside}", "within", style.FILL["within"]))
        else:
            level = ("between", "third", "cross")[(len(factors) - 1 - factors.index(group)) % 3]
            face = (style.COLOR if level == "between" else style.FILL)[level]
            words = f"between {plural(group_word(group, attrs))}"
            looks.append(_Look(words + (", average" if group in slopes else ""), level, face))
    return looks


def _bar(
    ax: Axes, place: int, fit: Fit, table: pd.DataFrame, *, longest: float, share: bool
) -> None:
    """Draw one model: its segments, the share inside, the numbers below."""
    sizes = table["share" if share else "variance"]
    starts = sizes.cumsum() - sizes
    wide = sizes > _INSIDE * longest
    looks = _looks(fit, list(table["group"]))
    shares = [f"{100 * part:.0f} %" for part in table["share"]]
    notes = [
        f"{look.sign}{look.words}{'' if inside else ', ' + part}\n"
        f"{number(variance)} (SD {number(sd)})"
        for look, inside, part, variance, sd in zip(
            looks, wide, shares, table["variance"], table["sd"], strict=True
        )
    ]
    places = _side_by_side(list(starts / longest), notes)
    for at, look in enumerate(looks):
        start, size = starts.iloc[at], sizes.iloc[at]
        ax.barh(place, size, 0.46, start, color=look.face, edgecolor=style.PAPER, lw=1.5)
        if wide.iloc[at]:
            ax.text(
                start + size / 2,
                place,
                shares[at],
                color=look.ink,
                ha="center",
                va="center_baseline",
                weight="bold",
            )
        ax.text(
            places[at] * longest,
            place + 0.27,
            notes[at],
            color=style.COLOR[look.level],
            fontsize=style.SMALL,
            va="top",
        )


def _side_by_side(starts: Sequence[float], notes: Sequence[str]) -> list[float]:
    """Place notes below the starts of their segments, moved where they would overlap."""
    widths = [_CHARACTER * (2 + max(map(len, note.split("\n")))) for note in notes]
    places = list(starts)
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + widths[at - 1])
    end = 1.0 + 2 * _CHARACTER
    for at in reversed(range(len(places))):
        places[at] = end = min(places[at], end - widths[at])
    return places


def _axis(fit: Fit, share: bool) -> str:
    attrs = fit.data.attrs
    name = column_words(fit.response, attrs).get("label") or fit.response
    if share:
        return "Share of the variance"
    unit = unit_of(fit.response, attrs)
    square = f"({unit})²" if " " in unit else f"{unit}²"
    return f"Variance of {name}" + (f", {square}" if unit else "")
