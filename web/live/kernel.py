"""The Python side of a page that runs: IPython's shell, its output, and comms for widgets.

Loaded by worker.js, which offers ``page`` (messages to the page) and ``packages`` (packages that
are fetched when they are first imported).
"""

import importlib.abc
import importlib.machinery
import json
import sys

import packages
import page

LIMIT = 200_000
"""Characters of text that one run may print; a browser is slow with more."""


# ---- packages, when they are first imported -----------------------------------------------


class OnImport(importlib.abc.MetaPathFinder):
    """Install a package of the runtime when it is imported and not there yet."""

    def find_spec(self, name, path=None, target=None):
        if path is not None or not packages.install(name):
            return None
        importlib.invalidate_caches()
        return importlib.machinery.PathFinder.find_spec(name)


sys.meta_path.append(OnImport())

import comm  # noqa: E402
from comm.base_comm import BaseComm, CommManager  # noqa: E402
from IPython.core.displayhook import DisplayHook  # noqa: E402
from IPython.core.displaypub import DisplayPublisher  # noqa: E402
from IPython.core.history import HistoryManager  # noqa: E402
from IPython.core.interactiveshell import InteractiveShell  # noqa: E402

# ---- output -------------------------------------------------------------------------------

captures = []
"""Who takes output instead of the page: the Output widgets that are open, innermost last."""


def _plain(value):
    if isinstance(value, bytes | bytearray | memoryview):
        import base64

        return base64.b64encode(value).decode()
    return str(value)


def send(kind, content, buffers=()):
    """Send a message to the page."""
    page.send(kind, json.dumps(content, default=_plain), [bytes(part) for part in buffers])


def emit(output):
    """Show an output, in the form that notebooks have."""
    if captures:
        captures[-1](output)
    else:
        send("output", output)


class Stream:
    """What is printed goes to the page, up to a limit a run."""

    encoding = "utf-8"
    errors = "strict"
    printed = 0

    def __init__(self, name):
        self.name = name

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        room = LIMIT - Stream.printed
        Stream.printed += len(text)
        if text and room > 0:
            emit({"output_type": "stream", "name": self.name, "text": text[:room]})
            if len(text) > room:
                said = f"\n… more than {LIMIT:,} characters: the rest is not shown\n"
                emit({"output_type": "stream", "name": "stderr", "text": said})
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        pass

    def isatty(self):
        return False


class Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, *, transient=None, update=False, **kwargs):
        emit(
            {
                "output_type": "update_display_data" if update else "display_data",
                "data": data,
                "metadata": metadata or {},
                "display_id": (transient or {}).get("display_id"),
            }
        )

    def clear_output(self, wait=False):
        emit({"output_type": "clear_output", "wait": wait})


class Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        emit({"output_type": "execute_result", "data": format_dict, "metadata": md_dict or {}})

    def finish_displayhook(self):
        pass


class NoHistory(HistoryManager):
    """Keeps inputs in memory: there is no database in the page."""

    def __init__(self, **kwargs):
        self.enabled = False
        super().__init__(**kwargs)


class Shell(InteractiveShell):
    def init_history(self):
        self.history_manager = NoHistory(shell=self, parent=self)

    def _showtraceback(self, etype, evalue, stb):
        emit(
            {
                "output_type": "error",
                "ename": getattr(etype, "__name__", str(etype)),
                "evalue": str(evalue),
                "traceback": list(stb),
            }
        )


# ---- comms: what widgets speak ------------------------------------------------------------


class PageComm(BaseComm):
    def publish_msg(self, msg_type, data=None, metadata=None, buffers=None, **keys):
        content = {"comm_id": self.comm_id, "target_name": self.target_name, "data": data or {}}
        send(msg_type, {**content, "metadata": metadata or {}}, buffers or ())


manager = CommManager()
comm.create_comm = PageComm
comm.get_comm_manager = lambda: manager


def receive(text, buffers):
    """Hand a message of a widget in the page to its comm."""
    message = json.loads(text)
    content = {"comm_id": message["comm_id"], "data": message["data"]}
    parts = [memoryview(bytes(part)) for part in buffers]
    handler = manager.comm_close if message.get("closed") else manager.comm_msg
    handler(None, None, {"content": content, "buffers": parts})


def adapt_output_widget(module):
    """Let ``ipywidgets.Output`` collect what is printed; a kernel's message headers do not exist."""

    def enter(self):
        kept = list(self.outputs)
        waiting = False

        def take(output):
            nonlocal waiting
            if output["output_type"] == "clear_output":
                waiting = output["wait"]
                if not waiting:
                    kept.clear()
            else:
                if waiting:
                    kept.clear()
                    waiting = False
                last = kept[-1] if kept else {}
                if output["output_type"] == "stream" and last.get("name") == output["name"]:
                    kept[-1] = {**last, "text": last["text"] + output["text"]}
                else:
                    kept.append({name: part for name, part in output.items() if part is not None})
            self.outputs = tuple(kept)

        captures.append(take)
        return self

    def leave(self, kind, error, trace):
        if kind is not None:
            shell.showtraceback((kind, error, trace), tb_offset=0)
        captures.pop()
        return kind is not None

    def clear_output(self, *args, **kwargs):
        self.outputs = ()

    module.Output.__enter__ = enter
    module.Output.__exit__ = leave
    module.Output.clear_output = clear_output


def show_figures_inline(module):
    """Draw figures under the cell that makes them, as a notebook does."""
    from matplotlib_inline.backend_inline import configure_inline_support

    configure_inline_support(shell, "module://matplotlib_inline.backend_inline")


class AfterImport(importlib.abc.MetaPathFinder):
    """Adapt a module when it has been imported, not before."""

    adapt = {
        "ipywidgets.widgets.widget_output": adapt_output_widget,
        "matplotlib.pyplot": show_figures_inline,
    }

    def find_spec(self, name, path=None, target=None):
        if name not in self.adapt:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, path)
        run_module = spec.loader.exec_module

        def exec_module(module):
            run_module(module)
            self.adapt[name](module)

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, AfterImport())

# ---- running ------------------------------------------------------------------------------

shell = Shell.instance(display_pub_class=Publisher, displayhook_class=Hook)
shell.colors = "nocolor"
sys.stdout, sys.stderr = Stream("stdout"), Stream("stderr")


def _transformed(code):
    """Return a cell with magics turned into Python, and what went wrong on the way."""
    try:
        return shell.transform_cell(code), None
    except Exception:
        return code, sys.exc_info()


def begin(code):
    """Get ready for a cell; tell whether it waits for something at its top level."""
    Stream.printed = 0
    captures.clear()
    transformed, wrong = _transformed(code)
    return shell.should_run_async(
        code, transformed_cell=transformed, preprocessing_exc_tuple=wrong
    )


def run(code):
    """Run the code of one cell; return whether it ran to its end."""
    return _finish(lambda: shell.run_cell(code, store_history=True))


async def run_awaiting(code):
    """Run a cell that has ``await`` at its top level."""
    transformed, wrong = _transformed(code)
    result = await shell.run_cell_async(
        code, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=wrong
    )
    return _finish(lambda: result)


def _finish(get_result):
    try:
        ran = get_result().success
        inline = sys.modules.get("matplotlib_inline.backend_inline")
        if inline is not None:
            inline.flush_figures()
    except (Exception, KeyboardInterrupt):  # stopped between the lines of the cell
        shell.showtraceback()
        return False
    return ran
