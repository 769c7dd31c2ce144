"""What `make` runs: sets up what a verb needs, does only what changed, says clearly what failed.

Standard library only, since it also makes the environment in which everything else runs.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

import building
import serving
from setting_up import ROOT, StepError, environment_ready, run, say


def book() -> None:
    """Build the site if anything changed, and print where it is."""
    python = environment_ready()
    building.build(python)
    say(f"The site is in {building.SITE / 'index.html'}")


def serve() -> None:
    """Build the site if needed and serve it on this machine under a sub-path."""
    python = environment_ready()
    building.build(python)
    serving.serve(building.SITE)


def notebooks() -> None:
    """Run the chapters that changed and store their outputs in normal form."""
    python = environment_ready()
    run("Running chapters", [python, "tools/notebooks.py", "execute", "--changed"], show=True)


def bench() -> None:
    """Measure fits beside other software, as far as it is installed or can be."""
    python = environment_ready()
    one_thread = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    run("Measuring fits", [python, "-m", "benchmarks"], show=True, environment=one_thread)


def figures() -> None:
    """Measure page weight, explorables and Python in the page, in a browser."""
    python = environment_ready()
    building.build(python)
    run("Measuring pages", [python, "tools/measure_pages.py"], show=True)
    run("Measuring Python in the page", [python, "-m", "benchmarks.browser"], show=True)


def clean() -> None:
    """Remove what was built; installed packages stay."""
    for name in ("_build", "build", "dist", ".mypy_cache", ".pytest_cache", ".ruff_cache"):
        shutil.rmtree(ROOT / name, ignore_errors=True)
    for folder in ("mlmbook", "tests", "tools", "book", "benchmarks"):
        for cache in list((ROOT / folder).rglob("__pycache__")):
            shutil.rmtree(cache, ignore_errors=True)
    say("Removed what was built. Installed packages stay in .venv and web/node_modules.")


VERBS = {verb.__name__: verb for verb in (book, serve, notebooks, bench, figures, clean)}


def main(arguments: list[str]) -> int:
    """Run one verb; every failure is one sentence on standard error."""
    verb = arguments[0] if arguments else "book"
    try:
        if verb == "test" or verb.startswith("test-"):
            step = verb.partition("-")[2]
            return subprocess.call([environment_ready(), ROOT / "tools" / "checking.py", step])
        if verb not in VERBS:
            names = ", ".join([*VERBS, "test"])
            raise StepError(f"there is no verb {verb!r}; choose from {names}")
        VERBS[verb]()
    except StepError as error:
        print(f"make {verb}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"\nmake {verb}: stopped", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
