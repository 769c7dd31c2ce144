"""Python in the page: the scripts behind "Run", and the runtime they start.

With ``LIVE=0`` in the environment the site is built without both.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import assets
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "web" / "live"
RUNTIME = ROOT / "_build" / "runtime"
RUNTIME_FOLDER = "runtime"
SCRIPTS = ("start.js", "page.js", "worker.js", "fetcher.js", "keeper.js")
STYLES = ("widgets.css", "live.css")
ELSEWHERE = "https://cdn.jsdelivr.net/"
MATHJAX = ("mathjax", "es5")


def wanted() -> bool:
    """Tell whether pages are to run."""
    return os.environ.get("LIVE", "1") != "0"


def bundle(into: Path) -> None:
    """Write the scripts of the page: one file each, and parts that are loaded when needed."""
    modules = assets.node_modules()
    esbuild = modules / "esbuild" / "bin" / "esbuild"
    command = [
        *[str(esbuild), *(str(SOURCES / name) for name in SCRIPTS + STYLES)],
        *["--bundle", "--splitting", "--format=esm", "--minify", "--target=es2022"],
        *["--legal-comments=external", "--loader:.svg=dataurl", "--log-level=warning"],
        f"--outdir={into}",
    ]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT / "web")
    if done.returncode:
        raise ExtensionError(f"the scripts behind Run could not be built: {done.stderr.strip()}")
    shutil.copytree(SOURCES / "inpage", into / "inpage", ignore=lambda *_: {"__pycache__"})
    mathjax = modules.joinpath(*MATHJAX)
    # Its parts for speech would come from a public server; they are not used.
    typesetter = (mathjax / "tex-chtml-full.js").read_text("utf-8")
    (into / "mathjax.js").write_text(typesetter.replace(ELSEWHERE, "./"), "utf-8")
    fonts = mathjax / "output" / "chtml" / "fonts" / "woff-v2"
    shutil.copytree(fonts, into / "fonts", dirs_exist_ok=True)


def write(app: Sphinx) -> None:
    """Write the scripts into a folder named by what is in it: an old page never gets a new one."""
    if app.builder.format != "html" or not wanted():
        return
    static = Path(app.outdir, "_static")
    for old in static.glob("live-*"):
        shutil.rmtree(old)
    made = static / "live-"
    bundle(made)
    digest = hashlib.sha256()
    for file in sorted(made.rglob("*")):
        if file.is_file():
            digest.update(file.name.encode() + file.read_bytes())
    folder = f"live-{digest.hexdigest()[:12]}"
    made.rename(static / folder)
    app.config.live_folder = folder
    runtime = Path(app.outdir, RUNTIME_FOLDER)
    shutil.rmtree(runtime, ignore_errors=True)
    shutil.copytree(RUNTIME, runtime, copy_function=os.link)  # 60 MB, once on the disk


def lock_hash() -> str:
    """Return the hash of the runtime's list of packages, which has the hash of each."""
    return hashlib.sha256((RUNTIME / "pyodide-lock.json").read_bytes()).hexdigest()[:12]


def add_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Load the buttons on pages that show code."""
    shows_code = doctree is not None and any(
        node.get("nb_element") == "cell_code_source" for node in doctree.findall(nodes.container)
    )
    context["runs"] = shows_code and wanted()
    if context["runs"]:
        data = {
            "data-runtime": f"{RUNTIME_FOLDER}/",
            "data-lock": lock_hash(),
            "data-source": f"notebooks/{page.rpartition('/')[2]}.ipynb",
        }
        folder = app.config.live_folder
        app.add_js_file(f"{folder}/start.js", loading_method="defer", **data)
        app.add_css_file(f"{folder}/live.css", priority=730)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("live_folder", "", "html")  # pages are written anew when it changes
    if wanted():
        app.tags.add("live")  # for what pages say of it
    app.connect("builder-inited", write)
    app.connect("html-page-context", add_script)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
