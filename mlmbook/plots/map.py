"""Draw the values of units where they lie."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.collections import PathCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize, TwoSlopeNorm
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.ticker import MaxNLocator

from mlmbook.errors import DataError
from mlmbook.plots import palette, places as where, style
from mlmbook.plots.fitting import fold, room
from mlmbook.plots.tables import check_term, grouping_of
from mlmbook.plots.words import departure_name, group_word
from mlmbook.result import Fit

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# No color of levels 1 and 2: here color is a sign and a size.
_SIGNS = (
    palette.COLOR["cross"],
    palette.FILL["cross"],
    palette.PAPER,
    palette.FILL["third"],
    palette.COLOR["third"],
)
_AMOUNT = (palette.PAPER, palette.FILL["third"], palette.COLOR["third"])


def plot_map(
    source: Fit | pd.Series[float],
    places: Mapping[Any, Any] | pd.DataFrame,
    *,
    key: str | None = None,
    group: str | None = None,
    term: str = "Intercept",
    center: float | None = None,
    title: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the random effects of groups, or any values, as colors on a map.

    Parameters
    ----------
    source : Fit or Series
        A fitted model, of which the conditional modes are drawn, or values with the labels of
        units as index.
    places : mapping or DataFrame
        Outlines: label → ring of (x, y) or list of rings, or GeoJSON geometries, or a GeoJSON
        FeatureCollection as ``json.load`` reads it. Or points: a DataFrame with columns ``x`` and
        ``y`` and the labels as index. Coordinates are drawn as they are: project them before.
    key : str, optional
        For a FeatureCollection: the property that is the label; the ``id`` of features if not
        given.
    group : str, optional
        Grouping factor; needed only when a model has several.
    term : str, default "Intercept"
        Random effect to draw, of a model.
    center : float, optional
        Value without color, between two colors for less and more; zero for a model, and for values
        on both sides of zero.
    title : str, optional
        Name of the values with their unit, over the color bar; from the data's ``attrs`` by
        default.
    ax : Axes, optional
        Axes to draw on; a new figure by default.

    Returns
    -------
    Axes
        A place without a value is hatched. The units with the lowest and the highest value are
        named, so that the map does not rest on color alone.

    Raises
    ------
    DataError
        A unit has no place, or an outline cannot be read.

    Examples
    --------
    >>> import mlmbook as mlm, pandas as pd
    >>> squares = {name: [(i, 0), (i + 1, 0), (i + 1, 1), (i, 1)] for i, name in enumerate("abc")}
    >>> ax = mlm.plot_map(pd.Series({"a": -1.0, "b": 0.5, "c": 2.0}), squares, title="Change")
    """
    values, name = _values(source, group, term)
    located = where.locate(places, key)
    where.match(values, located.index if isinstance(located, pd.DataFrame) else located)
    if center is None and (isinstance(source, Fit) or values.min() < 0 < values.max()):
        center = 0.0
    norm, colors = _scale(values, center)
    with style.canvas(ax, height=4.3) as ax:
        ax.set_aspect("equal")
        ax.set_axis_off()
        if isinstance(located, pd.DataFrame):
            middles = {str(label): (x, y) for label, x, y in located.itertuples()}
            drawn = ax.scatter(
                located["x"],
                located["y"],
                c=values.reindex(located.index),
                s=90,
                norm=norm,
                cmap=colors,
                edgecolors=palette.MUTED,
                linewidths=0.8,
                plotnonfinite=False,
            )
        else:
            middles = {str(label): _middle(rings) for label, rings in located.items()}
            drawn = _draw_outlines(ax, located, values, norm, colors)
        ax.margins(0.04)
        for label in dict.fromkeys([values.idxmin(), values.idxmax()]):
            above = 12 if isinstance(located, pd.DataFrame) else 0
            style.label(ax, str(label), middles[str(label)], xytext=(0, above), ha="center")
        _draw_bar(ax, drawn, title or name)
    return ax


def _draw_bar(ax: Axes, drawn: PathCollection, title: str) -> None:
    """Draw the color bar with its name below the map."""
    figure = ax.get_figure()
    assert figure is not None  # axes that are drawn on have one
    bar = figure.colorbar(drawn, ax=ax, orientation="horizontal", fraction=0.05, pad=0.03)
    bar.outline.set_visible(False)  # type: ignore[operator]  # the stubs take it for a call
    bar.ax.tick_params(colors=palette.MUTED, labelsize=style.SMALL, length=3.5, width=0.8)
    bar.ax.xaxis.set_major_locator(MaxNLocator(6))
    bar.set_label(fold(title, room(ax), style.TEXT), color=palette.INK, fontsize=style.TEXT)


def _values(source: object, group: str | None, term: str) -> tuple[pd.Series[float], str]:
    """Return the values to draw, and their name."""
    if isinstance(source, Fit):
        grouping = grouping_of(source, group)
        check_term(grouping, term)
        attrs = source.data.attrs
        name = departure_name(source.response, term, group_word(grouping.name, attrs), attrs)
        return source.ranef[grouping.name][term], name
    if not isinstance(source, pd.Series) or source.dtype.kind not in "iuf":
        raise DataError(
            "a fitted model or a numeric Series with labels as index is needed; "
            f"got {type(source).__name__}"
        )
    values = source.dropna()
    if values.empty or values.index.has_duplicates:
        raise DataError("values need at least one number, and one label each")
    return values.astype(float), str(source.name or "")


def _scale(
    values: pd.Series[float], center: float | None
) -> tuple[Normalize, LinearSegmentedColormap]:
    """Return a scale from least to most, or as far to both sides of a center."""
    if center is None:
        low, high = float(values.min()), float(values.max())
        high = high if high > low else low + 1.0
        return Normalize(low, high), LinearSegmentedColormap.from_list("amount", _AMOUNT)
    reach = float((values - center).abs().max()) or 1.0
    norm = TwoSlopeNorm(center, center - reach, center + reach)
    return norm, LinearSegmentedColormap.from_list("signs", _SIGNS)


def _draw_outlines(
    ax: Axes,
    located: where.Outlines,
    values: pd.Series[float],
    norm: Normalize,
    colors: LinearSegmentedColormap,
) -> PathCollection:
    """Fill the outlines; rings within rings are holes where they run the other way round."""
    known = [label for label in located if label in values.index]
    paths = PathCollection(
        [_path(located[label]) for label in known],
        array=values.loc[known].to_numpy(),
        norm=norm,
        cmap=colors,
        edgecolors=palette.MUTED,
        linewidths=0.6,
        sizes=None,
    )
    paths.set_transform(ax.transData)
    ax.add_collection(paths)
    for label, rings in located.items():
        if label not in values.index:
            ax.add_patch(PathPatch(_path(rings), fc="none", ec=palette.MUTED, lw=0.6, hatch="////"))
    corners = np.concatenate([ring for rings in located.values() for ring in rings])
    ax.update_datalim(corners)
    ax.autoscale_view()
    return paths


def _path(rings: list[Any]) -> Path:
    closed = [Path(np.vstack([ring, ring[:1]]), closed=True) for ring in rings]
    return Path.make_compound_path(*closed)


def _middle(rings: list[Any]) -> tuple[float, float]:
    """Return the center of gravity of the largest ring."""
    best, size = (0.0, 0.0), -1.0
    for ring in rings:
        x, y = ring.T
        cross = x * np.roll(y, -1) - np.roll(x, -1) * y
        area = float(cross.sum()) / 2
        if abs(area) > size:
            size = abs(area)
            center = ring.mean(axis=0)
            if area:
                following = np.roll(ring, -1, axis=0)
                center = ((ring + following) * cross[:, None]).sum(axis=0) / (6 * area)
            best = float(center[0]), float(center[1])
    return best
