"""Symbols in plain text: σ_u0 is written σ with the subscript u0, in print and on the page."""

from __future__ import annotations

import html
import re

__all__ = ["html_text", "mathtext"]

SYMBOL = re.compile(r"(?<!\w)([^\W\d_][\u0300-\u036f]?²?)_([^\W_]+)")


def html_text(text: str) -> str:
    """Return text for a page: escaped, with its subscripts."""
    return SYMBOL.sub(r"\1<sub>\2</sub>", html.escape(text, quote=False))


def mathtext(text: str) -> str:
    """Return text for matplotlib, with its subscripts as math."""
    return SYMBOL.sub(r"$\1_{\\mathrm{\2}}$", text.replace("$", r"\$"))
