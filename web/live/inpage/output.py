"""What Python shows goes to the page, in the form that notebooks have, within limits."""

import base64
import json
import math
import time

import _page

CHARACTERS = 200_000
"""That one run may print; a browser is slow with more."""
OUTPUTS = 200
"""Tables, figures and the like that one run may show."""
BYTES = 30_000_000
"""That these may have together."""
AT_ONCE = 200
"""Messages that are sent without a pause; then the page gets time to show them."""
A_SECOND = 200
"""Messages that a page shows in a second without effort."""
HOLD = 0.1
"""Seconds after which printed text is sent, though its line has not ended."""


class Budget:
    """What a run may still send. A reader is told once what is not shown."""

    def __init__(self) -> None:
        self.characters, self.outputs, self.bytes = CHARACTERS, OUTPUTS, BYTES
        self.messages, self.since = 0.0, time.monotonic()
        self.told: set[str] = set()

    def text(self, text: str) -> str:
        """Return as much of a text as may still be printed."""
        kept = text[: max(self.characters, 0)]
        self.characters -= len(text)
        return kept

    def output(self, size: int) -> bool:
        """Tell whether one more output may be shown."""
        self.outputs -= 1
        self.bytes -= size
        return self.outputs >= 0 and self.bytes >= 0

    def crowded(self) -> bool:
        """Tell whether the page has been sent more messages than it can have shown."""
        now = time.monotonic()
        self.messages = max(0.0, self.messages - (now - self.since) * A_SECOND)
        self.since = now
        return self.messages > AT_ONCE

    def tell(self, what: str) -> None:
        """Say once what is left out."""
        if what not in self.told:
            self.told.add(what)
            _emit({"output_type": "stream", "name": "stderr", "text": f"\n… {what} not shown\n"})


budget = Budget()
captures = []
"""Who takes output instead of the page: the Output widgets that are open, innermost last."""
answering = {}
"""The message of a widget that is being answered, if one is."""
held = {"name": "stdout", "text": "", "since": 0.0}
"""Printed text that has not been sent."""


def begin(message=None) -> None:
    """Start afresh for a cell, or for an answer to a widget."""
    global budget, answering
    budget = Budget()
    answering = message or {}
    held["text"] = ""


def send(kind, content, buffers=()) -> None:
    """Send a message to the page."""
    budget.messages += 1
    if budget.crowded():
        time.sleep(0.002)  # code that sends without end must not drown the page
    _page.send(kind, _json(content), [bytes(part) for part in buffers])


def _json(content) -> str:
    try:
        return json.dumps(content, default=_plain, allow_nan=False)
    except ValueError:
        return json.dumps(_finite(content), default=_plain)


def _plain(value):
    if isinstance(value, bytes | bytearray | memoryview):
        return base64.b64encode(value).decode()
    return str(value)


def _finite(value):
    """Replace what JSON cannot write by nothing."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(part) for part in value]
    return value


def emit(output) -> None:
    """Show an output after what was printed before it."""
    flush()
    data = output.get("data")
    if data is not None:
        size = sum(len(part) for part in data.values() if isinstance(part, str | bytes))
        if not budget.output(size):
            budget.tell(f"more than {OUTPUTS} outputs or {BYTES // 1_000_000} MB: the rest is")
            return
    _emit(output)


def _emit(output) -> None:
    if captures:
        captures[-1](output)
    else:
        send("output", {**output, "comm": answering.get("comm_id")})


def flush() -> None:
    """Send printed text."""
    if text := held["text"]:
        held["text"] = ""
        _emit({"output_type": "stream", "name": held["name"], "text": text})
    held["since"] = time.monotonic()


class Stream:
    """What is printed: sent line by line, as to a terminal; a flood of lines in larger pieces."""

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, name):
        self.name = name

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        if held["name"] != self.name:
            flush()
            held["name"] = self.name
        kept = budget.text(text)
        held["text"] += kept
        line = "\n" in kept or "\r" in kept
        if (line and not budget.crowded()) or time.monotonic() - held["since"] > HOLD:
            flush()
        if len(kept) < len(text):
            flush()
            budget.tell(f"more than {CHARACTERS:,} characters: the rest is")
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        flush()

    def isatty(self):
        return False
