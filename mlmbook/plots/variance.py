"""Draw where the variation lives: one bar a model, one segment a level."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.ticker import MaxNLocator, PercentFormatter

from mlmbook.errors import DataError
from mlmbook.plots import palette, style
from mlmbook.plots.fitting import breadth, note_wide
from mlmbook.plots.tables import (
    check_fit,
    components,
    grouping_of,
    is_averaged,
    level_words,
    mark_of,
    strata,
)
from mlmbook.plots.words import number, variance_name

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from mlmbook.result import Fit

_LINE, _BAR, _GAP = 0.2, 0.5, 0.16  # heights of a line of text, a bar and a gap, inches
_APART = 0.12  # least distance of two notes side by side, inches


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
    With ``VarianceBy`` there is a bar for each stratum; level-1 variances that differ in another
    way (weights, a power, occasions) are averaged over the rows.

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
    names, bars = _bars(fits, names, share=share, fixed=fixed)
    longest = 1.0 if share else max(segments[-1].end for segments in bars)
    inches = style.width(ax) / longest
    notes = [_notes(segments, inches) for segments in bars]
    stacked = any(sum(_widths(some)) > style.width(ax) for some in notes)
    if stacked:
        notes = [_listed(some, style.width(ax)) for some in notes]
    lines = max(_lines(some) if stacked else 2 for some in notes)
    row = _BAR + (_LINE + 0.06) * any(names) + _LINE * lines + _GAP
    with style.canvas(ax, height=0.62 + row * len(bars)) as ax:
        for place, (name, segments, said) in enumerate(zip(names, bars, notes, strict=True)):
            top = place * row
            if name:
                said_of = _whole(name, style.width(ax))
                note_wide(ax.text(0, top + 0.02, said_of, weight="bold", va="top"))
                top += _LINE + 0.06
            _draw(ax, top, segments, inches)
            _write(ax, top + _BAR + 0.05, segments, said, inches, stacked=stacked)
        ax.set(xlim=(0, longest), ylim=(row * len(bars), 0))
        ax.set_yticks([])
        style.hide_axis(ax, "y")
        ax.xaxis.set_major_locator(MaxNLocator(6))
        if share:
            ax.xaxis.set_major_formatter(PercentFormatter(1.0, symbol=" %"))
        style.name_axes(ax, x=xlabel or _axis(fits[0], share), y="")
    return ax


def _bars(
    fits: Sequence[Fit], names: Sequence[str], *, share: bool, fixed: bool
) -> tuple[list[str], list[list[_Segment]]]:
    """Return a name and the segments of each bar: one a fit, or one a stratum of level 1."""
    found = list[tuple[str, list[_Segment]]]()
    for fit, name in zip(fits, names, strict=True):
        within = strata(fit)
        if not within:
            found.append((name, _segments(fit, components(fit, fixed=fixed), share)))
        for stratum, variance in within.items():
            table = components(fit, fixed=fixed, level1=variance)
            title = " · ".join(filter(None, (name, stratum)))
            found.append((title, _segments(fit, table, share)))
    return [name for name, _ in found], [segments for _, segments in found]


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
class _Segment:
    """A part of a bar: its words, its paint, where it lies."""

    words: str
    level: str
    face: str
    start: float
    end: float
    share: str
    numbers: str

    @property
    def name(self) -> str:
        """Return the words with the shape of the level before them."""
        signs = {"between": "● ", "within": "■ ", "third": "◆ ", "cross": "▲ "}
        return signs.get(self.level, "") + self.words

    @property
    def ink(self) -> str:
        """Return the color of text on the segment."""
        return palette.PAPER if self.face in palette.COLOR.values() else palette.INK


def _segments(fit: Fit, table: pd.DataFrame, share: bool) -> list[_Segment]:
    """Lay the components of a fit end to end."""
    sizes = table["share" if share else "variance"].to_numpy()
    ends = sizes.cumsum()
    factors = [str(group) for group in table["group"] if group not in ("Fixed", "Residual")]
    return [
        _Segment(
            *_look(fit, str(group), factors),
            start=float(end - size),
            end=float(end),
            share="< 1 %" if 0 < part < 0.005 else f"{100 * part:.0f} %",
            numbers=f"{number(variance)} (SD {number(sd)})",
        )
        for group, size, end, part, variance, sd in zip(
            table["group"], sizes, ends, table["share"], table["variance"], table["sd"], strict=True
        )
    ]


def _look(fit: Fit, group: str, factors: Sequence[str]) -> tuple[str, str, str]:
    """Return words, level and paint of a component; the innermost grouping factor is blue."""
    if group == "Fixed":
        return "fixed part", "fixed", palette.FILL["fixed"]
    if group == "Residual":
        words = level_words(fit, group) + (", average" if is_averaged(fit) else "")
        return words, "within", palette.FILL["within"]
    level = mark_of(fit, grouping_of(fit, group))
    face = (palette.COLOR if level == "between" else palette.FILL)[level]
    slopes = {grouping.name for grouping in fit.design.groupings if len(grouping.terms) > 1}
    return level_words(fit, group) + (", average" if group in slopes else ""), level, face


def _draw(ax: Axes, top: float, segments: Sequence[_Segment], inches: float) -> None:
    """Draw the segments of a model, with their shares where there is room."""
    for part in segments:
        size, middle = part.end - part.start, top + _BAR / 2
        ax.barh(middle, size, _BAR, part.start, color=part.face, edgecolor=palette.PAPER, lw=1.5)
        if _has_room(part, inches):
            ax.text(
                part.start + size / 2,
                middle,
                part.share,
                color=part.ink,
                ha="center",
                va="center_baseline",
                weight="bold",
            )


def _has_room(part: _Segment, inches: float) -> bool:
    """Say whether the share can be written inside the segment."""
    words = breadth(part.share, style.TEXT, "bold")
    return (part.end - part.start) * inches > words + 0.04


def _notes(segments: Sequence[_Segment], inches: float) -> list[str]:
    """Return name and numbers of each segment; the share too, if the bar has no room for it."""
    return [
        (part.name if _has_room(part, inches) else f"{part.name}, {part.share}")
        + f"\n{part.numbers}"
        for part in segments
    ]


def _listed(notes: Sequence[str], room: float) -> list[str]:
    """Write each note on one line, if there is room for it."""
    lines = [note.replace("\n", ": ") for note in notes]
    return [
        line if breadth(line, style.SMALL) <= room else note.replace("\n", ":\n     ")
        for line, note in zip(lines, notes, strict=True)
    ]


def _lines(notes: Sequence[str]) -> int:
    return sum(note.count("\n") + 1 for note in notes)


def _widths(notes: Sequence[str]) -> list[float]:
    return [breadth(note, style.SMALL) + _APART for note in notes]


def _whole(name: str, room: float) -> str:
    """Shorten the name of a model to one line."""
    if breadth(name, style.TEXT, "bold") <= room:
        return name
    while breadth(f"{name} …", style.TEXT, "bold") > room:
        name = name[:-1].rstrip()
    return f"{name} …"


def _write(
    ax: Axes,
    top: float,
    segments: Sequence[_Segment],
    notes: Sequence[str],
    inches: float,
    *,
    stacked: bool,
) -> None:
    """Write the notes below a bar: below each segment, or in a list where these would overlap."""
    starts = [0.0] * len(notes)
    if not stacked:
        starts = [part.start * inches for part in segments]
        starts = _side_by_side(starts, _widths(notes), style.width(ax))
    line = 0
    for part, note, start in zip(segments, notes, starts, strict=True):
        text = ax.text(
            start / inches,
            top + (_LINE * line if stacked else 0.0),
            note,
            color=palette.COLOR[part.level],
            fontsize=style.SMALL,
            va="top",
        )
        note_wide(text)
        line += note.count("\n") + 1


def _side_by_side(starts: Sequence[float], widths: Sequence[float], whole: float) -> list[float]:
    """Move notes as little as needed so that none overlaps the next or leaves the picture."""
    places = list(starts)
    for at in range(1, len(places)):
        places[at] = max(places[at], places[at - 1] + widths[at - 1])
    end = whole + _APART
    for at in reversed(range(len(places))):
        places[at] = end = min(places[at], end - widths[at])
    return places


def _axis(fit: Fit, share: bool) -> str:
    return "Share of the variance" if share else variance_name(fit.response, fit.data.attrs)
