"""A chapter in JupyterLite, driven as a reader drives it."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page

STARTING = 120_000  # milliseconds that Python may take to start on a busy machine
RUNNING = 240_000  # and a chapter to run

VIEW = "application/vnd.jupyter.widget-view+json"
TEXTS = ("text/plain", "text/html")
ADDRESS = re.compile(r"0x[0-9a-f]{6,}")  # of memory; as in tests/notebooks/nbval.cfg

KERNEL_READY = """() => {
  const panel = window.jupyterapp?.shell?.currentWidget;
  return panel?.sessionContext?.session?.kernel?.status === "idle";
}"""
CELLS = """() => window.jupyterapp.shell.currentWidget.content.widgets
  .filter((cell) => cell.model.type === "code")
  .map((cell) => ({ source: cell.model.sharedModel.source, state: cell.model.executionState,
    count: cell.model.executionCount, outputs: cell.model.outputs.toJSON() }))"""
ALL_RAN = """() => {
  const cells = window.jupyterapp.shell.currentWidget.content.widgets;
  const code = cells.filter((cell) => cell.model.type === "code");
  return code.every((cell) => cell.model.executionCount && cell.model.executionState === "idle");
}"""
ADD_CELL = """async (code) => {
  const { commands, shell } = window.jupyterapp;
  const notebook = shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.length - 1;
  await commands.execute("notebook:insert-cell-below");
  await commands.execute("notebook:change-cell-to-code");
  notebook.activeCell.model.sharedModel.setSource(code);
  await commands.execute("notebook:run-cell");
  return notebook.activeCell.model.outputs.toJSON();
}"""
SHOW_CELL = """async (number) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  const code = notebook.widgets.filter((cell) => cell.model.type === "code");
  await notebook.scrollToItem(notebook.widgets.indexOf(code.at(number)), "center");
}"""

Output = dict[str, Any]


class LitePage:
    """A notebook in JupyterLite.

    Parameters
    ----------
    context : BrowserContext
    base : str
        Address of the site.
    name : str
        File name of the notebook.
    """

    def __init__(self, context: BrowserContext, base: str, name: str) -> None:
        self.trouble: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.trouble.append(f"error: {error}"))
        # Of the whole context: requests of the worker, too.
        context.on("request", self._request)
        context.on("response", self._response)
        self.page.goto(f"{base}lite/notebooks/index.html?path={name}")

    def _console(self, message: Any) -> None:
        if message.type == "error":  # it warns of menu entries that it has twice
            self.trouble.append(f"console: {message.text}")

    def _request(self, request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in ("data", "blob") and parts.hostname != "127.0.0.1":
            self.trouble.append(f"off-site request: {request.url}")

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.trouble.append(f"{response.status}: {response.url}")

    def start(self) -> None:
        """Wait until Python is ready."""
        self.page.wait_for_function(KERNEL_READY, timeout=STARTING)

    def run_all(self) -> None:
        """Run every cell from top to bottom."""
        self.start()
        self.page.evaluate("() => void jupyterapp.commands.execute('notebook:run-all-cells')")
        self.page.wait_for_function(ALL_RAN, timeout=RUNNING)

    def cells(self) -> list[dict[str, Any]]:
        """Return the code cells as they are now."""
        found: list[dict[str, Any]] = self.page.evaluate(CELLS)
        return found

    def run(self, code: str) -> list[Output]:
        """Run code in a new cell at the end and return its outputs."""
        self.start()
        self.page.set_default_timeout(RUNNING)
        outputs: list[Output] = self.page.evaluate(ADD_CELL, code)
        self.page.evaluate(SHOW_CELL, -1)
        return outputs


def form(output: Output) -> dict[str, Any]:
    """Return what two runs of a cell have in common."""
    if output["output_type"] in ("stream", "error"):
        kept = ("name", "text", "evalue")
        return {name: joined(output[name]) for name in kept if name in output}
    data = output["data"]
    if VIEW in data:
        return {"widget": joined(data["text/plain"])}
    texts = {kind: ADDRESS.sub("0x", joined(data[kind])) for kind in TEXTS if kind in data}
    return texts | {"image": "image/png" in data}


def joined(text: Any) -> str:
    """Return text that a notebook may hold as a list of lines."""
    return "".join(text) if isinstance(text, list) else json.loads(json.dumps(text))
