"""Changes to the files of JupyterLite: each with its reason, and made in as many places as said."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

KERNEL = "extensions/@jupyterlite/pyodide-kernel-extension/static/"


class RepairError(Exception):
    """A file is not what a repair was written for; the message says which repair."""


@dataclass(frozen=True)
class Repair:
    """A text to replace in the one file of JupyterLite that has it."""

    files: str
    """A pattern; the numbers in names of files change from release to release."""
    old: str
    new: str
    why: str


REPAIRS = (
    # Page and worker hand each other answers in shared memory: the reader asks, waits until the
    # first word is no longer zero, and reads. If the answer is there before the wait begins, the
    # wait returns at once (not with a promise), and the writer may still be at its first letters.
    # Where pages are isolated, this lost the answer to every cell that shows a widget.
    Repair(
        KERNEL + "*.js",
        "A=(e,t)=>e?c(t,0):",
        "A=(e,t)=>e?{value:Promise.resolve(c(t,0).value)}:",
        "an answer that is there before the page waits for it counts too",
    ),
    Repair(
        KERNEL + "*.js",
        "for(let t=new d(u.buffer),n=0;n<e.length;n++)t[n]=e.charCodeAt(n)",
        "for(let t=new d(u.buffer),n=2;n<e.length;n++)t[n]=e.charCodeAt(n);"
        "Atomics.store(u,0,e.charCodeAt(0)|e.charCodeAt(1)<<16)",
        "the page writes the word that its worker waits for last",
    ),
    Repair(
        KERNEL + "coincident.worker.*.js",
        "for(let t=new Pe(o.buffer),i=0;i<e.length;i++)t[i]=e.charCodeAt(i)",
        "for(let t=new Pe(o.buffer),i=2;i<e.length;i++)t[i]=e.charCodeAt(i);"
        "Atomics.store(o,0,e.charCodeAt(0)|e.charCodeAt(1)<<16)",
        "the worker writes the word that the page waits for last",
    ),
    Repair(
        KERNEL + "*.js",
        '"https://cdn.jsdelivr.net/pyodide/v314.0.6/full/pyodide.mjs"',
        '"../../runtime/pyodide.mjs"',
        "without settings, too, Python comes from this site",
    ),
    Repair(
        "config-utils.js",
        "  addFavicon(config);\n",
        "",
        "each page names the book's icon itself",
    ),
)


def repair(folder: Path) -> None:
    """Make every repair in a built JupyterLite.

    Raises
    ------
    RepairError
        A text is not there exactly once: JupyterLite has changed, and the repair with it.
    """
    for one in REPAIRS:
        found = [file for file in folder.glob(one.files) if one.old in file.read_text("utf-8")]
        times = sum(file.read_text("utf-8").count(one.old) for file in found)
        if times != 1:
            raise RepairError(
                f"{one.files} has {one.old!r} {times} times, not once; see whether JupyterLite "
                f"still needs the repair: {one.why}"
            )
        text = found[0].read_text("utf-8")
        found[0].write_text(text.replace(one.old, one.new), "utf-8")
