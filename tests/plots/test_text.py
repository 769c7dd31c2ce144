"""Every picture of quite different models: its words are whole, apart from each other, unstruck."""

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.transforms import Bbox

import mlmbook as mlm

ROUNDING = 1.0  # pixels of 96 an inch
STROKE = 2.0  # pixels by which the boxes of two lines of text may meet: no letter fills its box


# ---- models ---------------------------------------------------------------------------------


def nested() -> pd.DataFrame:
    """Return pupils of classes of schools, with a treatment of whole schools."""
    rng = np.random.default_rng(4)
    school = np.repeat(np.arange(24), 48)
    room = np.repeat(np.arange(96), 12)
    x = rng.normal(size=len(room))
    slope = 0.5 + rng.normal(0, 0.3, 96)[room]
    y = 10 + slope * x + rng.normal(0, 1, 24)[school] + rng.normal(0, 0.8, 96)[room]
    return pd.DataFrame(
        {
            "school": [f"s{label:02d}" for label in school],
            "classroom": [f"c{label:02d}" for label in room],
            "treated": np.where(school % 2, "yes", "no"),
            "x": x,
            "y": y + rng.normal(0, 2, len(room)),
        }
    )


FITS: dict[str, Callable[[], mlm.Fit]] = {
    "exam": lambda: mlm.fit("normexam ~ standlrt * avslrt + (standlrt | school)", mlm.load("exam")),
    "scotssec": lambda: mlm.fit(
        "attain ~ verbal + (verbal | primary) + (1 | secondary)", mlm.load("scotssec")
    ),
    "radon": lambda: mlm.fit("log_radon ~ floor * uranium + (1 | county)", mlm.load("radon")),
    "hsb82": lambda: mlm.fit("mathach ~ ses * sector + (ses | school)", mlm.load("hsb82")),
    "nested": lambda: mlm.fit("y ~ x * treated + (1 | school) + (x | classroom)", nested()),
    "sleep": lambda: mlm.fit(
        "reaction ~ days + (days | subject)", mlm.load("sleepstudy"), residual=mlm.AR1("days")
    ),
}
_made: dict[str, mlm.Fit] = {}


def fit(name: str) -> mlm.Fit:
    """Return a model, fitted once."""
    if name not in _made:
        _made[name] = FITS[name]()
    return _made[name]


def groups(name: str) -> list[str]:
    return [grouping.name for grouping in fit(name).design.groupings]


SLOPES = {
    "exam": [("school", "standlrt")],
    "scotssec": [("primary", "verbal")],
    "radon": [],
    "hsb82": [("school", "ses")],
    "nested": [("classroom", "x")],
    "sleep": [("subject", "days")],
}
FACTORS = {
    "exam": ["school"],
    "scotssec": ["primary", "secondary"],
    "radon": ["county"],
    "hsb82": ["school"],
    "nested": ["school", "classroom"],
    "sleep": ["subject"],
}
EFFECTS = [(name, group, "Intercept") for name, found in FACTORS.items() for group in found]
EFFECTS += [(name, group, term) for name, found in SLOPES.items() for group, term in found]


# ---- pictures -------------------------------------------------------------------------------

Draw = Callable[[], Axes]


def circle(names: pd.Index) -> pd.DataFrame:
    """Return places on a spiral, one a unit."""
    turn = np.arange(len(names)) * 2.4
    away = np.sqrt(np.arange(len(names)) + 1.0)
    return pd.DataFrame({"x": away * np.cos(turn), "y": away * np.sin(turn)}, index=names)


def power(test: str, columns: dict[str, list[float]]) -> pd.DataFrame:
    """Return a table as mlm.power makes one, without its days of computing."""
    table = pd.MultiIndex.from_product(columns.values(), names=columns).to_frame(index=False)
    work = table.rank(pct=True).mean(axis=1)
    table["power"] = np.clip(1.25 * work**1.5, 0.05, 0.995)
    half = 1.96 * np.sqrt(table["power"] * (1 - table["power"]) / 400)
    table["low"], table["high"] = table["power"] - half, np.minimum(table["power"] + half, 1.0)
    table["n"], table["singular"], table["not_converged"], table["failed"] = 400, 0, 0, 0
    table.attrs["test"] = test
    return table


def pictures() -> dict[str, Draw]:
    """Return a way to draw each picture, by a name for it."""
    found: dict[str, Draw] = {}
    for name, group, term in EFFECTS:
        at = f"{name} {group} {term}"
        options = {"group": group, "term": term}
        found |= {
            f"caterpillar {at}": lambda n=name, o=options: mlm.plot_caterpillar(fit(n), **o),
            f"shrinkage {at}": lambda n=name, o=options: mlm.plot_shrinkage(fit(n), **o),
            f"ranef_qq {at}": lambda n=name, o=options: mlm.plot_ranef_qq(fit(n), **o),
            f"residuals {at}": lambda n=name, g=group, t=term: mlm.plot_residuals(
                fit(n), level=g, term=t
            ),
            f"residuals_qq {at}": lambda n=name, g=group, t=term: mlm.plot_residuals_qq(
                fit(n), level=g, term=t
            ),
            f"map points {at}": lambda n=name, o=options: mlm.plot_map(
                fit(n), circle(fit(n).ranef[o["group"]].index), **o
            ),
        }
    for name, factors in FACTORS.items():
        for group in factors:
            found |= {
                f"groups {name} {group}": lambda n=name, g=group: mlm.plot_groups(fit(n), group=g),
                f"groups few {name} {group}": lambda n=name, g=group: mlm.plot_groups(
                    fit(n), group=g, show=6
                ),
                f"groups data {name} {group}": lambda n=name, g=group: mlm.plot_groups(
                    fit(n).data, SLOPE_OF[n], y=fit(n).response, group=g, show=6
                ),
                f"groups data means {name} {group}": lambda n=name, g=group: mlm.plot_groups(
                    fit(n).data, y=fit(n).response, group=g, show=8
                ),
                f"groups null {name} {group}": lambda n=name, g=group: mlm.plot_groups(
                    mlm.fit(f"{fit(n).response} ~ 1 + (1 | {g})", fit(n).data)
                ),
                f"residuals strips {name} {group}": lambda n=name, g=group: mlm.plot_residuals(
                    fit(n), against=g
                ),
                f"structure {name} {group}": lambda n=name, g=group: mlm.plot_structure(
                    fit(n).data, g
                ),
            }
        found |= {
            f"residuals 1 {name}": lambda n=name: mlm.plot_residuals(fit(n)),
            f"residuals x {name}": lambda n=name: mlm.plot_residuals(fit(n), against=SLOPE_OF[n]),
            f"residuals_qq 1 {name}": lambda n=name: mlm.plot_residuals_qq(fit(n)),
            f"structure all {name}": lambda n=name, f=factors: mlm.plot_structure(fit(n).data, f),
            f"variance {name}": lambda n=name: mlm.plot_variance(fit(n)),
            f"variance fixed {name}": lambda n=name: mlm.plot_variance(fit(n), fixed=True),
            f"variance share {name}": lambda n=name: mlm.plot_variance(fit(n), null(n), share=True),
            f"variance two {name}": lambda n=name: mlm.plot_variance(null(n), fit(n)),
        }
        for share in (False, True):
            if SLOPES[name]:
                found[f"variance_function {'share ' * share}{name}"] = lambda n=name, s=share: (
                    mlm.plot_variance_function(fit(n), share=s)
                )
        for show in ("zeta", "density"):
            if name in PROFILES:
                for parameter in PROFILES[name]:
                    found[f"profile {show} {name} {parameter}"] = (
                        lambda n=name, p=parameter, s=show: mlm.plot_profile(fit(n), p, show=s)
                    )
    for name, x, by in MODERATED:
        found[f"interaction {name}"] = lambda n=name, x=x, by=by: mlm.plot_interaction(
            fit(n), x, by
        )
        if name in ("exam", "radon"):
            found[f"interaction slope {name}"] = lambda n=name, x=x, by=by: mlm.plot_interaction(
                fit(n), x, by, show="slope"
            )
    for name, table in POWERS.items():
        found[f"power {name}"] = lambda t=table: mlm.plot_power(power(*t))
    return found


SLOPE_OF = {
    "exam": "standlrt",
    "scotssec": "verbal",
    "radon": "floor",
    "hsb82": "ses",
    "nested": "x",
    "sleep": "days",
}
PROFILES = {
    "radon": ["floor", "var(Intercept | county)", "icc"],
    "hsb82": ["ses", "var(ses | school)", "cor(Intercept, ses | school)"],
    "sleep": ["days"],
}
MODERATED = [
    ("exam", "standlrt", "avslrt"),
    ("radon", "floor", "uranium"),
    ("hsb82", "ses", "sector"),
    ("nested", "x", "treated"),
]
POWERS = {
    "effects": ("w", {"effect": [0.2, 0.35, 0.5], "ngroups": [10, 20, 40, 80]}),
    "sizes": ("w", {"ngroups": [10, 20, 40], "size": [5, 20]}),
    "one": ("x:w", {"ngroups": [10, 20, 40, 80, 160, 320, 640]}),
    "many": ("w", {"var_u0": [0.05, 0.1, 0.2, 0.3], "ngroups": [10, 50], "size": [5, 30]}),
}


def null(name: str) -> mlm.Fit:
    terms = " + ".join(f"(1 | {group})" for group in groups(name))
    return mlm.fit(f"{fit(name).response} ~ 1 + {terms}", fit(name).data)


PICTURES = pictures()


# ---- what is seen ---------------------------------------------------------------------------


def drawn(ax: Axes, monkeypatch: pytest.MonkeyPatch) -> list[Text]:
    """Draw the figure and return the texts that reached it, among them labels of ticks."""
    figure = ax.figure
    figure.canvas.draw()  # the first time, layouts move things
    seen: list[Text] = []
    draw = Text.draw

    def note(text: Text, renderer: object, *args: object, **options: object) -> None:
        if text.get_visible() and text.get_text().strip():
            seen.append(text)
        draw(text, renderer, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(Text, "draw", note)
        figure.canvas.draw()
    return seen


def boxes(text: Text) -> list[Bbox]:
    """Return a box around each line of a text, in pixels."""
    renderer = text.figure.canvas.get_renderer()
    _, lines, _ = text._get_layout(renderer)
    where = text.get_transform().transform(text.get_unitless_position())
    if hasattr(text, "xyann"):
        whole = Text.get_window_extent(text, renderer)
        bounds = text._get_layout(renderer)[0]
        where = (whole.x0 - bounds.x0, whole.y0 - bounds.y0)
    found = []
    for line, size, x, y in lines:
        if line.strip():
            wide, tall = size[0], size[1]
            left, base = where[0] + x, where[1] + y
            found.append(Bbox.from_bounds(left, base, wide, tall))
    return found


def said(text: Text) -> str:
    return text.get_text().replace("\n", " / ")


def cut(ax: Axes, texts: list[Text]) -> list[str]:
    """Return the texts that reach beyond the figure."""
    inside = ax.figure.bbox.padded(ROUNDING)
    return [
        said(text)
        for text in texts
        if not all(
            inside.x0 <= box.x0
            and box.x1 <= inside.x1
            and inside.y0 <= box.y0 <= box.y1 <= inside.y1
            for box in [text.get_window_extent()]
        )
    ]


def lost(ax: Axes, texts: list[Text]) -> list[str]:
    """Return the texts of the figure that were not drawn."""
    meant = [text for axes in ax.figure.axes for text in axes.texts if text.get_visible()]
    meant = [text for text in meant if text.get_text().strip()]
    return [said(text) for text in meant if text not in texts]


def overlapping(texts: list[Text]) -> list[str]:
    """Return the pairs of texts that lie on each other."""
    found = []
    for one, other in combinations(texts, 2):
        for a in boxes(one):
            for b in boxes(other):
                wide = min(a.x1, b.x1) - max(a.x0, b.x0)
                tall = min(a.y1, b.y1) - max(a.y0, b.y0)
                if wide > STROKE and tall > STROKE:
                    found.append(f"{said(one)} | {said(other)} ({wide:.0f} x {tall:.0f})")
    return list(dict.fromkeys(found))


def strokes(ax: Axes) -> list[np.ndarray]:
    """Return the lines that go from point to point, in pixels."""
    found = [
        line.get_transform().transform(line.get_xydata())
        for line in ax.lines
        if line.get_linestyle() != "None"
    ]
    for many in ax.collections:
        if isinstance(many, LineCollection):
            found += [ax.transData.transform(path) for path in many.get_segments()]
    return [path for path in found if len(path) > 1]


def struck(ax: Axes, texts: list[Text]) -> list[str]:
    """Return the texts through which a line goes."""
    lines = [Path(path) for path in strokes(ax)]
    return [
        said(text)
        for text in texts
        if any(
            line.intersects_bbox(box.padded(-STROKE), filled=False)
            for box in boxes(text)
            for line in lines
        )
    ]


# A name at the end of a line lies close to others, and is read by its color; a sentence is not.
CLOSE = ("groups", "map")


@pytest.mark.filterwarnings("ignore::mlmbook.errors.SingularFitWarning")
@pytest.mark.parametrize("name", PICTURES)
def test_words_are_whole_apart_and_unstruck(name, monkeypatch):
    ax = PICTURES[name]()
    texts = drawn(ax, monkeypatch)
    assert texts
    assert not cut(ax, texts)
    assert not lost(ax, texts)
    assert not overlapping(texts)
    if not name.startswith(CLOSE):
        assert not struck(ax, [text for text in texts if " " in text.get_text().strip()])


def test_a_text_that_is_cut_lost_overlapping_or_struck_is_found(monkeypatch):
    _, ax = plt.subplots()
    ax.axhline(0.5)
    ax.text(0.9, 0.2, "cut at the right edge")
    ax.text(0.1, 0.5, "struck through", va="center")
    ax.text(0.1, 0.51, "on the other", va="center")
    ax.annotate("lost", (0.5, 2.0))
    texts = drawn(ax, monkeypatch)
    assert cut(ax, texts) == ["cut at the right edge"]
    assert lost(ax, texts) == ["lost"]
    assert len(overlapping(texts)) == 1
    assert struck(ax, texts) == ["struck through"]
