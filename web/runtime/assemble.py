"""Assemble the Python of the page into a folder: python web/runtime/assemble.py FOLDER.

The folder has the interpreter, every package it may import, and ``pyodide-lock.json``, Pyodide's
own list of them amended with ours.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pins import Pins, normalized, read_pins
from repack import repack
from sources import SourceError, Sources, sha256_of

ROOT = Path(__file__).resolve().parents[2]
CORE = ROOT / "web" / "node_modules" / "pyodide"
CORE_FILES = ("pyodide.mjs", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
CACHE = ROOT / "_build" / ".cache" / "runtime"

Lock = dict[str, Any]


def assemble(into: Path, run_node: Callable[[list[str]], str], *, cache: Path = CACHE) -> None:
    """Write the runtime into a folder.

    Raises
    ------
    SourceError
        A file could not be had; the message names what each source answered.
    """
    pins = read_pins()
    lock = json.loads((CORE / "pyodide-lock.json").read_text())
    sources = Sources(pins, cache / "downloads")
    packages = official(lock, pins)
    originals = {
        name: sources.package(entry["file_name"], entry["sha256"])
        for name, entry in packages.items()
    }
    for wheel in pins.wheels:
        requirement = f"{wheel.name}=={wheel.version}"
        originals[wheel.name] = sources.wheel(requirement, wheel.file, wheel.sha256)
        packages[wheel.name] = _entry(wheel.name, wheel.version, wheel.file, wheel.depends)
    with tempfile.TemporaryDirectory() as folder:
        own = own_wheel(Path(folder))
        version = own.name.split("-")[1]
        originals["mlmbook"] = own
        depends = ("anywidget", "formulaic", "matplotlib", "numpy", "pandas", "scipy")
        packages["mlmbook"] = _entry("mlmbook", version, own.name, depends)
        compiled = _compiled(originals, cache / "compiled", run_node)
    shutil.rmtree(into, ignore_errors=True)
    into.mkdir(parents=True)
    for name in CORE_FILES:
        shutil.copyfile(CORE / name, into / name)
    for name, file in compiled.items():
        shutil.copyfile(file, into / file.name)
        packages[name] |= {"sha256": sha256_of(file), "size": file.stat().st_size}
    lock["core_size"] = sum((into / name).stat().st_size for name in CORE_FILES)
    lock["packages"] = dict(sorted(packages.items()))
    (into / "pyodide-lock.json").write_text(json.dumps(lock, sort_keys=True, indent=1))
    for source in sorted(set(sources.used.values())):
        names = [name for name, used in sources.used.items() if used == source]
        print(f"{len(names)} files from {source}")


def official(lock: Lock, pins: Pins) -> dict[str, Lock]:
    """Return the packages of Pyodide's own lock that are wanted, with what they depend on."""
    known = {normalized(name): entry for name, entry in lock["packages"].items()}
    ours = {wheel.name for wheel in pins.wheels}
    wanted: dict[str, Lock] = {}
    names = list(pins.packages)
    while names:
        name = normalized(names.pop())
        if name in wanted or name in ours or name in pins.without:
            continue
        entry = dict(known[name])
        entry["depends"] = [d for d in entry["depends"] if normalized(d) not in pins.without]
        wanted[name] = entry
        names += entry["depends"]
    return wanted


def own_wheel(into: Path) -> Path:
    """Build the wheel of mlmbook."""
    subprocess.run(
        [
            *[sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "-q"],
            *["--no-deps", "--no-build-isolation", "-w", str(into), str(ROOT)],
        ],
        check=True,
    )
    (wheel,) = into.glob("mlmbook-*.whl")
    return wheel


def _compiled(
    originals: dict[str, Path], cache: Path, run_node: Callable[[list[str]], str]
) -> dict[str, Path]:
    """Return the files to serve; what was compiled before is not compiled again."""
    recipe = b"".join(
        Path(__file__).with_name(name).read_bytes() for name in ("repack.py", "compile.mjs")
    )
    key = hashlib.sha256(recipe).hexdigest()[:8]
    folders = {name: cache / f"{key}-{sha256_of(file)[:16]}" for name, file in originals.items()}
    wheels = {name: file for name, file in originals.items() if file.suffix == ".whl"}
    new = {name: file for name, file in wheels.items() if not folders[name].exists()}
    with tempfile.TemporaryDirectory() as folder:
        for name, file in zip(new, repack(new.values(), Path(folder), run_node), strict=True):
            folders[name].mkdir(parents=True)
            shutil.move(file, folders[name] / file.name)
    return {
        name: folders[name] / file.name if name in wheels else file
        for name, file in originals.items()
    }


def _entry(name: str, version: str, file: str, depends: tuple[str, ...]) -> Lock:
    return {
        "name": name,
        "version": version,
        "file_name": file,
        "install_dir": "site",
        "package_type": "package",
        "imports": [name.replace("-", "_") if name != "ipython" else "IPython"],
        "depends": list(depends),
        "unvendored_tests": False,
        "sha256": "",
    }


def main(arguments: list[str]) -> int:
    """Assemble into the folder that is named."""
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    import assets  # finds Node, or gets it

    node = assets.node()

    def run_node(command: list[str]) -> str:
        return subprocess.run([node, *command], check=True, capture_output=True, text=True).stdout

    assets.node_modules()
    try:
        assemble(Path(arguments[0]), run_node)
    except SourceError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
