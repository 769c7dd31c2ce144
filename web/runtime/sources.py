"""Get a file whose sha256 is known, from the first source that has it."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import urllib.error
import urllib.request
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pins import Mirror, Pins

PLATFORMS = {  # what pip must be told to give a wheel for another machine
    "none-any": ["--implementation", "py", "--abi", "none", "--platform", "any"],
    "wasm32": [
        *["--implementation", "cp", "--abi", "cp313"],
        *["--platform", "pyemscripten_2025_0_wasm32"],
    ],
}
PATIENCE = 20  # seconds without a byte


class SourceError(Exception):
    """No source had the file; the message says what each one answered."""


@dataclass
class Sources:
    """The sources, in the order in which they are tried.

    Every file is checked against its hash whatever it comes from, so that no source need be
    trusted; a file in the cache is checked again.
    """

    pins: Pins
    cache: Path
    used: dict[str, str] = field(default_factory=dict)
    """Where each file came from."""
    _closed: dict[str, str] = field(default_factory=dict)
    """Sources that cannot be reached, with the reason: not tried again."""

    def package(self, name: str, sha256: str) -> Path:
        """Return a file that Pyodide builds."""
        return self._get(
            name,
            sha256,
            {"Pyodide's own server": self._from_cdn, "a copy on PyPI": self._from_mirror},
        )

    def wheel(self, requirement: str, name: str, sha256: str) -> Path:
        """Return a wheel from PyPI."""
        return self._get(
            name, sha256, {"PyPI": lambda _, to: _from_pypi(requirement, self.pins.python, to)}
        )

    def _get(self, name: str, sha256: str, sources: dict[str, Callable[[str, Path], None]]) -> Path:
        self.cache.mkdir(parents=True, exist_ok=True)
        kept = self.cache / name
        if kept.exists():
            if sha256_of(kept) == sha256:
                self.used[name] = "the cache"
                return kept
            kept.unlink()
        answers = []
        for source, fetch in sources.items():
            if source in self._closed:
                answers.append(f"{source}: {self._closed[source]}")
                continue
            part = kept.with_name(f"{name}.part")
            part.unlink(missing_ok=True)
            try:
                fetch(name, part)
            except (OSError, SourceError) as error:
                answers.append(f"{source}: {error}")
                if isinstance(error, urllib.error.URLError) and not isinstance(
                    error, urllib.error.HTTPError
                ):
                    self._closed[source] = str(error)
                continue
            if (found := sha256_of(part)) != sha256:
                answers.append(f"{source}: sha256 is {found[:12]}…, not {sha256[:12]}…")
                part.unlink()
                continue
            part.rename(kept)
            self.used[name] = source
            return kept
        raise SourceError(f"{name} could not be had ({'; '.join(answers)})")

    def _from_cdn(self, name: str, to: Path) -> None:
        with (
            urllib.request.urlopen(self.pins.cdn + name, timeout=PATIENCE) as answer,
            to.open("wb") as file,
        ):
            shutil.copyfileobj(answer, file)

    def _from_mirror(self, name: str, to: Path) -> None:
        archive = self._mirror(self.pins.mirror)
        with zipfile.ZipFile(archive) as files:
            try:
                to.write_bytes(files.read(self.pins.mirror.folder + name))
            except KeyError:
                raise SourceError("does not have it") from None

    def _mirror(self, mirror: Mirror) -> Path:
        to = self.cache / f"mirror-{mirror.sha256[:12]}.whl"
        if not to.exists():
            _from_pypi(mirror.requirement, mirror.python, to)
            if sha256_of(to) != mirror.sha256:
                to.unlink()
                raise SourceError(f"{mirror.requirement} is not the pinned one")
        return to


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _from_pypi(requirement: str, python: str, to: Path) -> None:
    folder = to.with_name(f"{to.name}.pip")
    shutil.rmtree(folder, ignore_errors=True)
    platform = PLATFORMS["wasm32" if "wasm32" in to.name else "none-any"]
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q"]
    command += ["--no-deps", "--only-binary", ":all:", "--python-version", python, *platform]
    done = subprocess.run(
        [*command, "-d", str(folder), requirement], capture_output=True, text=True
    )
    found = list(folder.glob("*.whl"))
    if done.returncode or not found:
        shutil.rmtree(folder, ignore_errors=True)
        lines = [line for line in done.stderr.splitlines() if line.startswith("ERROR")]
        raise SourceError(lines[-1] if lines else "pip found nothing")
    found[0].rename(to)
    shutil.rmtree(folder)
