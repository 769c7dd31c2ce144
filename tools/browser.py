"""A Chromium for the site tests: the machine's, else one that needs no rights to install."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from setting_up import ROOT, StepError, run, say

PACKAGE = ROOT / "tools" / "browser_package"
HOME = ROOT / ".chromium"
NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
ADVICE = (
    "the site tests need Chromium and none could be had; install it "
    "(Debian or Ubuntu: apt-get install chromium; elsewhere: Google Chrome) and run make again"
)


@dataclass(frozen=True)
class Browser:
    """A browser that runs here: its program, and the libraries it brought along."""

    program: str
    environment: dict[str, str] = field(default_factory=dict)

    def runs(self) -> bool:
        """Tell whether it starts."""
        try:
            done = subprocess.run(
                [self.program, "--version"],
                capture_output=True,
                env={**os.environ, **self.environment},
                timeout=60,
            )
        except (OSError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0


def find_browser() -> Browser:
    """Return a Chromium that runs, installing one if the machine has none.

    Raises
    ------
    StepError
        No way worked; the message says what to install. Tests are never skipped in silence.
    """
    ways: tuple[Callable[[], Iterator[Browser]], ...] = (
        on_path,
        from_npm,
        from_playwright,
        from_apt,
    )
    for way in ways:
        try:
            for browser in way():
                if browser.runs():
                    return browser
        except (StepError, OSError) as error:
            say(f"  {way.__name__.replace('_', ' ')}: {error}")
    raise StepError(ADVICE)


def on_path() -> Iterator[Browser]:
    """Yield the browsers of this machine."""
    for name in filter(None, (os.environ.get("CHROMIUM"), *NAMES)):
        if program := shutil.which(name):
            yield Browser(program)


def from_npm() -> Iterator[Browser]:
    """Yield the browser that an npm package carries, with the libraries it may lack here."""
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    from assets import AssetError, node

    program = HOME / "chromium"
    if not Browser(str(program), _carried_libraries()).runs():
        try:
            executable = Path(node())
        except AssetError as error:
            raise StepError(str(error)) from None
        HOME.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copyfile(PACKAGE / name, HOME / name)
        npm = [str(executable.parent / "npm"), "ci", "--ignore-scripts", "--prefix", str(HOME)]
        path = f"{executable.parent}{os.pathsep}{os.environ['PATH']}"
        run("Fetching Chromium from npm", npm, environment={**os.environ, "PATH": path})
        _unpack(executable)
    yield Browser(str(program))
    yield Browser(str(program), _carried_libraries())


def _unpack(node: Path) -> None:
    packed = HOME / "node_modules" / "@sparticuz" / "chromium" / "bin"
    for name in ("chromium", "al2023.tar", "fonts.tar"):
        source, target = packed / f"{name}.br", HOME / name
        run(f"Unpacking {name}", [node, PACKAGE / "unpack.cjs", source, target])
        if target.suffix == ".tar":
            # Python 3.11.3 and older know no filter; newer ones warn without one.
            safely = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
            with tarfile.open(target) as archive:
                archive.extractall(HOME, **safely)
            target.unlink()
    (HOME / "chromium").chmod(0o755)
    shutil.rmtree(HOME / "node_modules")


def _carried_libraries() -> dict[str, str]:
    fonts = {} if Path("/etc/fonts/fonts.conf").exists() else {"FONTCONFIG_PATH": str(HOME)}
    return {"LD_LIBRARY_PATH": str(HOME / "lib"), **fonts}


def from_playwright() -> Iterator[Browser]:
    """Yield Playwright's own download."""
    run(
        "Fetching Chromium from Playwright",
        [sys.executable, *"-m playwright install chromium".split()],
    )
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        yield Browser(playwright.chromium.executable_path)


def from_apt() -> Iterator[Browser]:
    """Yield Debian's package, if this user may install it."""
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise StepError("not a Debian machine, or not root")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("Updating the list of Debian packages", ["apt-get", "update"], environment=environment)
    install = ["apt-get", "install", "-y", "--no-install-recommends", "chromium"]
    run("Installing Chromium from Debian", install, environment=environment)
    yield from on_path()


if __name__ == "__main__":
    try:
        found = find_browser()
    except StepError as problem:
        sys.exit(str(problem))
    print(found.program)
