r"""Draw standardized random effects against normal quantiles, with a band.

If the model holds, a conditional mode over its diagnostic standard deviation is standard normal.
The *i*-th smallest of *n* independent ones lies with probability *c* between the quantiles of
:math:`\Phi^{-1}(B)` with :math:`B\sim\operatorname{Beta}(i,\,n+1-i)`; modes are a little dependent,
because the fixed effects and other factors are estimated from the same data.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import beta, norm

from mlmbook.errors import DataError
from mlmbook.plots import palette, style
from mlmbook.plots.fitting import breadth
from mlmbook.plots.tables import check_fit, check_term, grouping_of, mark_of
from mlmbook.plots.words import column_words, count, group_word, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from mlmbook.arrays import Floats
    from mlmbook.result import Fit

_NAMED = 3  # groups outside the band that are named, the farthest


def plot_ranef_qq(
    fit: Fit,
    *,
    term: str = "Intercept",
    group: str | None = None,
    level: float = 0.95,
    ylabel: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw standardized random effects against normal quantiles, with a pointwise band.

    Each circle is a group: its conditional mode over the diagnostic standard deviation
    (:meth:`mlmbook.Fit.residuals_at`), so that small and large groups are alike. In 95 of 100
    samples from the model a given circle lies in the band; with many groups some lie outside all
    the same. Groups outside are named.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    term : str, default "Intercept"
        Random effect to draw.
    group : str, optional
        Grouping factor; needed only when the model has several.
    level : float, default 0.95
        Coverage of the band, at each point.
    ylabel : str, optional
        Name of the vertical axis.
    ax : Axes, optional
        Axes to draw on; a new figure by default.

    Returns
    -------
    Axes

    Raises
    ------
    FormulaError
        The model has no such random effect or grouping factor.
    DataError
        The random effect has no variance, or `level` is not between 0 and 1.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> fit = mlm.fit("mathach ~ ses + (ses | school)", mlm.load("hsb82"))
    >>> ax = mlm.plot_ranef_qq(fit, term="ses")
    """
    if not 0 < level < 1:
        raise DataError(f"level is the coverage of the band, between 0 and 1 (0.95); got {level!r}")
    grouping = grouping_of(check_fit(fit), group)
    check_term(grouping, term)
    table = fit.residuals_at(grouping.name, kind="standardized")
    values = pd.Series(table[term]).dropna().sort_values()
    if values.empty:
        raise DataError(
            f"{term!r} does not vary between groups of {grouping.name!r} in this fit: there is "
            "nothing to standardize"
        )
    word, mark = group_word(grouping.name, fit.data.attrs), mark_of(fit, grouping)
    n = len(values)
    rank = np.arange(1, n + 1)
    at = norm.ppf((rank - 0.5) / n)
    tails = (1 - level) / 2, (1 + level) / 2
    low, high = (norm.ppf(beta.ppf(tail, rank, n + 1 - rank)) for tail in tails)
    y = values.to_numpy()
    outside = (y < low) | (y > high)
    with style.canvas(ax, height=3.8) as ax:
        ax.fill_between(at, low, high, color=palette.RULE, alpha=0.7, lw=0, zorder=0)
        ax.plot(at[[0, -1]], at[[0, -1]], color=palette.MUTED, lw=1.2, zorder=1)
        for these, face in ((~outside, palette.COLOR[mark]), (outside, palette.PAPER)):
            ax.plot(
                at[these],
                y[these],
                palette.MARKER[mark],
                ms=5 if n < 300 else 3.4,
                mfc=face,
                mec=palette.COLOR[mark],
                mew=1.2,
                zorder=2,
            )
        far = np.flatnonzero(outside)
        far = far[np.argsort(-np.abs(y - at)[far], kind="stable")][:_NAMED]
        names = [str(label) for label in values.index[far]]
        beside = max((breadth(name, style.SMALL) for name in names), default=0.0)
        ax.margins(0.06 + beside / (0.85 * style.width(ax) - 2 * beside), 0.08)
        _name_groups(ax, names, at[far], y[far], mark)
        said = f"{count(int(outside.sum()))} of {count(n)} {plural(word)}\noutside the "
        ax.text(
            0.98,
            0.03,
            f"{said}{100 * level:.0f} % band;\n{(1 - level) * n:.0f} expected",
            transform=ax.transAxes,
            ha="right",
            va="bottom",
            fontsize=style.SMALL,
        )
        what = column_words(term, fit.data.attrs).get("label") or term
        effect = "random intercept" if term == "Intercept" else f"random slope of {what}"
        name = f"Standardized {effect}"
        style.name_axes(ax, x="Normal quantile", y=ylabel or name)
    return ax


def _name_groups(ax: Axes, names: Sequence[str], at: Floats, y: Floats, mark: str) -> None:
    """Name groups on the side of the line on which they lie, each farther off than the last."""
    low, high = ax.get_ylim()
    for above in (True, False):
        away = 1 if above else -1
        rows = [row for row in range(len(names)) if (y[row] > at[row]) == above]
        height = -np.inf
        for row in sorted(rows, key=lambda row: away * y[row]):
            height = max(away * float(y[row]), height + (high - low) / 18)
            style.label(
                ax,
                names[row],
                (float(at[row]), away * height),
                xytext=(-6 if above else 6, 0),
                ha="right" if above else "left",
                color=palette.COLOR[mark],
            )
