"""How transactions are tried again, and which failures pass by themselves."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from google.api_core import exceptions
from google.cloud.firestore import Client, Query, Transaction

from shared.adapters.firestore import client as subject
from shared.errors import EpochPassed, StoreUnavailable

google: Any = exceptions  # whose classes have no types


@dataclass
class FakeTransaction:
    """A transaction whose end and rollback fail as told; it is what the library's decorator drives."""

    commit_failure: exceptions.GoogleAPICallError | None = None
    rollback_failure: exceptions.GoogleAPICallError | None = None
    _max_attempts: int = 1
    _read_only: bool = False
    _id: bytes = b"id"

    def _begin(self, retry_id: bytes | None = None) -> None: ...

    def _clean_up(self) -> None: ...

    def _commit(self) -> None:
        if self.commit_failure:
            raise self.commit_failure

    def _rollback(self) -> None:
        if self.rollback_failure:
            raise self.rollback_failure


@dataclass
class FakeClient:
    """Hands out these transactions, the last one again and again."""

    transactions: list[FakeTransaction] = field(default_factory=lambda: [FakeTransaction()])

    def transaction(self, max_attempts: int) -> FakeTransaction:
        assert max_attempts == 1
        return self.transactions.pop(0) if len(self.transactions) > 1 else self.transactions[0]


def run(transactions: list[FakeTransaction], body: Callable[[Transaction], str]) -> str:
    return subject.in_transaction(cast("Client", FakeClient(transactions)), "key", body)


def test_writers_who_met_try_again_and_see_anew() -> None:
    calls: list[Transaction] = []

    def body(transaction: Transaction) -> str:
        calls.append(transaction)
        return f"call {len(calls)}"

    met = FakeTransaction(google.Aborted("met"), rollback_failure=google.InvalidArgument("it is closed"))
    assert run([met, met, FakeTransaction()], body) == "call 3"


def test_patience_with_those_who_keep_meeting_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "_PATIENCE_S", -1.0)
    with pytest.raises(StoreUnavailable):
        run([FakeTransaction(google.Aborted("met"))], lambda _: "never")


def test_who_does_not_get_a_turn_in_time_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "_PATIENCE_S", 0.01)

    def body(_: Transaction) -> str:
        return run([FakeTransaction()], lambda _: "the same key again")

    with pytest.raises(StoreUnavailable):
        run([FakeTransaction()], body)


def test_what_the_body_raises_is_raised_even_if_the_rollback_fails() -> None:
    def body(_: Transaction) -> str:
        raise EpochPassed

    for rollback_failure in (None, google.ServiceUnavailable("gone"), google.InvalidArgument("closed")):
        with pytest.raises(EpochPassed):
            run([FakeTransaction(rollback_failure=rollback_failure)], body)


def test_a_fault_of_ours_is_not_tried_again() -> None:
    calls: list[Transaction] = []

    def body(transaction: Transaction) -> str:
        calls.append(transaction)
        return ""

    with pytest.raises(exceptions.PermissionDenied):
        run([FakeTransaction(google.PermissionDenied("rules"))], body)
    assert len(calls) == 1


@dataclass
class FakeQuery:
    """A query that fails."""

    failure: Exception

    def stream(self, **_: Any) -> Any:
        raise self.failure


@pytest.mark.parametrize(
    "failure", [google.Aborted(""), google.ResourceExhausted(""), google.ServiceUnavailable("")]
)
def test_what_passes_by_itself_is_the_store_being_unavailable(failure: Exception) -> None:
    with pytest.raises(StoreUnavailable):
        subject.run(cast("Query", FakeQuery(failure)))


def test_what_does_not_pass_stays_what_it_is() -> None:
    with pytest.raises(exceptions.PermissionDenied):
        subject.run(cast("Query", FakeQuery(google.PermissionDenied(""))))
