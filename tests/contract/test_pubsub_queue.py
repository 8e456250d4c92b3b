"""Sync requests over the Pub/Sub emulator, pushed to a door."""

import base64
import json
import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from google.api_core.exceptions import NotFound

from infra.local.emulators import EmulatorsMissing, create_push_subscriptions, find_emulators, start_pubsub
from shared.adapters.pubsub import PubsubQueue
from shared.mail.model import MailboxId

pytestmark = pytest.mark.emulators

PROJECT = "mailbox-tests"
TOPIC = f"projects/{PROJECT}/topics/sync"
PATIENCE_S = 20


class Door(ThreadingHTTPServer):
    """Acknowledges all but the first delivery, and remembers every one."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.deliveries: queue.Queue[tuple[str, dict[str, Any]]] = queue.Queue()
        self.refusals = 1

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/doors/on_sync_requested/{TOPIC}"


class _Answer(BaseHTTPRequestHandler):
    server: Door

    def do_POST(self) -> None:
        envelope = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.deliveries.put((self.path, envelope))
        is_refused, self.server.refusals = self.server.refusals > 0, self.server.refusals - 1
        self.send_response(503 if is_refused else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None: ...


@contextmanager
def open_door() -> Iterator[Door]:
    with Door() as door:
        threading.Thread(target=door.serve_forever, daemon=True).start()
        yield door
        door.shutdown()


@pytest.fixture(scope="module", autouse=True)
def pubsub() -> Iterator[None]:
    try:
        find_emulators()
    except EmulatorsMissing as missing:
        pytest.skip(str(missing))
    with start_pubsub() as emulator, pytest.MonkeyPatch.context() as environment:
        environment.setenv("PUBSUB_EMULATOR_HOST", emulator.host)
        yield


@contextmanager
def open_queue(topic: str) -> Iterator[PubsubQueue]:
    opened = PubsubQueue(topic)
    yield opened
    opened.close()


def test_a_request_is_pushed_to_the_door_until_it_is_acknowledged() -> None:
    with open_door() as elsewhere, open_door() as door, open_queue(TOPIC) as requests:
        create_push_subscriptions(PROJECT, {TOPIC: elsewhere.url})
        create_push_subscriptions(PROJECT, {TOPIC: door.url})
        requests.request_sync(MailboxId("a1b2"))
        deliveries = [door.deliveries.get(timeout=PATIENCE_S) for _ in range(2)]
        for path, envelope in deliveries:
            assert path.endswith(f"/doors/on_sync_requested/{TOPIC}")
            assert json.loads(base64.b64decode(envelope["message"]["data"])) == {"mailbox_id": "a1b2"}
            assert envelope["subscription"] == f"projects/{PROJECT}/subscriptions/sync-push"
        with pytest.raises(queue.Empty):
            door.deliveries.get(timeout=3)
        assert elsewhere.deliveries.empty()


def test_a_topic_that_does_not_exist_is_a_fault_of_the_setup_and_no_passing_trouble() -> None:
    with open_queue(f"projects/{PROJECT}/topics/nowhere") as requests, pytest.raises(NotFound):
        requests.request_sync(MailboxId("a1b2"))
