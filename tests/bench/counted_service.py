"""The local service with its Firestore counted: `GET /counted` tells what it did so far.

Counted is what Firestore bills: a document read, or asked for and missing; a query's documents, one at least;
one read for each thousand that are counted; writes; deletions.
"""

from __future__ import annotations

import json
import math
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import grpc

from infra.local.gateway import Application
from infra.local.service import Service, create_app, serve
from shared.adapters.firestore.one_thread_client import OneThreadClient

PATH = "/counted"
_ONE_READ = 1_000  # index entries that are counted
_tally: Counter[str] = Counter()


class Counting(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):  # type: ignore[misc]  # no types
    """Looks at every call on its way to Firestore."""

    def intercept_unary_unary(self, go_on: Callable[..., Any], call: Any, request: Any) -> Any:
        """Commits, above all."""
        _count_request(_method(call), _message(request))
        answer = go_on(call, request)
        answer.add_done_callback(
            lambda done: _count_bytes(done.result()) if done.exception() is None else None
        )
        return answer

    def intercept_unary_stream(self, go_on: Callable[..., Any], call: Any, request: Any) -> Any:
        """Reads and queries."""
        _count_request(_method(call), _message(request))
        return Stream(_method(call), go_on(call, request))


class Stream:
    """An answer that comes document by document."""

    def __init__(self, method: str, answers: Any) -> None:
        self._method, self._answers, self._documents = method, answers, 0

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        try:
            answer = next(self._answers)
        except StopIteration:
            if self._method == "RunQuery" and not self._documents:
                _tally["reads"] += 1
            raise
        reads = _reads(self._method, _message(answer))
        self._documents += reads
        _tally["reads"] += reads
        _count_bytes(answer)
        return answer

    def __getattr__(self, name: str) -> Any:
        return getattr(self._answers, name)


def _method(call: Any) -> str:
    name = call.method.decode() if isinstance(call.method, bytes) else call.method
    return str(name).rpartition("/")[2]


def _message(wrapped: Any) -> Any:
    return type(wrapped).pb(wrapped) if hasattr(type(wrapped), "pb") else wrapped


def _reads(method: str, answer: Any) -> int:
    if method == "BatchGetDocuments":
        return int(answer.WhichOneof("result") is not None)
    if method == "RunQuery":
        return int(answer.HasField("document"))
    if method == "RunAggregationQuery":
        counted = sum(int(value.integer_value) for value in answer.result.aggregate_fields.values())
        return max(1, math.ceil(counted / _ONE_READ))
    return 0


def _count_request(method: str, request: Any) -> None:
    _tally["calls"] += 1
    _tally["bytes_sent"] += request.ByteSize()
    for write in request.writes if method == "Commit" else ():
        _tally["deletes" if write.WhichOneof("operation") == "delete" else "writes"] += 1
        _tally["terms"] += len(write.update.fields["t"].map_value.fields) if "t" in write.update.fields else 0


def _count_bytes(answer: Any) -> None:
    _tally["bytes_received"] += _message(answer).ByteSize()


def counted(application: Application) -> Application:
    """The application, each of its answers counted by its door, and a place that tells."""

    def told(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == PATH:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps({**_tally, "processor_ms": time.process_time() * 1_000}).encode()]
        try:
            answer: Iterable[bytes] = application(environ, start_response)
            return answer
        finally:
            _tally["invocations"] += 1
            _tally[path.split("/")[2] if path.startswith("/doors/") else path] += 1

    return told


def count_firestore() -> None:
    """From now on whatever a client of Firestore's emulator does is counted."""
    plain = OneThreadClient._emulator_channel

    def counting(client: Any, transport: Any) -> Any:
        channel = plain(client, transport)
        return grpc.intercept_channel(channel, Counting())

    OneThreadClient._emulator_channel = counting  # type: ignore[method-assign, assignment]


class CountedService(Service):
    """The service, counted."""

    def load(self) -> Application:
        """Gunicorn's way to ask for the application."""
        return counted(create_app())


if __name__ == "__main__":
    count_firestore()
    serve(CountedService, __doc__)
