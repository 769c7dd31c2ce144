"""The widget of an explorable: one class, one module of JavaScript, tables of numbers."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

import anywidget
import traitlets
from PIL import Image

from mlmbook.explore.assets import PLAYER, module, stylesheet
from mlmbook.explore.words import html_text

if TYPE_CHECKING:
    from mlmbook.explore.boards import Cards
    from mlmbook.explore.controls import Value
    from mlmbook.explore.explorable import Explorable

__all__ = ["ExplorableWidget", "fallback"]

DPI = 144
SCREEN_DPI = 121  # a figure of 5.8 inches fills a column of 704 pixels
COLORS = 32  # enough for a palette and its soft edges; a quarter of the bytes


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
        data, metadata = super()._repr_mimebundle_(**kwargs) or ({}, {})
        still, about = fallback(self.explorable)
        return {**data, **still}, {**metadata, **about}


def fallback(explorable: Explorable) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what stands for an explorable where no script runs, as MIME data and metadata.

    Cards become a list with the answers folded away; everything else is the static figure.
    """
    marks = [mark for panel in explorable.scene().panels for mark in panel.marks if mark]
    if all(mark.kind == "cards" for mark in marks):
        return {"text/html": "\n".join(_card_list(mark) for mark in marks)}, {}  # type: ignore[arg-type]
    figure = explorable.static()
    drawn, image = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=DPI, transparent=True)
    palette = Image.open(drawn).quantize(COLORS, method=Image.Quantize.FASTOCTREE)
    palette.save(image, format="png", optimize=True)
    width, height = (round(inches * SCREEN_DPI) for inches in figure.get_size_inches())
    encoded = base64.b64encode(image.getvalue()).decode()
    return {"image/png": encoded}, {"image/png": {"width": width, "height": height}}


def _card_list(cards: Cards) -> str:
    bins = dict(cards.bins)
    items = "".join(f"<li>{html_text(card.text)}</li>" for card in cards.cards)
    answers = "".join(
        f"<li><b>{html_text(bins[card.answer])}.</b> {html_text(card.why[card.answer])}</li>"
        for card in cards.cards
    )
    places = ", ".join(html_text(label) for label in bins.values())
    return (
        f'<div class="mlm-static"><p>Sort each card: {places}.</p><ol>{items}</ol>'
        f"<details><summary>Answers</summary><ol>{answers}</ol></details></div>"
    )
