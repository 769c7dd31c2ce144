"""IPython's shell in a page: runs the cells."""

import asyncio
import contextlib
import sys
import time
import traceback

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.error import UsageError
from IPython.core.history import HistoryManager
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from inpage import output, refusals
from inpage.imports import finder

NAP = 0.05
"""Seconds that ``time.sleep`` sleeps at once."""
RESERVE = 16_000_000
"""Bytes given up when memory is full, for the traceback and for what a reader does next."""
FULL = "The memory of Python in a page is full. Delete what is large (del name), or restart Python."

reserve = bytearray(RESERVE)


class Publisher(DisplayPublisher):
    def publish(self, data, metadata=None, *, transient=None, update=False, **kwargs):
        output.emit(
            {
                "output_type": "update_display_data" if update else "display_data",
                "data": data,
                "metadata": metadata or {},
                "display_id": (transient or {}).get("display_id"),
            }
        )

    def clear_output(self, wait=False):
        output.emit({"output_type": "clear_output", "wait": wait})


class Hook(DisplayHook):
    def write_output_prompt(self):
        pass

    def write_format_data(self, format_dict, md_dict=None):
        output.emit(
            {"output_type": "execute_result", "data": format_dict, "metadata": md_dict or {}}
        )

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

    def system(self, cmd):
        refusals.run_program(cmd)

    def getoutput(self, cmd, split=True, depth=0):
        refusals.run_program(cmd)

    def enable_matplotlib(self, gui=None):
        if gui not in (None, "auto", "inline", "agg"):
            raise UsageError(f"{gui!r} needs windows; in a page figures stand under their cell")
        return super().enable_matplotlib("inline")

    def enable_gui(self, gui=None):
        """Do nothing: there is no event loop of windows to run."""

    def ask_exit(self):
        print("There is nothing to leave. Restart Python begins anew.")

    def showtraceback(self, exc_tuple=None, *args, **options):
        error = exc_tuple or sys.exc_info()
        if isinstance(error[1], MemoryError):
            reserve.clear()
            self._showtraceback(*error[:2], self._traceback_in_little_memory(error))
        else:
            super().showtraceback(exc_tuple, *args, **options)

    def _traceback_in_little_memory(self, error):
        try:
            return self.InteractiveTB.structured_traceback(*error)
        except Exception:  # whatever does not fit
            return traceback.format_exception_only(error[1])

    def _showtraceback(self, etype, evalue, stb):
        # Python's word for an unfinished line is one of its own secrets.
        lines = [line.replace("_IncompleteInputError", "SyntaxError") for line in stb]
        if issubclass(etype, ModuleNotFoundError) and evalue.name and "." not in evalue.name:
            lines += ["", refusals.no_package(evalue.name)]
        if issubclass(etype, MemoryError):
            lines += ["", FULL]
        output.emit(
            {
                "output_type": "error",
                "ename": etype.__name__,
                "evalue": str(evalue),
                "traceback": lines,
            }
        )


def show_figures_inline(module):
    """Draw figures under the cell that makes them, as a notebook does."""
    from matplotlib_inline.backend_inline import configure_inline_support

    configure_inline_support(shell, "module://matplotlib_inline.backend_inline")


def watch_no_progress(module):
    """Keep progress bars from starting a thread that a page does not have."""
    module.tqdm.monitor_interval = 0


def sleep(seconds, nap=time.sleep):
    """Wait in short naps: between two of them Stop is heard."""
    end = time.monotonic() + seconds
    output.flush()
    nap(min(seconds, NAP))
    while (left := end - time.monotonic()) > 0:
        nap(min(left, NAP))
        for _ in range(100):  # Python looks for an interrupt every fifty jumps
            pass


# Figures have twice the pixels that they are shown with, as those of the book have.
config = Config({"InlineBackend": {"figure_formats": {"retina"}}})
shell = Shell.instance(config=config, display_pub_class=Publisher, displayhook_class=Hook)
shell.colors = "nocolor"
refusals.refuse(shell)
finder.only_asked.clear()
finder.adapt["matplotlib.pyplot"] = show_figures_inline
finder.adapt["micropip"] = refusals.refuse_downloads
finder.adapt["tqdm.std"] = watch_no_progress
sys.stdin = refusals.NoInput()
sys.stdout, sys.stderr = output.Stream("stdout"), output.Stream("stderr")
time.sleep = sleep

# ---- running ------------------------------------------------------------------------------

waiting = None
"""The task of a cell that waits for something, while it does."""


def begin(code):
    """Get ready for a cell; tell whether it waits for something at its top level."""
    output.begin()
    output.captures.clear()
    if not reserve:
        with contextlib.suppress(MemoryError):
            reserve.extend(bytes(RESERVE))
    transformed, wrong = _transformed(code)
    return shell.should_run_async(code, transformed_cell=transformed, preprocessing_exc_tuple=wrong)


def run(code):
    """Run the code of one cell; return whether it ran to its end."""
    return _finish(lambda: shell.run_cell(code, store_history=True))


async def run_awaiting(code):
    """Run a cell that has ``await`` at its top level."""
    global waiting
    transformed, wrong = _transformed(code)
    waiting = asyncio.ensure_future(
        shell.run_cell_async(
            code, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=wrong
        )
    )
    try:
        result = await waiting
    finally:
        waiting = None
    return _finish(lambda: result)


def cancel():
    """Stop a cell that waits; tell whether one does."""
    if waiting is not None:
        waiting.cancel()
    return waiting is not None


def _transformed(code):
    """Return a cell with magics turned into Python, and what went wrong on the way."""
    try:
        return shell.transform_cell(code), None
    except Exception:
        return code, sys.exc_info()


def _finish(get_result):
    try:
        ran = get_result().success
        inline = sys.modules.get("matplotlib_inline.backend_inline")
        if inline is not None:
            inline.flush_figures()
    except (Exception, KeyboardInterrupt):  # stopped between the lines of the cell
        shell.showtraceback()
        return False
    finally:
        output.flush()
    return ran
