"""The virtual environment: made once, made again when its requirements or its Python change."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / ".requirements-hash"
NEEDED_GIGABYTES = 1.5
NEWEST_TOOLS = ("pytest", "pytest-xdist", "hypothesis", "nbformat")
COLOR = re.compile(r"\x1b\[[0-9;]*m")
NO_NETWORK = (
    "name resolution",
    "Failed to establish a new connection",
    "Network is unreachable",
    "Connection refused",
    "ProxyError",
    "Max retries exceeded",
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
)


class StepError(Exception):
    """A step failed; the message is one sentence that says what to do."""


def say(text: str) -> None:
    """Tell the reader what happens, at once."""
    print(text, flush=True)


def run(
    what: str,
    command: list[str | Path],
    *,
    show: bool = False,
    environment: dict[str, str] | None = None,
    hint: str = "",
    telling: str = "",
) -> str:
    """Run a command under a heading and return its output.

    Of a failed command the last lines are shown, or those that match the pattern `telling`; where
    the reason is known, one sentence says it.
    With `show`, the output is printed as it comes; else a line every ten seconds shows it lives.
    """
    say(f"▸ {what}")
    try:
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=None if show else subprocess.PIPE,
            stderr=None if show else subprocess.STDOUT,
            text=True,
        )
    except OSError as error:
        raise StepError(f"{what} failed: {error}") from None
    with process:
        output = "" if show else _follow(process)
    if process.returncode:
        if reason := _known_reason(output):
            raise StepError(f"{what} failed: {reason}")
        if not show:
            lines = output.strip().splitlines()
            say("\n".join([line for line in lines if re.search(telling, line)][-30:]))
        raise StepError(f"{what} failed; {hint or 'the lines above say why'}")
    return output


def _follow(process: subprocess.Popen[str]) -> str:
    """Collect the output, with a sign of life on the way."""
    start = last = time.monotonic()
    lines = []
    assert process.stdout is not None
    for line in process.stdout:
        line = COLOR.sub("", line)
        lines.append(line)
        if time.monotonic() - last > 10:
            last = time.monotonic()
            say(f"  … {last - start:.0f} s: {line.strip()[:90]}")
    return "".join(lines)


def _known_reason(output: str) -> str:
    if "No space left" in output:
        return f"the disk is full; free about {NEEDED_GIGABYTES} GB and run make again"
    if any(sign in output for sign in NO_NETWORK):
        return "no network; connect to it and run make again"
    return ""


def environment_ready() -> Path:
    """Return the Python of an up-to-date virtual environment, making it first if need be."""
    python = VENV / "bin" / "python"
    wanted = requirements_hash()
    if STAMP.exists() and STAMP.read_text() == wanted and _works(python):
        return python
    free = shutil.disk_usage(ROOT).free / 1e9
    if free < NEEDED_GIGABYTES:
        raise StepError(
            f"the disk has {free:.1f} GB left and about {NEEDED_GIGABYTES} GB are needed; free some"
        )
    if not _works(python):
        shutil.rmtree(VENV, ignore_errors=True)
        run(
            f"Making .venv with Python {sys.version.split()[0]}",
            [sys.executable, "-m", "venv", VENV],
        )
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--no-input"]
    run("Installing Python packages", [*pip, "-r", "requirements.txt"])
    run("Installing mlmbook itself", [*pip, "--no-deps", "--no-build-isolation", "-e", "."])
    STAMP.write_text(wanted)
    return python


def newest_ready() -> Path:
    """Return the Python of an environment with the newest version of every dependency."""
    folder = ROOT / ".venv-newest"
    python = folder / "bin" / "python"
    if not _works(python):
        candidates = [Path(name) for name in ("python3.13", "python3.12", "python3.11")]
        newest = next(filter(_works, candidates), Path(sys.executable))
        run(f"Making .venv-newest with {newest.name}", [newest, "-m", "venv", folder])
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--no-input", "--upgrade"]
    run("Installing the newest packages", [*pip, "-e", ".[parallel]", *NEWEST_TOOLS])
    return python


def requirements_hash() -> str:
    """Hash what the environment is made from."""
    digest = hashlib.sha256(str(VENV).encode())  # an environment does not survive being moved
    for name in ("requirements.txt", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _works(python: Path) -> bool:
    """Tell whether an environment's Python runs, is a version that fits, and has pip."""
    fits = "import pip, sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))"
    try:
        return subprocess.run([python, "-c", fits], capture_output=True).returncode == 0
    except OSError:
        return False


def without_colors() -> dict[str, str]:
    """Return the environment with which tools print plain text."""
    return {**os.environ, "NO_COLOR": "1", "PYTHONUNBUFFERED": "1"}
