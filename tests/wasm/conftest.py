"""These tests are about the Python of the pages; ``make test-wasm`` runs them there."""

import sys

collect_ignore_glob = [] if sys.platform == "emscripten" else ["test_*"]
