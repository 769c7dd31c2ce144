r"""How alike the members of groups are, from the analysis of variance.

With *J* groups of :math:`n_j` members, *N* in all, and the mean squares of a one-way layout [1]_:

.. math:: \mathrm{ICC}(1) = \frac{MS_B-MS_W}{MS_B+(n_0-1)MS_W}, \qquad
   \mathrm{ICC}(2) = \frac{MS_B-MS_W}{MS_B}, \qquad
   n_0 = \frac{1}{J-1}\Bigl(N-\frac{\sum n_j^2}{N}\Bigr),

where :math:`n_0` is the size of a group if all are alike. ICC(1) estimates the intraclass
correlation, ICC(2) the reliability of a group mean [2]_. With :math:`F=MS_B/MS_W`,
:math:`F_L=F/F_{1-\alpha/2;\,J-1,\,N-J}` and :math:`F_U=F/F_{\alpha/2;\,J-1,\,N-J}` the limits are

.. math:: \frac{F_L-1}{F_L+n_0-1},\ \frac{F_U-1}{F_U+n_0-1}
   \qquad\text{and}\qquad 1-\frac1{F_L},\ 1-\frac1{F_U}:

exact in the normal model if groups are of one size, else an approximation [3]_ [4]_.

References
----------
.. [1] Donner (1986), International Statistical Review 54, 67-82.
.. [2] Bliese (2000), in Klein & Kozlowski (eds.), Multilevel Theory, Research, and Methods in
   Organizations, 349-381.
.. [3] Shrout & Fleiss (1979), Psychological Bulletin 86, 420-428.
.. [4] Searle (1971), Linear Models, section 9.8 (limits from F).
.. [5] James, Demaree & Wolf (1984), Journal of Applied Psychology 69, 85-98.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from .design import group_codes
from .errors import DataError
from .rows import complete_rows, refuse_unknown

if TYPE_CHECKING:
    from .arrays import Floats

__all__ = ["anova_icc", "rwg"]


def anova_icc(
    y: str,
    group: str,
    data: pd.DataFrame,
    *,
    size: Literal["n0", "mean"] = "n0",
    ci: float = 0.95,
) -> pd.DataFrame:
    """Return ICC(1) and ICC(2) from a one-way analysis of variance.

    Parameters
    ----------
    y : str
        A numeric column.
    group : str
        The grouping column.
    data : DataFrame
        Rows in which either is missing are dropped and counted.
    size : {"n0", "mean"}
        What stands for the size of a group in ICC(1): n0, or the mean size, which some programs
        take. With groups of one size they are the same.
    ci : float, default 0.95
        Coverage of the limits: exact in the normal model with groups of one size, else
        approximate.

    Returns
    -------
    DataFrame
        Rows ``ICC(1)`` (a member's; may be negative) and ``ICC(2)`` (a group mean's); columns
        ``estimate``, ``low``, ``high``. ``.attrs`` has ``msb``, ``msw``, ``df``, ``F``, ``p``,
        ``size``, ``ngroups``, ``nobs`` and ``messages``.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> mlm.anova_icc("mathach", "school", mlm.load("hsb82"))["estimate"].round(3).to_dict()
    {'ICC(1)': 0.174, 'ICC(2)': 0.904}
    """
    from scipy.special import fdtrc, fdtri  # needed here only

    if size not in ("n0", "mean"):
        raise DataError(f"size must be 'n0' or 'mean', got {size!r}")
    if not 0 < ci < 1:
        raise DataError(f"ci is the coverage of the limits, between 0 and 1 (0.95); got {ci!r}")
    rows, messages = _complete(data, [y], group)
    values = _numbers(rows, y)
    codes, _ = group_codes(group, rows)
    n = np.bincount(codes)
    total, count = len(values), len(n)
    if count < 2 or total <= count:
        raise DataError(
            f"{group!r} has {count} groups for {total} rows; variance within and between groups "
            "needs two groups, and one with two rows"
        )
    means = np.bincount(codes, values - values.mean()) / n
    msb = float(n @ means**2 / (count - 1))
    msw = float(np.sum((values - values.mean() - means[codes]) ** 2) / (total - count))
    if msb == 0 and msw == 0:
        raise DataError(f"{y!r} is constant: there is no variance to divide")
    members = total / count if size == "mean" else (total - (n**2).sum() / total) / (count - 1)
    df = (count - 1, total - count)
    F = msb / msw if msw > 0 else np.inf
    ratios = [F, F / fdtri(*df, (1 + ci) / 2), F / fdtri(*df, (1 - ci) / 2)]
    with np.errstate(invalid="ignore", divide="ignore"):  # no variance within, or none between
        single = [1.0 if f == np.inf else (f - 1) / (f + members - 1) for f in ratios]
        mean = [1 - 1 / f if f > 0 else -np.inf for f in ratios]
    table = pd.DataFrame(
        [single, mean], index=["ICC(1)", "ICC(2)"], columns=["estimate", "low", "high"]
    )
    table.attrs = {
        "msb": msb,
        "msw": msw,
        "df": df,
        "F": F,
        "p": float(fdtrc(*df, F)),
        "size": float(members),
        "ngroups": count,
        "nobs": total,
        "messages": messages,
    }
    return table


def rwg(
    items: str | Sequence[str], group: str, data: pd.DataFrame, *, categories: int
) -> pd.DataFrame:
    r"""Return how far the members of each group agree: rwg for one item, rwg(j) for a scale.

    .. math:: r_{WG(K)} = \frac{K(1-\bar s^2/\sigma^2_E)}
       {K(1-\bar s^2/\sigma^2_E)+\bar s^2/\sigma^2_E}, \qquad \sigma^2_E = \frac{A^2-1}{12},

    with :math:`\bar s^2` the mean variance of *K* items within the group, and
    :math:`\sigma^2_E` the variance if everybody answered at random, all *A* categories alike
    (James, Demaree & Wolf 1984). More variance than at random counts as no agreement.

    Parameters
    ----------
    items : str or sequence of str
        One or several items with the same answers.
    group : str
        The grouping column.
    data : DataFrame
        Rows in which any of these is missing are dropped and counted.
    categories : int
        Number of possible answers, e.g. 5 for a scale from 1 to 5.

    Returns
    -------
    DataFrame
        One row a group; columns ``n`` and ``rwg``, which is missing for a single member.
        ``.attrs["messages"]`` counts dropped rows.
    """
    names = [items] if isinstance(items, str) else list(items)
    if not names:
        raise DataError("name at least one item")
    if isinstance(categories, bool) or not isinstance(categories, int) or categories < 2:
        raise DataError(f"categories is the number of possible answers, got {categories!r}")
    rows, messages = _complete(data, names, group)
    answers = np.column_stack([_numbers(rows, name) for name in names])
    if np.ptp(answers) > categories - 1:
        raise DataError(
            f"answers from {answers.min():g} to {answers.max():g} do not fit {categories} "
            "categories; say how many there are"
        )
    codes, labels = group_codes(group, rows)
    by_group = pd.DataFrame(answers).groupby(codes)
    ratio = by_group.var().mean(axis=1) / ((categories**2 - 1) / 12)
    agreed = len(names) * (1 - ratio.clip(upper=1))
    found = pd.DataFrame({"n": by_group.size(), "rwg": agreed / (agreed + ratio)})
    found.index = labels[found.index]
    found.attrs["messages"] = messages
    return found


def _complete(
    data: pd.DataFrame, columns: Sequence[str], group: str
) -> tuple[pd.DataFrame, list[str]]:
    """Return the complete rows, and a sentence on those that are not."""
    if not isinstance(data, pd.DataFrame):
        raise DataError(f"data must be a pandas DataFrame, got {type(data).__name__}")
    refuse_unknown([*columns, group], data)
    return complete_rows(data[[*dict.fromkeys([*columns, group])]], columns, [group])


def _numbers(rows: pd.DataFrame, name: str) -> Floats:
    column = rows[name]
    if column.dtype.kind not in "biuf":
        raise DataError(f"{name!r} must be numeric; its type is {column.dtype}")
    return np.asarray(column, dtype=float)
