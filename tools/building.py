"""The site: built when its sources changed, and only then."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from setting_up import ROOT, StepError, requirements_hash, run, say, without_colors

BUILD = ROOT / "_build"
SITE = BUILD / "html"
RUNTIME = BUILD / "runtime"
LITE = BUILD / "lite"
STAMP = BUILD / ".cache" / "site-hash"
STRUCTURE_STAMP = BUILD / ".cache" / "structure-hash"
# A change in one of these can change any page; Sphinx itself knows about changes in pages.
STRUCTURE = (
    "_config.yml",
    "_toc.yml",
    "book/_ext",
    "book/assets",
    "web",
    "mlmbook",
)
PAGES = ("book", "CHANGELOG.md", "README.md", "CITATION.cff")
IGNORED = {"node_modules", "__pycache__", ".ipynb_checkpoints"}


def build(python: Path) -> None:
    """Build the site, or say that it is up to date.

    Raises
    ------
    StepError
        Jupyter Book failed, or warned: a warning is a broken link, a missing figure or the like.
    """
    live = os.environ.get("LIVE", "1") != "0"
    structure = requirements_hash() + _hash(STRUCTURE) + json.dumps([live, *_addresses()])
    wanted = structure + _hash(PAGES)
    if _stored(STAMP) == wanted and (SITE / "index.html").exists():
        say("▸ The site is up to date")
        return
    if _stored(STRUCTURE_STAMP) != structure:
        _forget()
    run("Fetching front-end assets", [python, "book/_ext/assets.py"])
    if live:
        assemble(python)
        run(
            "Assembling the full notebook",
            [python, "web/lite/assemble.py", LITE],
            telling=r"Error|^  \S+: http",
        )
    try:
        run(
            "Building the site",
            [python.parent / "jupyter-book", "build", ".", "-n", "-W", "--keep-going"],
            environment=without_colors(),
            hint="the warnings above say where",
            telling=r"WARNING|ERROR|Error|error:|would load from elsewhere|^  \S+: http",
        )
    except StepError:
        _forget()  # pages without a warning would not be read again, and the next build would pass
        raise
    STAMP.parent.mkdir(parents=True, exist_ok=True)
    STRUCTURE_STAMP.write_text(structure)
    STAMP.write_text(wanted)


def assemble(python: Path) -> None:
    """Put the Python of the pages together; what was fetched and compiled before is kept.

    Raises
    ------
    StepError
        A part could not be had.
    """
    run(
        "Assembling the Python of the pages (LIVE=0 leaves it out)",
        [python, "web/runtime/assemble.py", RUNTIME],
        telling=r"could not be had|Error",
    )


def _addresses() -> list[str]:
    """Return what pages are told of where they will lie."""
    return [os.environ.get(name, "") for name in ("SITE_URL", "REPOSITORY")]


def _forget() -> None:
    for folder in (SITE, BUILD / ".doctrees", BUILD / "jupyter_execute"):
        shutil.rmtree(folder, ignore_errors=True)
    STAMP.unlink(missing_ok=True)
    STRUCTURE_STAMP.unlink(missing_ok=True)


def _stored(stamp: Path) -> str:
    return stamp.read_text() if stamp.exists() else ""


def _hash(names: tuple[str, ...]) -> str:
    digest = hashlib.sha256()
    for path in _files(names):
        digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _files(names: tuple[str, ...]) -> Iterator[Path]:
    for name in names:
        path = ROOT / name
        if path.is_file():
            yield path
        for file in sorted(path.rglob("*")):
            if file.is_file() and not IGNORED.intersection(file.relative_to(ROOT).parts):
                yield file
