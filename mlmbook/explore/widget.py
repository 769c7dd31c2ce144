"""The widget of an explorable: one class, one module of JavaScript, tables of numbers."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets

from mlmbook.explore.assets import PLAYER, module, stylesheet
from mlmbook.explore.controls import Value

if TYPE_CHECKING:
    from mlmbook.explore.explorable import Explorable

__all__ = ["ExplorableWidget"]

DPI = 192
SCREEN_DPI = 96


class ExplorableWidget(anywidget.AnyWidget):
    """A live explorable.

    Parameters
    ----------
    explorable : Explorable
        What to show.
    settings : dict
        Where its controls start.

    Attributes
    ----------
    values : dict
        The setting that the reader sees. A kernel can read it, observe it and set it.
    """

    _esm = module(PLAYER, "export default { render: renderExplorable };")
    _css = stylesheet()
    spec = traitlets.Dict().tag(sync=True)
    tables = traitlets.Bytes().tag(sync=True)
    values = traitlets.Dict().tag(sync=True)

    def __init__(self, explorable: Explorable, settings: dict[str, Value]) -> None:
        self.explorable = explorable
        spec, tables = explorable.packed
        super().__init__(spec={**spec, "start": settings}, tables=tables, values=settings)

    @traitlets.validate("values")
    def _on_the_grid(self, proposal: Any) -> dict[str, Value]:
        return self.explorable.settings(**proposal["value"])

    def __repr__(self) -> str:
        return repr(self.explorable)

    def _repr_mimebundle_(self, **kwargs: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**kwargs)
        data, metadata = bundle if bundle is not None else ({}, {})
        figure = self.explorable.static()
        image = io.BytesIO()
        figure.savefig(image, format="png", dpi=DPI, transparent=True, metadata={"Software": None})
        width, height = (round(inches * SCREEN_DPI) for inches in figure.get_size_inches())
        return (
            {**data, "image/png": base64.b64encode(image.getvalue()).decode()},
            {**metadata, "image/png": {"width": width, "height": height}},
        )
