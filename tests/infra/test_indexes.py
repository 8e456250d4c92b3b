"""The queries that the Firestore adapters really make have their indexes, and nothing else has one."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from google.auth.credentials import AnonymousCredentials
from google.cloud.firestore import Client, CollectionReference, Query
from google.cloud.firestore_v1.aggregation import AggregationQuery

from infra.doctor.checks import INDEXES
from shared.adapters.firestore import FirestoreMailboxes, FirestoreMessages
from shared.mail.model import LabelId, MailboxId, MessageId, ThreadId
from tests.infra.simulated import ROOT, State

ADAPTERS = ROOT / "shared" / "adapters" / "firestore"
MAILBOX = MailboxId("m1")


@dataclass(frozen=True)
class Asked:
    """One query: its collection, and the fields that it filters and sorts by."""

    collection: str
    fields: frozenset[str]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> set[Asked]:
    queries: set[Asked] = set()

    def stream(query: Any, *_: object, **__: object) -> Iterator[object]:
        queries.add(_read(query))
        return iter(())

    def get(aggregation: Any, *_: object, **__: object) -> list[list[Any]]:
        queries.add(_read(aggregation._nested_query))
        return [[type("Counted", (), {"value": 0})()]]

    monkeypatch.setattr(Query, "stream", stream)
    monkeypatch.setattr(CollectionReference, "stream", lambda collection, *_, **__: stream(Query(collection)))
    monkeypatch.setattr(AggregationQuery, "get", get)
    return queries


def _read(query: Any) -> Asked:
    if isinstance(query, CollectionReference):
        query = Query(query)
    message = query._to_protobuf()
    orders = [order.field.field_path for order in message.order_by]
    fields = {*_filtered(message.where), *orders} - {"__name__", ""}
    return Asked(message.from_[0].collection_id, frozenset(field.partition(".")[0] for field in fields))


def _filtered(where: Any) -> Iterator[str]:
    for part in where.composite_filter.filters:
        yield from _filtered(part)
    yield where.field_filter.field.field_path
    yield where.unary_filter.field.field_path


def make_every_query() -> None:
    """A call of each method of the adapters that asks the database for more than named documents."""
    client = Client(project="p", credentials=AnonymousCredentials())  # type: ignore[no-untyped-call]
    mailboxes, messages = FirestoreMailboxes(client, lambda: 0), FirestoreMessages(client, lambda: 0)
    calls: list[Callable[[], object]] = [
        lambda: mailboxes.due(0, 10),
        lambda: mailboxes.forget_names(MAILBOX),
        lambda: messages.thread(MAILBOX, ThreadId("t")),
        lambda: messages.live(MAILBOX, MessageId("a"), 10),
        lambda: list(messages.listed(MAILBOX, 1, LabelId("INBOX"))),
        lambda: messages.tidy_up(MAILBOX, 1),
        lambda: messages.outstanding(MAILBOX, 5, 10),
        lambda: messages.outstanding(MAILBOX, None, 10),
        lambda: messages.count_outstanding(MAILBOX),
        lambda: messages.count(MAILBOX),
    ]
    for call in calls:
        call()


def written_in_adapters() -> set[str]:
    """Every field that stands in a filter or an order of the adapters' source."""
    found = set()
    for source in ADAPTERS.glob("*.py"):
        for node in ast.walk(ast.parse(source.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = (
                    node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                )
                if name in {"FieldFilter", "order_by"}:
                    found.add(str(node.args[0].value))
    return found - {"__name__"}


def overrides(state: State, name: str) -> set[tuple[str, str]]:
    fields = state.named("google_firestore_field", name).values()
    return {(field["collection"], field["field"]) for field in fields}


def test_every_query_has_its_index(state: State, asked: set[Asked]) -> None:
    make_every_query()
    assert len(asked) >= 6
    for query in asked:
        for field in query.fields:
            assert (query.collection, field) in overrides(state, "queried"), query


def test_no_field_of_the_adapters_source_was_left_out_above(asked: set[Asked]) -> None:
    make_every_query()
    made = {field for query in asked for field in query.fields}
    assert written_in_adapters() <= made, "call the new method in make_every_query"


def test_no_query_needs_two_fields_but_those_of_terms_which_merge(asked: set[Asked]) -> None:
    make_every_query()
    assert all(len(query.fields) <= 1 for query in asked)


def test_nothing_is_indexed_that_no_query_needs(state: State, asked: set[Asked]) -> None:
    make_every_query()
    needed = {(query.collection, field) for query in asked for field in query.fields}
    assert overrides(state, "queried") == needed | {("index", "t")}
    for field in state.named("google_firestore_field", "exempt").values():
        assert field["field"] == "*"
        assert field["index_config"] == [{"indexes": []}]


def test_the_doctor_looks_for_every_index(state: State) -> None:
    assert set(INDEXES) == overrides(state, "queried")


def test_terms_are_indexed_upwards_only_since_that_is_newest_first(state: State) -> None:
    (terms,) = (f for f in state.all("google_firestore_field").values() if f["field"] == "t")
    (index,) = terms["index_config"][0]["indexes"]
    assert (index["order"], index["query_scope"]) == ("ASCENDING", "COLLECTION")


def collections_in_adapters() -> set[str]:
    sources = "\n".join(source.read_text() for source in ADAPTERS.glob("*.py"))
    named = re.findall(r"\.collection\(\"(\w+)\"\)", sources)
    within = re.findall(r"self\._of\(mailbox_id, \"(\w+)\"\)", sources)
    wired = re.findall(r"FirestoreSecrets\(mail, \"(\w+)\"\)", (ROOT / "shared" / "bootstrap.py").read_text())
    return {*named, *within, *wired}


def test_every_collection_is_exempt_from_automatic_indexes(state: State) -> None:
    exempt = {collection for collection, _ in overrides(state, "exempt")}
    assert collections_in_adapters() == exempt, "name it in firestore.tf"
    assert overrides(state, "exempt_keys") == {("keys", "*")}


def test_whatever_carries_an_end_is_removed_after_it(state: State) -> None:
    carrying = sum(source.read_text().count('"expires_at": timestamp(') for source in ADAPTERS.glob("*.py"))
    ending = state.named("google_firestore_field", "expires")
    assert len(ending) == carrying, "a TTL policy for each, in firestore.tf"
    for field in ending.values():
        assert field["ttl_config"]
        assert field["index_config"] == [{"indexes": []}], "an index on it would be a hot spot"
