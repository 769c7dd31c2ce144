"""An explorable: a Python function of its controls, computed on their whole grid."""

from __future__ import annotations

import functools
import inspect
import itertools
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from mlmbook.errors import ExplorableError, did_you_mean
from mlmbook.explore.controls import Control, Value
from mlmbook.explore.packscene import pack_scenes
from mlmbook.explore.predict import Predict
from mlmbook.explore.scene import Scene

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from mlmbook.explore.widget import ExplorableWidget

__all__ = ["Explorable", "explorable"]

MAX_SETTINGS = 2000
MAX_BYTES = 150_000


class Explorable:
    """An interactive figure; call it to get the widget.

    Made by the decorator `explorable`. The function is evaluated at every setting of the controls
    once, when the first widget is made, and the browser looks the results up.

    Parameters
    ----------
    function : callable
        Takes the value of each control by keyword and returns a `Scene`.
    title, controls, predict, tasks, alt, static
        See `explorable`.
    """

    def __init__(
        self,
        function: Callable[..., Scene],
        *,
        title: str,
        controls: Sequence[Control],
        predict: Predict | None,
        tasks: Sequence[str],
        alt: str,
        static: Sequence[Mapping[str, Value]],
    ) -> None:
        functools.update_wrapper(self, function)
        self.name = function.__name__
        self.function = function
        self.title = title
        self.controls = tuple(controls)
        self.predict = predict
        self.tasks = tuple(tasks)
        self.alt = alt
        self._check(static)
        self.static_settings = [self.settings(**setting) for setting in static]

    def __repr__(self) -> str:
        return f"Explorable({self.name!r})"

    def __call__(self, **settings: Value) -> ExplorableWidget:
        """Return the widget, live in a notebook and on the page of a book.

        Parameters
        ----------
        **settings
            Where controls start, if not at their own starting values.
        """
        from mlmbook.explore.widget import ExplorableWidget

        return ExplorableWidget(self, self.settings(**settings))

    def settings(self, **settings: Value) -> dict[str, Value]:
        """Return a full setting: the given values, and the starting value of every other control.

        Raises
        ------
        ExplorableError
            There is no such control, or it cannot take the value.
        """
        by_name = {control.name: control for control in self.controls}
        for name, value in settings.items():
            if name not in by_name:
                raise ExplorableError(
                    f"{self!r} has no control {name!r}{did_you_mean(name, by_name)} "
                    f"(controls are {list(by_name)})"
                )
            by_name[name].index(value)
        return {name: settings.get(name, control.start) for name, control in by_name.items()}

    def scene(self, **settings: Value) -> Scene:
        """Return the scene at a setting; controls that are not named stand at their start."""
        full = self.settings(**settings)
        scene = self.function(**full)
        if not isinstance(scene, Scene):
            raise ExplorableError(
                f"{self.name} must return a Scene, it returned {type(scene).__name__} at {full}"
            )
        return scene

    def says(self, **settings: Value) -> str:
        """Return the sentence at a setting, as the reader sees it."""
        return str(self.scene(**settings).says)

    def grid(self) -> Iterator[dict[str, Value]]:
        """Yield every setting; the last control moves fastest."""
        names = [control.name for control in self.controls]
        for values in itertools.product(*(control.grid for control in self.controls)):
            yield dict(zip(names, values, strict=True))

    def static(self) -> Figure:
        """Return small multiples at a few settings: for print, and where no script runs."""
        from mlmbook.explore.static import small_multiples

        return small_multiples(self)

    @functools.cached_property
    def packed(self) -> tuple[dict[str, Any], bytes]:
        """What the player needs: the description, and the tables of numbers."""
        scenes = [self.scene(**settings) for settings in self.grid()]
        shape = tuple(len(control.grid) for control in self.controls) or (1,)
        packed, packer = pack_scenes(scenes, shape, self.name)
        spec = {
            "name": self.name,
            "title": self.title,
            "controls": [control.spec() for control in self.controls],
            "predict": self.predict.spec() if self.predict else None,
            "tasks": list(self.tasks),
            "alt": self.alt,
            "shape": list(shape),
            **packed,
        }
        tables = packer.tables
        size = len(tables) + len(json.dumps(spec, ensure_ascii=False).encode())
        if size > MAX_BYTES:
            words = sum(len(word.encode()) for word in packer.words)
            sizes = {**packer.sizes, "words (sentences, names, labels)": words}
            largest = sorted(sizes.items(), key=lambda item: -item[1])[:3]
            raise ExplorableError(
                f"{self!r} takes {size / 1000:.0f} KB, the limit is {MAX_BYTES / 1000:.0f} KB; "
                "the largest channels are "
                + ", ".join(f"{what} ({bytes_ / 1000:.0f} KB)" for what, bytes_ in largest)
                + ". Use fewer settings or fewer points, or put numbers of the sentence in Says"
            )
        return spec, tables

    def _check(self, static: Sequence[Mapping[str, Value]]) -> None:
        names = [control.name for control in self.controls]
        if len(set(names)) < len(names):
            raise ExplorableError(f"{self!r} has two controls of the same name: {names}")
        takes = list(inspect.signature(self.function).parameters)
        if sorted(takes) != sorted(names):
            raise ExplorableError(
                f"{self!r}: the function takes {takes} but its controls are {names}"
            )
        count = math.prod(len(control.grid) for control in self.controls)
        if count > MAX_SETTINGS:
            raise ExplorableError(
                f"{self!r} has {count} settings "
                f"({' × '.join(str(len(control.grid)) for control in self.controls)}); "
                f"use coarser steps or fewer controls, at most {MAX_SETTINGS}"
            )
        if not self.alt:
            raise ExplorableError(f"{self!r} needs alt=: what its static picture shows")
        if self.controls and not static:
            raise ExplorableError(f"{self!r} needs static=: three or four settings for print")
        if len(self.tasks) > 3:
            raise ExplorableError(f"{self!r} has {len(self.tasks)} tasks; at most three are read")


def explorable(
    *,
    title: str,
    controls: Sequence[Control],
    alt: str,
    static: Sequence[Mapping[str, Value]] = (),
    predict: Predict | None = None,
    tasks: Sequence[str] = (),
) -> Callable[[Callable[..., Scene]], Explorable]:
    """Turn a function of its controls into an explorable.

    Parameters
    ----------
    title : str
        The question that the figure answers.
    controls : sequence of Slider, Choice, Toggle or Draw
        At most about three; the product of their settings stays below 2000.
    alt : str
        What the static picture shows: its finding, for readers who do not see it.
    static : sequence of dict
        Three or four settings that are drawn side by side for print.
    predict : Predict, optional
        A prediction to make before the controls unlock.
    tasks : sequence of str
        Up to three things to do: "Set …, watch …, say …".

    Returns
    -------
    callable
        The decorator.

    Examples
    --------
    >>> import mlmbook as mlm
    >>> from mlmbook.explore import Axis, Choice, Points, Scene, explorable
    >>> @explorable(
    ...     title="How much does a large group keep?",
    ...     controls=[Choice("n", "Pupils", [5, 20, 80])],
    ...     alt="The share that is kept grows with the number of pupils.",
    ...     static=[{"n": 5}, {"n": 80}],
    ... )
    ... def kept(n: int) -> Scene:
    ...     share = 9 / (9 + 36 / n)
    ...     return Scene(Points([n], [share]), says=f"With {n} pupils {share:.0%} is kept.",
    ...                  x=Axis("pupils", (0, 100)), y=Axis("share kept", (0, 1)))
    >>> kept.says(n=20)
    'With 20 pupils 83% is kept.'
    """

    def decorate(function: Callable[..., Scene]) -> Explorable:
        return Explorable(
            function,
            title=title,
            controls=controls,
            predict=predict,
            tasks=tasks,
            alt=alt,
            static=static,
        )

    return decorate
