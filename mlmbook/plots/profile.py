"""Draw the profile likelihood of parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator
from scipy.interpolate import CubicSpline, PchipInterpolator
from scipy.stats import norm

from mlmbook.errors import DataError
from mlmbook.plots import palette, style
from mlmbook.plots.fitting import breadth
from mlmbook.plots.tables import check_fit
from mlmbook.plots.words import column_words, group_word, number, plural, unit_of

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from mlmbook.arrays import Floats
    from mlmbook.result import Fit

_SHOWS = ("zeta", "density")
_FINE = 400  # points of a smooth curve
_FLAT = 1e-8  # a rise of zeta that is only rounding


def plot_profile(
    fit: Fit,
    parameter: str,
    *,
    show: str = "zeta",
    xlabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    r"""Draw what the likelihood says about one parameter when all others adapt to it.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    parameter : str
        A row of :meth:`mlmbook.Fit.confint`, such as ``"ses"``, ``"var(Intercept | school)"``
        (drawn as a standard deviation) or ``"icc"``.
    show : {"zeta", "density"}
        ``"zeta"``: the signed root of the rise of the deviance, with the normal approximation at
        the estimate as a dashed line. Where the two agree a Wald interval is good. ``"density"``:
        :math:`\varphi(\zeta(v))\,\zeta'(v)`, the density of which the profile intervals are
        quantiles; skewed where the likelihood is.
    xlabel : str, optional
        Name of the horizontal axis with its unit; made from the parameter by default.
    ax : Axes, optional
        Axes to draw on; a new figure by default.

    Returns
    -------
    Axes
        The shaded interval is the profile-likelihood one with the coverage of the fit's ``ci``.

    Raises
    ------
    FormulaError
        The model has no such parameter.
    FitError
        The profile is not worked out for such a model, or could not be followed.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> fit = mlm.fit("diameter ~ 1 + (1 | plate) + (1 | sample)", mlm.load("penicillin"))
    >>> ax = mlm.plot_profile(fit, "var(Intercept | sample)")
    """
    if show not in _SHOWS:
        raise DataError(f"show must be 'zeta' or 'density', got {show!r}")
    curve = check_fit(fit).profile(parameter)
    zeta = CubicSpline(curve["value"], curve["zeta"])
    values = np.linspace(curve["value"].iloc[0], curve["value"].iloc[-1], _FINE)
    reach = float(norm.ppf((1 + fit.ci) / 2))
    inside = values[np.abs(zeta(values)) <= reach]
    low, high = _ends(curve, reach)
    estimate = float(curve.attrs["estimate"])
    color = palette.COLOR[_level(parameter)]
    with style.canvas(ax, height=3.4) as ax:
        if show == "zeta":
            ax.axhspan(-reach, reach, color=palette.RULE, alpha=0.6, lw=0, zorder=0)
            slope = float(zeta.derivative()(estimate))
            ends = np.array([curve["zeta"].iloc[0], curve["zeta"].iloc[-1]])
            ax.plot(estimate + ends / slope, ends, color=palette.MUTED, ls=(0, (3, 2)), lw=1.2)
            ax.plot(values, zeta(values), color=color, lw=2.4)
            y = "Signed root of the rise of the deviance"
            ticks = zeta([low, high])
        else:
            density = norm.pdf(zeta(values)) * zeta.derivative()(values)
            ax.plot(values, density, color=color, lw=2.4)
            shade = np.concatenate([[low], inside, [high]])
            height = norm.pdf(zeta(shade)) * zeta.derivative()(shade)
            ax.fill_between(shade, 0, height, color=color, alpha=0.22, lw=0)
            y = "Density, from the profile likelihood"
            ax.set_ylim(0, None)
            ax.set_yticks([])
            style.hide_axis(ax, "y")
            ticks = norm.pdf(zeta([low, high])) * zeta.derivative()([low, high])
        _mark_interval(ax, (low, estimate, high), ticks, color, show)
        ax.xaxis.set_major_locator(MaxNLocator(6))
        style.name_axes(ax, x=xlabel or _name(fit, parameter), y=y)
    return ax


def _ends(curve: pd.DataFrame, reach: float) -> tuple[float, float]:
    """Return where zeta is ± reach, or where the curve ends before."""
    rising = np.append(np.diff(curve["zeta"]) > _FLAT, True)  # at the end of a range it may not
    inverse = PchipInterpolator(curve["zeta"][rising], curve["value"][rising])
    first, last = float(curve["zeta"].iloc[0]), float(curve["zeta"].iloc[-1])
    return float(inverse(max(first, -reach))), float(inverse(min(last, reach)))


def _mark_interval(
    ax: Axes, marks: tuple[float, float, float], heights: Floats, color: str, show: str
) -> None:
    """Mark the interval and the estimate, with their numbers where the curve leaves room."""
    (bottom, top), (first, last) = ax.get_ylim(), ax.get_xlim()
    zeta = show == "zeta"
    starts = (top, bottom, bottom) if zeta else (bottom, bottom, bottom)
    tips = (float(heights[0]), 0.0 if zeta else 0.97 * top, float(heights[1]))
    for place, (value, start, tip) in enumerate(zip(marks, starts, tips, strict=True)):
        ink = palette.INK if place == 1 else color
        ax.plot([value, value], [start, tip], color=ink, lw=1, zorder=1)
        said, above = number(value).replace("-", "−"), zeta and place == 0
        wide = breadth(said, style.SMALL) / (0.9 * style.width(ax)) * (last - first)
        if place != 1 and abs(value - marks[1]) < _FLAT * (last - first):
            continue  # the estimate is at the end of the range
        left = place == 0 and not (zeta and value - first < wide)
        style.label(
            ax,
            said,
            (value, start if zeta or place == 1 else tip),
            xytext=(-4 if left else 4, -4 if above else 4),
            ha="right" if left else "left",
            va="top" if above else "bottom",
            color=ink,
        )
    ax.set_ylim(bottom, top)


def _level(parameter: str) -> str:
    if "Residual" in parameter:
        return "within"
    return "between" if parameter.startswith(("var(", "cor(")) or parameter == "icc" else "fixed"


def _name(fit: Fit, parameter: str) -> str:
    """Say in words what the parameter is."""
    attrs = fit.data.attrs
    unit = unit_of(fit.response, attrs)
    units = f", {unit}" if unit else ""
    if parameter == "icc":
        return "Intraclass correlation"
    if parameter == "var(Residual)":
        return f"Residual standard deviation{units}"
    if parameter in fit.design.names:
        what = column_words(parameter, attrs).get("label") or parameter
        return "Intercept" + units if parameter == "Intercept" else f"Coefficient of {what}"
    if " | " not in parameter:
        return parameter
    inner, group = parameter[4:-1].split(" | ")
    if group == "Residual":
        kind = "Correlation" if parameter.startswith("cor(") else "Residual standard deviation"
        return f"{kind}, {inner}" + (units if parameter.startswith("var(") else "")
    word = group_word(group, attrs)
    if parameter.startswith("cor("):
        return f"Correlation of {inner.replace(', ', ' and ')} between {plural(word)}"
    effect = "intercepts" if inner == "Intercept" else f"slopes of {inner}"
    return f"Standard deviation of {word} {effect}" + (units if inner == "Intercept" else "")
