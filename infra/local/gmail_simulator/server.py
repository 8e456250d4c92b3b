"""The HTTP server: loopback only, a thread for each connection, connections stay open (HTTP/1.1)."""

from __future__ import annotations

import socketserver
import sys
import traceback
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import cast
from urllib.parse import parse_qs, unquote, urlsplit

from infra.local.gmail_simulator.exchange import Reply, Request, json_reply

HOST = "127.0.0.1"
MOST_BODY = 52_428_800  # what messages.insert takes
_OWN_NAMES = frozenset({"", "127.0.0.1", "localhost", "[::1]"})
_IDLE_S = 120
_BUFFER = 64 * 1024
_LONGEST_LINE = 1024

Answer = Callable[[Request], Reply]


class BodyTooLong(Exception):
    """The body is longer than the simulator takes."""


class Server(ThreadingHTTPServer):
    """Bound to its port as soon as it is made; connections are taken once `listen` is called."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128
    answer: Answer

    def __init__(self, port: int) -> None:
        super().__init__((HOST, port), _Connection, bind_and_activate=False)
        try:
            self.server_bind()
        except OSError:
            self.server_close()
            raise

    def server_bind(self) -> None:
        """Bind; the standard library's way would ask the DNS for this machine's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    @property
    def url(self) -> str:
        """Where this server is, without a trailing slash."""
        return f"http://{HOST}:{self.server_port}"

    def handle_error(self, request: object, client_address: object) -> None:
        """Tell of bugs; a client that hung up is none."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type] # whatever came in

    def listen(self, answer: Answer) -> None:
        """From now on requests are taken; they are answered while `serve_forever` runs."""
        self.answer = answer
        self.server_activate()


class _Connection(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "gmail-simulator", ""
    timeout = _IDLE_S
    disable_nagle_algorithm = True
    wbufsize = _BUFFER

    def do_GET(self) -> None:
        """Any method: read the request whole, answer it."""
        try:
            body = self._body()
        except (BodyTooLong, ValueError) as error:
            self.close_connection = True  # what follows on this connection cannot be told apart
            status = 413 if isinstance(error, BodyTooLong) else 400
            self._send(json_reply({"error": {"code": status, "message": str(error)}}, status))
            return
        self._send(self._answer(body))

    do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the standard library's names

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the standard library's name
        """Nothing: requests are many, and say nothing to a person."""

    def _answer(self, body: bytes) -> Reply:
        headers = {name.lower(): value for name, value in self.headers.items()}
        server = cast("Server", self.server)
        if refusal := _foreign(headers):
            return json_reply({"error": {"code": 403, "message": refusal}}, 403)
        parts = urlsplit(self.path)
        query = parse_qs(parts.query, keep_blank_values=True)
        request = Request(self.command, unquote(parts.path), query, headers, body)
        try:
            return server.answer(request)
        except Exception:  # noqa: BLE001 - a bug of ours answers 500 and is told on stderr; the rest goes on
            traceback.print_exc()
            return json_reply(
                {"error": {"code": 500, "message": "The simulator has a bug; see its log."}}, 500
            )

    def _body(self) -> bytes:
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return b"".join(self._chunks())
        length = int(self.headers.get("Content-Length") or 0)
        if length < 0:
            raise ValueError("Content-Length is negative.")
        if length > MOST_BODY:
            raise BodyTooLong(f"A body has at most {MOST_BODY} bytes.")
        body = self.rfile.read(length)
        if len(body) < length:
            raise ValueError("The body ended early.")  # half a message must not be taken for a whole one
        return body

    def _chunks(self) -> Iterator[bytes]:
        left = MOST_BODY
        while size := int(self.rfile.readline(_LONGEST_LINE).split(b";")[0], 16):
            left -= size
            if left < 0 or size < 0:
                raise BodyTooLong(f"A body has at most {MOST_BODY} bytes.")
            yield self.rfile.read(size)
            self.rfile.readline(_LONGEST_LINE)
        while self.rfile.readline(_LONGEST_LINE).strip():
            pass  # trailers

    def _send(self, reply: Reply) -> None:
        self.send_response(reply.status)
        for name, value in reply.headers.items():
            self.send_header(name, value)
        content = reply.content
        if reply.status == _NO_CONTENT:
            self.end_headers()
            return
        self.send_header("Content-Type", reply.kind)
        if isinstance(content, bytes):
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)
            return
        self.close_connection = True  # HTTP/1.0 clients know the end by that, and so do all others
        self.send_header("Connection", "close")
        self.end_headers()
        for piece in content:
            self.wfile.write(piece)


_NO_CONTENT = 204


def _foreign(headers: dict[str, str]) -> str:
    """Why this is no request of this machine's own programs, if so: some web page in a browser sent it."""
    host = headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name not in _OWN_NAMES:
        return f"This is a service of this machine only; it is not called {host[:100]!r}."
    origin = headers.get("origin")
    if origin is not None and origin != f"http://{host}":
        return f"No page of {origin[:100]!r} may call this."
    return ""
