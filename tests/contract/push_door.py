"""A door that remembers what is pushed to it, and answers as told."""

import base64
import json
import queue
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOPIC = "projects/mailbox-tests/topics/sync"
PATIENCE_S = 20


class PushDoor(ThreadingHTTPServer):
    """Refuses as many deliveries of a mailbox as `refusals` says. Answers only while `is_open` is set."""

    daemon_threads = True

    def __init__(self, acknowledgement: int = 204) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.deliveries: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.refusals: Counter[str] = Counter()
        self.acknowledgement = acknowledgement
        self.is_open = threading.Event()
        self.is_open.set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/doors/on_sync_requested/{TOPIC}"

    def next(self, timeout: float = PATIENCE_S) -> str:
        """The mailbox of the next delivery."""
        return mailbox_of(self.deliveries.get(timeout=timeout)[1])


def mailbox_of(envelope: dict[str, Any]) -> str:
    event = json.loads(base64.b64decode(envelope["message"]["data"]))
    assert list(event) == ["mailbox_id"]
    return str(event["mailbox_id"])


class _Answer(BaseHTTPRequestHandler):
    server: PushDoor

    def do_POST(self) -> None:
        envelope = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mailbox_id = mailbox_of(envelope)
        is_refused = self.server.refusals[mailbox_id] > 0
        self.server.refusals[mailbox_id] -= 1
        self.server.deliveries.put((self.path, envelope))
        self.server.is_open.wait(PATIENCE_S)
        self.send_response(503 if is_refused else self.server.acknowledgement)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def open_door(acknowledgement: int = 204) -> Iterator[PushDoor]:
    with PushDoor(acknowledgement) as door:
        threading.Thread(target=door.serve_forever, args=(0.02,), daemon=True).start()
        yield door
        door.is_open.set()
        door.shutdown()
