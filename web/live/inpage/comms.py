"""Comms: what widgets in Python and on the page say to each other."""

import json
import time

import comm
from comm.base_comm import BaseComm, CommManager
from IPython import get_ipython

from inpage import output
from inpage.imports import finder

OFTEN = 0.1
"""Seconds between two messages of an Output widget that is filled."""


class PageComm(BaseComm):
    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        content = {
            "comm_id": self.comm_id,
            "target_name": self.target_name,
            "data": data or {},
            "metadata": metadata or {},
            "answers": output.answering.get("id"),
        }
        output.send(msg_type, content, buffers or ())


manager = CommManager()
comm.create_comm = PageComm
comm.get_comm_manager = lambda: manager


def receive(text, buffers):
    """Hand a message of a widget in the page to its comm."""
    message = json.loads(text)
    output.begin(message)
    found = manager.get_comm(message["comm_id"])
    if found is None:
        return
    content = {"comm_id": found.comm_id, "data": message["data"]}
    parts = [memoryview(bytes(part)) for part in buffers]
    try:
        if message.get("closed"):
            manager.comm_close(None, None, {"content": content})
        else:
            found.handle_msg({"content": content, "buffers": parts})
    except (Exception, KeyboardInterrupt):
        get_ipython().showtraceback(tb_offset=1)
    finally:
        output.captures.clear()
        output.flush()


class Filling:
    """What an Output widget holds while a ``with`` block fills it."""

    def __init__(self, widget):
        self.widget = widget
        self.kept = list(widget.outputs)
        self.sent = 0.0

    def __call__(self, shown):
        if shown["output_type"] == "clear_output":
            self.widget.clears_next = shown["wait"]
            if not shown["wait"]:
                self.kept.clear()
                self.send()
            return
        if getattr(self.widget, "clears_next", False):
            self.kept.clear()
            self.widget.clears_next = False
        last = self.kept[-1] if self.kept else {}
        if shown["output_type"] == "stream" and last.get("name") == shown["name"]:
            self.kept[-1] = {**last, "text": last["text"] + shown["text"]}
        else:
            self.kept.append({name: part for name, part in shown.items() if part is not None})
        if time.monotonic() - self.sent > OFTEN:
            self.send()

    def send(self):
        self.widget.outputs = tuple(self.kept)
        self.sent = time.monotonic()


def adapt_output_widget(module):
    """Let ``ipywidgets.Output`` collect what is shown; a kernel's message headers do not exist."""

    def enter(self):
        output.flush()
        open_ones = [filling for filling in output.captures if filling.widget is self]
        output.captures.append(open_ones[0] if open_ones else Filling(self))
        return self

    def leave(self, kind, error, trace):
        failed = kind is not None and issubclass(kind, Exception)
        if failed:
            get_ipython().showtraceback((kind, error, trace), tb_offset=0)
        output.flush()
        output.captures.pop().send()
        return failed

    module.Output.__enter__ = enter
    module.Output.__exit__ = leave


finder.adapt["ipywidgets.widgets.widget_output"] = adapt_output_widget
