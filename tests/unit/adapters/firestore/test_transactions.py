"""How transactions are tried again, and which failures pass by themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

import pytest
from google.api_core import exceptions
from google.cloud.firestore import Client, Query

from shared.adapters.firestore import client as subject
from shared.adapters.firestore.late_transaction import LateTransaction
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


def run(transactions: list[FakeTransaction], body: Callable[[LateTransaction], str]) -> str:
    """With these transactions one after the other, the last one again and again."""

    def following(_client: Client) -> FakeTransaction:
        return transactions.pop(0) if len(transactions) > 1 else transactions[0]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(subject, "LateTransaction", following)
        return subject.in_transaction(cast("Client", None), "key", body)


def test_writers_who_met_try_again_and_see_anew() -> None:
    calls: list[LateTransaction] = []

    def body(transaction: LateTransaction) -> str:
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

    def body(_: LateTransaction) -> str:
        return run([FakeTransaction()], lambda _: "the same key again")

    with pytest.raises(StoreUnavailable):
        run([FakeTransaction()], body)


def test_what_the_body_raises_is_raised_even_if_the_rollback_fails() -> None:
    def body(_: LateTransaction) -> str:
        raise EpochPassed

    for rollback_failure in (None, google.ServiceUnavailable("gone"), google.InvalidArgument("closed")):
        with pytest.raises(EpochPassed):
            run([FakeTransaction(rollback_failure=rollback_failure)], body)


def test_a_fault_of_ours_is_not_tried_again() -> None:
    calls: list[LateTransaction] = []

    def body(transaction: LateTransaction) -> str:
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
