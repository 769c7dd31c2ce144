"""A server that can be asked what it served, that can fail, go away, or serve another build."""

from __future__ import annotations

import contextlib
import functools
import socket
import threading
from pathlib import Path

import serving


class Closing(serving.Server):
    """A server that closes the connections which browsers hold open."""

    def __init__(self, *arguments: object) -> None:
        self.connections: list[socket.socket] = []
        super().__init__(*arguments)

    def get_request(self) -> tuple[socket.socket, object]:
        connection, address = super().get_request()
        self.connections.append(connection)
        return connection, address

    def server_close(self) -> None:
        super().server_close()
        for connection in self.connections:
            with contextlib.suppress(OSError):  # it is closed already
                connection.shutdown(socket.SHUT_RDWR)


class LiveServer:
    """Serves a folder at one address for as long as a test wants."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.served: list[str] = []
        self.faults: dict[str, str] = {}
        """Parts of addresses that are not served as they should be: "404", or "dropped" halfway."""
        self.port = 0
        self.start()

    @property
    def base(self) -> str:
        """Address of the site."""
        return f"http://127.0.0.1:{self.port}{serving.PREFIX}/"

    def start(self) -> None:
        """Answer again, with what the folder has now."""
        served, faults = self.served, self.faults

        class Recording(serving.Handler):
            def do_GET(self) -> None:
                served.append(self.path)
                fault = next((how for part, how in faults.items() if part in self.path), "")
                if fault == "404":
                    self.send_error(404)
                elif fault == "dropped":
                    self.send_response(200)
                    self.send_header("Content-Type", self.guess_type(self.path.partition("?")[0]))
                    self.send_header("Content-Length", "1000000")
                    for name, value in serving.ISOLATION.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(b"half")
                    self.close_connection = True
                else:
                    super().do_GET()

        handler = functools.partial(Recording, directory=str(self.folder))
        self.server = Closing(("127.0.0.1", self.port), handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.running = True

    def stop(self) -> None:
        """Answer no more."""
        self.running = False
        self.server.shutdown()
        self.server.server_close()
