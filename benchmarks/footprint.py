"""Memory of a fit and time of an import, each in a process of its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from typing import Any

IMPORT = """
import json, time
start = time.process_time()
import mlmbook
imported = time.process_time() - start
mlmbook.fit, mlmbook.load
print(json.dumps({"import": imported, "import and fit": time.process_time() - start}))
"""
MEMORY = """
import json, sys
from pathlib import Path
from benchmarks.cases import CASES
case = next(case for case in CASES if case.name == sys.argv[1])
data = case.data()
from benchmarks.systems import mlmbook
mlmbook(case, data.head(2000) if sys.argv[2] == "part" else data, 0)
lines = Path("/proc/self/status").read_text().splitlines()
peak = next(line for line in lines if line.startswith("VmHWM"))
print(json.dumps({"peak": 1024 * int(peak.split()[1])}))
"""
IMPORTS = 7
MEGABYTE = 1e6


def import_times() -> dict[str, float]:
    """Return the seconds of ``import mlmbook``, and of that and what fitting needs."""
    runs = [_measure(IMPORT) for _ in range(IMPORTS)]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def peak_memory(case: str) -> dict[str, float]:
    """Return the bytes that a process held at most: to fit the case, and 2000 rows of it.

    Both have the whole data in memory; the difference is what the fit needs. Linux keeps this
    high-water mark for each process; ``ru_maxrss`` would begin with that of the parent.
    """
    return {size: _measure(MEMORY, case, size)["peak"] for size in ("whole", "part")}


def _measure(code: str, *arguments: str) -> dict[str, Any]:
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured
