"""Maps: outlines, GeoJSON, points, colors and names."""

import numpy as np
import pandas as pd
import pytest
from drawn import texts
from matplotlib import pyplot as plt

import mlmbook as mlm
from mlmbook import DataError, FormulaError

NAMES = ["a", "b", "c"]
SQUARES = {name: [(i, 0), (i + 1, 0), (i + 1, 1), (i, 1)] for i, name in enumerate(NAMES)}
VALUES = pd.Series([-1.0, 0.5, 2.0], index=NAMES, name="Change, points")


def drawn(ax):
    return next(piece for piece in ax.collections if piece.get_array() is not None)


def bar(ax):
    return next(other for other in ax.figure.axes if other is not ax)


def test_outlines_are_filled_by_value():
    ax = mlm.plot_map(VALUES, SQUARES)
    shapes = drawn(ax)
    assert shapes.get_array().tolist() == [-1.0, 0.5, 2.0]
    corners = [path.get_extents().get_points().tolist() for path in shapes.get_paths()]
    assert corners == [[[i, 0], [i + 1, 1]] for i in range(3)]
    assert texts(ax) == ["a", "c"]  # the lowest and the highest
    assert bar(ax).get_xlabel() == "Change, points"
    assert ax.get_aspect() == 1


def test_values_on_both_sides_of_zero_have_two_colors_of_one_reach():
    shapes = drawn(mlm.plot_map(VALUES, SQUARES))
    assert (shapes.norm.vmin, shapes.norm.vcenter, shapes.norm.vmax) == (-2, 0, 2)
    shapes = drawn(mlm.plot_map(VALUES + 3, SQUARES))
    assert (shapes.norm.vmin, shapes.norm.vmax) == (2, 5)
    shapes = drawn(mlm.plot_map(VALUES, SQUARES, center=1.0))
    assert (shapes.norm.vmin, shapes.norm.vcenter, shapes.norm.vmax) == (-1, 1, 3)


def test_a_place_without_value_is_hatched():
    ax = mlm.plot_map(VALUES.drop("b"), SQUARES)
    (patch,) = ax.patches
    assert patch.get_hatch()
    assert drawn(ax).get_array().tolist() == [-1.0, 2.0]


def geojson():
    shapes = [
        {"type": "Polygon", "coordinates": [SQUARES["a"]]},
        {"type": "MultiPolygon", "coordinates": [[SQUARES["b"]], [[(8, 8), (9, 8), (9, 9)]]]},
        {"type": "Polygon", "coordinates": [SQUARES["c"], [(2.4, 0.4), (2.4, 0.6), (2.6, 0.6)]]},
    ]
    features = [
        {"type": "Feature", "id": i, "properties": {"name": name}, "geometry": shape}
        for i, (name, shape) in enumerate(zip(NAMES, shapes, strict=True))
    ]
    return {"type": "FeatureCollection", "features": features}


def test_geojson_is_read_by_property_or_id():
    by_name = drawn(mlm.plot_map(VALUES, geojson(), key="name"))
    by_id = drawn(mlm.plot_map(VALUES.set_axis([0, 1, 2]), geojson()))
    assert by_name.get_array().tolist() == by_id.get_array().tolist()
    assert by_name.get_paths()[1].get_extents().get_points().tolist() == [[1, 0], [9, 9]]
    assert len(by_name.get_paths()[2].vertices) == 9  # a ring of five and a hole of four


def test_modes_of_a_model_at_points():
    fit = mlm.fit("mathach ~ 1 + (1 | school)", mlm.load("hsb82"))
    modes = fit.ranef["school"]["Intercept"]
    rng = np.random.default_rng(1)
    places = pd.DataFrame(rng.normal(size=(160, 2)), index=modes.index, columns=["x", "y"])
    ax = mlm.plot_map(fit, places.sample(frac=1, random_state=2))
    points = drawn(ax)
    found = pd.Series(points.get_array(), index=map(tuple, points.get_offsets().tolist()))
    for label, row in places.head().iterrows():
        assert found[tuple(row)] == modes[label]
    assert texts(ax) == [modes.idxmin(), modes.idxmax()]
    assert bar(ax).get_xlabel() == "Departure from the average school, points"
    assert points.norm.vcenter == 0


def test_the_given_axes_are_used():
    _, mine = plt.subplots()
    assert mlm.plot_map(VALUES, SQUARES, title="mine", ax=mine) is mine
    assert bar(mine).get_xlabel() == "mine"


@pytest.mark.parametrize(
    ("values", "places", "options", "message"),
    [
        (VALUES.rename({"a": "aa"}), SQUARES, {}, "1 of 3 units have no place, such as 'aa'"),
        (VALUES, {"a": [(0, 0), (1, 1)]}, {}, "outline of 'a' must be three or more"),
        (VALUES, {"a": {"type": "Point", "coordinates": [0, 0]}}, {}, "must be a Polygon"),
        (VALUES, [1, 2], {}, "places must be a mapping of outlines or a DataFrame"),
        (VALUES, pd.DataFrame({"x": [1.0]}), {}, "'y' is missing"),
        (VALUES, geojson(), {"key": "nam"}, "no property 'nam'"),
        (VALUES, SQUARES, {"key": "name"}, "key= is for a GeoJSON"),
        ([1, 2, 3], SQUARES, {}, "a fitted model or a numeric Series"),
        (pd.Series([1.0, 2.0], index=["a", "a"]), SQUARES, {}, "one label each"),
        (VALUES, pd.DataFrame({"x": [0, 0], "y": [1, 1]}, index=["a", "a"]), {}, "several rows"),
    ],
)
def test_bad_input_is_refused(values, places, options, message):
    with pytest.raises(DataError, match=message):
        mlm.plot_map(values, places, **options)


def test_a_term_that_is_not_there_is_refused():
    fit = mlm.fit("mathach ~ 1 + (1 | school)", mlm.load("hsb82"))
    with pytest.raises(FormulaError, match="'ses' is not a random effect"):
        mlm.plot_map(fit, SQUARES, term="ses")
