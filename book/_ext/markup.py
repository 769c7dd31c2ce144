"""Small repairs to the markup of a finished page, for eyes, ears and scarce bytes."""

from __future__ import annotations

import re
import struct
from pathlib import Path

IMAGE = re.compile(r'<img ([^>]*?)src="([^"]+\.png)"([^>]*)>')
SIZED = re.compile(r"\b(?:width|height)[=:]")
EMPTY_HEADING = re.compile(r"<th(?: [^>]*)?>\s*(?:<p>\s*</p>)?\s*</th>")
# docutils marks a bibliography with roles that ARIA has withdrawn.
OLD_ROLE = re.compile(r' role="(?:doc-biblioentry|doc-backlink|list)"')
# A folded cell says "Show code cell source"; its label says something else to some readers.
HIDDEN_NAME = re.compile(r'<summary aria-label="Toggle hidden content"')
CSS_PIXELS_PER_INCH = 96
INCHES_PER_METER = 39.3701


def improve(text: str, page: Path) -> str:
    """Return a page's HTML with sized, late-loading figures, no empty headings, no old roles."""
    text = IMAGE.sub(lambda match: _sized(match, page), text)
    text = HIDDEN_NAME.sub("<summary", text)
    return OLD_ROLE.sub("", EMPTY_HEADING.sub("<td></td>", text))


def _sized(match: re.Match[str], page: Path) -> str:
    before, address, after = match.groups()
    tag = f'<img {before}src="{address}"{after}>'
    file = page.parent / address
    if SIZED.search(before + after) or not file.is_file():
        return tag
    size = shown_size(file.read_bytes())
    if size is None:
        return tag
    attributes = f'width="{size[0]}" height="{size[1]}" loading="lazy" decoding="async"'
    return tag.replace("<img ", f"<img {attributes} ", 1)


def shown_size(png: bytes) -> tuple[int, int] | None:
    """Return width and height in CSS pixels of a PNG that states its resolution.

    A figure of 5 inches is shown 480 pixels wide, however many pixels it is drawn with.
    """
    if png[:8] != b"\x89PNG\r\n\x1a\n":
        return None
    width, height = struct.unpack(">II", png[16:24])
    at = png.find(b"pHYs", 0, 4096)
    if at < 0 or png[at + 12] != 1:
        return None
    dots_per_inch = struct.unpack(">I", png[at + 4 : at + 8])[0] / INCHES_PER_METER
    shrink = CSS_PIXELS_PER_INCH / dots_per_inch
    return round(width * shrink), round(height * shrink)
