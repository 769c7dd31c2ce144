#!/bin/sh
# Find a Python that fits, and hand over to tools/dev.py. Plain sh: nothing is set up yet.
for python in python3.11 python3.12 python3.13 python3 python; do
    if "$python" -c 'import sys, ensurepip, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' \
        >/dev/null 2>&1; then
        exec "$python" "$(dirname "$0")/dev.py" "$@"
    fi
done
echo "mlmbook needs Python 3.11, 3.12 or 3.13 with its venv module, and found none on PATH; install one" \
    "(Debian or Ubuntu: apt-get install python3 python3-venv; macOS: brew install python@3.13)" \
    "and run make again." >&2
exit 1
