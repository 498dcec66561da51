"""A text gateway in a process of its own that writes down what it took, and sometimes fails.

`python -m bench.recorder FOLDER SEED SECONDS`: each message takes about so long, and none once there is FOLDER/quick; the port stands in
FOLDER/port, each key that it took is a line of FOLDER/taken. It takes every message it is given, twice the same one too: who sends twice is found out.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from random import Random

#: Of a hundred messages: taken, but the line breaks; not taken, too many; not taken, shut; own failure.
BREAKS, TOO_MANY, SHUT, FAILS = 2, 3, 1, 1


class Recorder:
    def __init__(self, folder: Path, seed: int, seconds: float) -> None:
        self.random, self.lock, self.seconds = Random(seed), threading.Lock(), seconds
        self.quick = folder / "quick"
        self.file = os.open(folder / "taken", os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def take(self, key: str) -> None:
        os.write(self.file, f"{key}\n".encode())

    def pause(self) -> None:
        if not self.quick.exists():
            time.sleep(self.seconds * self.lot() / 50)

    def lot(self) -> int:
        with self.lock:
            return self.random.randrange(100)


def handler_of(recorder: Recorder) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            lot = recorder.lot()
            for share, status in ((TOO_MANY, 429), (SHUT, 503), (FAILS, 500)):
                if lot < share:
                    self._say(status, {"code": 30001})
                    return
                lot -= share
            recorder.take(self.headers["Idempotency-Key"])
            # Afterwards: whoever is killed meanwhile never hears that it was taken.
            recorder.pause()
            if lot < BREAKS:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            self._say(201, {"sid": f"SM{time.monotonic_ns():032d}"})

        def _say(self, status: int, words: dict[str, object]) -> None:
            body = json.dumps(words).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    return Handler


def main() -> None:
    folder, seed, seconds = Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    recorder = Recorder(folder, seed, seconds)
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler_of(recorder))
    server.daemon_threads = True
    (folder / "port.new").write_text(str(server.server_address[1]))
    (folder / "port.new").rename(folder / "port")
    server.serve_forever()


if __name__ == "__main__":
    main()
