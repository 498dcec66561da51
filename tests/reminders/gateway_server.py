"""A text gateway of its own on loopback, that does whatever a real one can do wrong."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs

#: What it does with the next message: a status, or one of these.
HANG_UP_BEFORE, HANG_UP_AFTER, HALF_AN_ANSWER, SLOW, NO_NUMBER = (
    "before",
    "after",
    "half",
    "slow",
    "no number",
)


class FakeGateway:
    """`taken` are the messages that it would have sent on."""

    def __init__(self) -> None:
        self.behave: int | str = 201
        self.code: int | None = None
        self.taken: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.slow_seconds = 0.5
        self.port = 0

    def take(self, fields: dict[str, str], headers: dict[str, str]) -> str:
        self.headers.append(headers)
        self.taken.append(fields)
        return f"SM{len(self.taken):032d}"


def _handler(gateway: FakeGateway) -> type[BaseHTTPRequestHandler]:  # noqa: C901
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            if gateway.behave == HANG_UP_BEFORE:
                self._hang_up()
                return
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            fields = {name: values[0] for name, values in parse_qs(body).items()}
            if isinstance(gateway.behave, int) and gateway.behave >= 400:
                self._say(
                    gateway.behave, {"code": gateway.code, "message": f"about {fields['To']}"}
                )
                return
            sid = gateway.take(fields, dict(self.headers))
            if gateway.behave == HANG_UP_AFTER:
                self._hang_up()
            elif gateway.behave == SLOW:
                time.sleep(gateway.slow_seconds)
                self._hang_up()
            elif gateway.behave == HALF_AN_ANSWER:
                self.wfile.write(b"HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{")
                self._hang_up()
            elif gateway.behave == NO_NUMBER:
                self._say(201, {})
            else:
                self._say(int(gateway.behave), {"sid": sid, "status": "queued"})

        def _say(self, status: int, words: dict[str, Any]) -> None:
            body = json.dumps(words).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

        def log_message(self, *_: Any) -> None:
            """Quiet."""

    return Handler


@contextmanager
def running() -> Iterator[FakeGateway]:
    gateway = FakeGateway()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(gateway))
    server.daemon_threads = True
    gateway.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)
