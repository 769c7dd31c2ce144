"""A small static server, as a project page serves the site: under a sub-path, compressed."""

from __future__ import annotations

import functools
import gzip
import http.server
import threading
from pathlib import Path

from setting_up import StepError, say

PREFIX = "/mlmbook"
COMPRESSED = {".wasm", ".html", ".css", ".js", ".mjs", ".svg", ".json", ".ipynb", ".txt", ".xml"}
# As the service worker answers: a running cell can be interrupted from the first visit on.
ISOLATION = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
}
FIRST_PORT, LAST_PORT = 8000, 8050


class Handler(http.server.SimpleHTTPRequestHandler):
    """Serve a folder under PREFIX, with gzip for text and the site's own 404 page."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer one request."""
        if self.path in ("/", PREFIX):
            self._redirect(f"{PREFIX}/")
        elif not self.path.startswith(f"{PREFIX}/"):
            self._answer(404, Path(self.directory, "404.html"))
        else:
            path = Path(self.translate_path(self.path.removeprefix(PREFIX)))
            path = path / "index.html" if path.is_dir() else path
            found = path.is_file()
            self._answer(200 if found else 404, path if found else Path(self.directory, "404.html"))

    def _redirect(self, address: str) -> None:
        self.send_response(302)
        self.send_header("Location", address)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: int, file: Path) -> None:
        body = file.read_bytes() if file.is_file() else b"not found"
        self.send_response(status)
        self.send_header("Content-Type", self.guess_type(str(file)))
        if file.suffix in COMPRESSED and "gzip" in self.headers.get("Accept-Encoding", ""):
            body = gzip.compress(body, 6, mtime=0)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-cache")
        for name, value in ISOLATION.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Keep quiet: a reader of the book does not read a log."""


Handler.extensions_map = {
    **http.server.SimpleHTTPRequestHandler.extensions_map,
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".ipynb": "application/x-ipynb+json",
    ".wasm": "application/wasm",
    ".woff": "font/woff",
}


class Server(http.server.ThreadingHTTPServer):
    """A server whose threads end with it, and that does not print a closed tab as an error."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Let a browser close a connection early."""


def start(site: Path, port: int = 0) -> Server:
    """Serve the site in a thread, on any free port by default."""
    server = Server(("127.0.0.1", port), functools.partial(Handler, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def serve(site: Path) -> None:
    """Serve the site until the reader stops it."""
    for port in range(FIRST_PORT, LAST_PORT):
        try:
            server = start(site, port)
        except OSError:
            continue
        say(f"The book is at http://127.0.0.1:{port}{PREFIX}/  (Ctrl+C stops it)")
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            server.shutdown()
            say("")
        return
    raise StepError(f"no port from {FIRST_PORT} to {LAST_PORT - 1} is free; close what uses them")
