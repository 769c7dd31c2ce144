"""The JavaScript and style sheets of the player, put together from small modules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

__all__ = ["PLAYER", "module", "player_module", "stylesheet"]

HERE = Path(__file__).parent


def player_module(name: str) -> Path:
    """Return the file of a module of the player."""
    return HERE / "player" / f"{name}.mjs"


PLAYER: tuple[Path, ...] = tuple(
    player_module(name)
    for name in (
        "dom",
        "format",
        "tables",
        "says",
        "scale",
        "labels",
        "shapes",
        "paths",
        "strokes",
        "bars",
        "shades",
        "units",
        "marks",
        "state",
        "axes",
        "key",
        "picking",
        "panel",
        "controls",
        "predict",
        "sorting",
        "tableview",
        "player",
    )
)
"""Modules of the player, each after those it imports."""

IMPORT = re.compile(r"^import\s[^;]*;\n", re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:async )?(?:function|class|const|let)\b)", re.MULTILINE)


def module(files: Sequence[Path], last_line: str) -> str:
    """Join ES modules into one: imports between them and their exports fall away.

    Parameters
    ----------
    files : sequence of Path
        Each after those it imports; no two may give the same name to different things.
    last_line : str
        What the joined module exports or does.
    """
    parts = [EXPORT.sub("", IMPORT.sub("", file.read_text("utf-8"))) for file in files]
    return "\n".join([*parts, last_line, ""])


def stylesheet() -> str:
    """Return the palette and the rules of the widgets as one style sheet."""
    return "\n".join((HERE / name).read_text("utf-8") for name in ("palette.css", "player.css"))
