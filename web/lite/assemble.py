"""Assemble the full notebook into a folder: python web/lite/assemble.py FOLDER.

JupyterLite and the extensions that the book needs, and nothing else that may be installed here. The
chapters come later, when the site is built; Python itself is the runtime of the pages.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from repairs import RepairError, repair

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "book" / "_ext"))
import selfhost  # noqa: E402

SETTINGS = Path(__file__).with_name("jupyter-lite.json")
EXTENSIONS = (
    "@jupyter-widgets/jupyterlab-manager",  # ipywidgets
    "anywidget",  # explorables and questions
    "@jupyterlite/pyodide-kernel-extension",  # Python
)
APPS = ("notebooks", "tree", "edit")  # a chapter; the list of files; a file of the reader's own
UNUSED = (
    "*/favicon.ico",
    "build/fa-*.eot",  # icons for browsers of 2012; today's load the .woff2
    "build/fa-*.svg",
    "build/fa-*.ttf",
    "build/service-worker.js",
    "doc",
    "icon-*.png",
    "manifest.webmanifest",
    "package.json",
    "rspack.config*.js",
    "service-worker.js",  # the site has its own
)
HEAD = (
    (r"<html(?: lang=\"en\")?>", '<html lang="en">'),
    (r'\s*<link rel="manifest"[^>]*>', ""),
    (r"<title>[^<]*</title>", "<title>Multilevel modeling · notebook</title>"),
    (
        r"<head>",
        '<head>\n    <link rel="icon" type="image/svg+xml" href="{up}_static/favicon.svg">',
    ),
)
# As tight as JupyterLite allows: it compiles the schemas of its settings, and a widget brings its
# own script, which Python hands over as a blob.
POLICY = (
    "default-src 'none'; script-src 'self' 'unsafe-eval' blob:{hashes}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self'; base-uri 'self'; form-action 'self'"
)
# Hosts that JupyterLite names without asking them for anything.
NAMED_ONLY = {
    "attacker.controlled.server",  # an example in a comment
    "commonmark.org",  # links in the Help menu and in messages
    "discourse.jupyter.org",
    "jupyter-notebook.readthedocs.io",
    "jupyter-server.readthedocs.io",
    "jupyter.org",
    "jupyterlab.readthedocs.io",
    "pyodide.org",
    "reactjs.org",
    "vega.github.io",  # a link under a Vega chart, and the name of its schema
    "example.com",
    "json-schema.org",  # names of schemas and vocabularies
    "raw.githubusercontent.com",
    "www.eclipse.org",
    "www.w3.org",
    "github.com",
    "www.mathjax.org",
}


class LiteError(Exception):
    """The full notebook could not be assembled; the message says what is wrong."""


def assemble(into: Path) -> None:
    """Write JupyterLite into a folder.

    Raises
    ------
    LiteError
        It could not be built, or would load something from elsewhere.
    RepairError
        It is not the release that the repairs were written for.
    """
    build(into)
    for pattern in UNUSED:
        for path in into.glob(pattern):
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink()
    repair(into)
    for page in into.rglob("*.html"):
        up = "../" * len(page.relative_to(into).parts)
        page.write_text(protected(page.read_text("utf-8"), up), "utf-8")
    if found := off_site(into):
        raise LiteError("the full notebook would load from elsewhere:\n  " + "\n  ".join(found))


def build(into: Path) -> None:
    """Run JupyterLite's own builder."""
    shutil.rmtree(into, ignore_errors=True)
    installed = Path(sys.prefix, "share", "jupyter", "labextensions")
    with tempfile.TemporaryDirectory() as folder:  # the builder leaves a database behind
        shutil.copy(SETTINGS, folder)
        command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", folder]
        command += ["--output-dir", str(into), "--no-sourcemaps", "--no-unused-shared-packages"]
        command += ["--ignore-sys-prefix", *(f"--apps={app}" for app in APPS)]
        command += [
            f"--LiteBuildConfig.federated_extensions={installed / name}" for name in EXTENSIONS
        ]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    if done.returncode or not (into / "notebooks" / "index.html").exists():
        raise LiteError(f"JupyterLite could not be built: {(done.stderr or done.stdout)[-2000:]}")


def protected(text: str, up: str) -> str:
    """Return a page with the book's name and icon, and with a content security policy."""
    for pattern, new in HEAD:
        text = re.sub(pattern, new.format(up=up), text, count=1)
    return selfhost.protect(text, POLICY)


def off_site(folder: Path) -> list[str]:
    """Name what JupyterLite would load from another host."""
    return [
        f"{path.relative_to(folder)}: {address}"
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".html", ".css", ".js")
        for address in selfhost.off_site(path, NAMED_ONLY)
    ]


def main(arguments: list[str]) -> int:
    """Assemble into the folder that is named."""
    try:
        assemble(Path(arguments[0]).resolve())
    except (LiteError, RepairError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
