"""What Python in a page cannot do, answered in words instead of an error from deep inside."""

import re
import shlex

import _packages
from IPython.core.error import StdinNotImplementedError, UsageError

ELSEWHERE = "For that, download the notebook and run it on your own computer."
PROGRAMS = ("bash", "sh", "perl", "ruby", "pypy", "python", "python2", "python3", "cmd")
INSTALLERS = ("pip", "conda", "mamba", "micromamba", "uv")
INSTALL = re.compile(rf"^\s*(?:python3?\s+-m\s+)?(?:{'|'.join(INSTALLERS)})\b(.*)", re.DOTALL)


def run_program(command):
    """Refuse a command of a shell."""
    if found := INSTALL.match(command):
        return install(found[1])
    raise UsageError(
        f"{command.strip()!r} cannot run: a page has no programs beside Python. {ELSEWHERE}"
    )


def install(line, cell=None):
    """Say which packages are here already, and refuse the others."""
    words = [word for word in shlex.split(line) if not word.startswith("-")]
    names = [re.split(r"[<>=!~\[ ;]", word)[0] for word in words if word not in ("install", "pip")]
    absent = [name for name in names if not _packages.has(name)]
    for name in names:
        if name not in absent:
            print(f"{name} is here already: import it.")
    if absent or not names:
        what = ", ".join(absent) or line.strip()
        raise UsageError(
            f"{what} cannot be installed: the page fetches nothing from elsewhere. {ELSEWHERE}"
        )


def no_package(name):
    """Return a sentence for an import of a package that the page does not have."""
    return f"The page has no package {name!r}, and fetches none from elsewhere. {ELSEWHERE}"


class NoInput:
    """Standard input: a cell cannot wait for a reader to type."""

    encoding = "utf-8"
    closed = False

    def readline(self, *args):
        raise StdinNotImplementedError(
            "code in a page cannot wait for what you type: write it into the cell instead"
        )

    read = readlines = __next__ = readline

    def __iter__(self):
        return self

    def fileno(self):
        return 0

    def isatty(self):
        return False


def refuse_downloads(module):
    """Answer ``micropip.install`` as ``%pip install``."""

    async def install_all(requirements, *args, **options):
        install(requirements if isinstance(requirements, str) else " ".join(requirements))

    module.install = install_all


def refuse(shell):
    """Answer the magics that need another program, or a reader's answer."""

    def refuse_debugger(line, cell=None):
        raise UsageError(f"a debugger waits for what you type, and a page cannot. {ELSEWHERE}")

    def refuse_line(name):
        return lambda line: run_program(f"{name} {line}")

    def refuse_cell(name):
        return lambda line, cell: run_program(f"{name} {line}")

    for name in (*PROGRAMS, "script", "sx", "system", "!"):
        shell.register_magic_function(refuse_cell(name), "cell", name)
    for name in ("sx", "system", "ls", "ll", "cp", "mv", "rm", "cat", "man", "edit", "notebook"):
        shell.register_magic_function(refuse_line(name), "line", name)
    for name in ("debug", "pdb"):
        shell.register_magic_function(refuse_debugger, "line_cell", name)
    for name in INSTALLERS:
        shell.register_magic_function(install, "line", name)
