"""Faults planted in the protocol, one at a time: the schedules must find each of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from functions.sync import partial_sync, repair_gap, store_messages
from functions.sync.fetch_messages import Fetched
from functions.sync.store_messages import Outcome, Sealed
from functions.sync.work import Work
from shared.mail import owing
from shared.mail.model import HistoryId, HistoryRecord, MessageId
from shared.ports.gmail import HistoryPage
from shared.ports.messages import Reads, Snapshot, Writes
from tests.converge.unreliable_gmail import Opened

Plant = Callable[[pytest.MonkeyPatch], None]


def cursor_before_data(patch: pytest.MonkeyPatch) -> None:
    apply = partial_sync._apply

    def first_the_cursor(
        work: Work, expected: HistoryId, portion: tuple[HistoryRecord, ...], listed: Any
    ) -> Any:
        reached = max((expected, *(record.id for record in portion)))

        def move(snapshot: Snapshot) -> Writes | None:
            if snapshot.sync is None or snapshot.sync.cursor != expected or not work.is_current(snapshot):
                return None
            return Writes(sync=replace(snapshot.sync, cursor=reached))

        if work.world.messages.commit(work.id, Reads(sync=True), move) is None:
            return None
        return apply(work, reached, portion, listed)

    patch.setattr(partial_sync, "_apply", first_the_cursor)


def cursor_from_the_answers_history_id(patch: pytest.MonkeyPatch) -> None:
    settled = partial_sync._settled

    def believing(state: Any, listed: Any, work: Work) -> Any:
        found = settled(state, listed, work)
        return replace(found, cursor=max(found.cursor, listed.heard.history_id))

    patch.setattr(partial_sync, "_settled", believing)


def no_register_guard(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(store_messages, "takes", lambda _register, _history_id, _now: True)


def deletion_without_marker(patch: pytest.MonkeyPatch) -> None:
    burial = partial_sync._burial

    def unmarked(*arguments: Any) -> Any:
        return [replace(each, expires_at=0) for each in burial(*arguments)]

    patch.setattr(partial_sync, "_burial", unmarked)


def not_found_taken_for_gone(patch: pytest.MonkeyPatch) -> None:
    owe = Outcome.owe

    def forgetting(
        self: Outcome, snapshot: Snapshot, message_id: MessageId, need: HistoryId, reason: str
    ) -> None:
        if reason != "MessageGone":
            owe(self, snapshot, message_id, need, reason)

    patch.setattr(Outcome, "owe", forgetting)
    patch.setattr(owing, "is_believed_gone", lambda _owed, _now: True)


def labels_not_repaired_after_expiry(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(repair_gap, "_repairs", lambda *_: ())


def part_error_ignored(patch: pytest.MonkeyPatch) -> None:
    seal = store_messages.seal_fetched

    def ignoring(
        work: Work, fetched: Fetched, generation: int, changes: dict[MessageId, Any] | None = None
    ) -> Sealed:
        for message_id in fetched.failures:
            (changes or {}).pop(message_id, None)
        return seal(work, replace(fetched, failures={}), generation, changes)

    patch.setattr(partial_sync, "seal_fetched", ignoring)


def page_without_history_ends_the_loop(patch: pytest.MonkeyPatch) -> None:
    history = Opened.history

    def ending(self: Opened, start: HistoryId, page: Any = None) -> HistoryPage:
        answer = history(self, start, page)
        return answer if answer.records else replace(answer, next_page=None)

    patch.setattr(Opened, "history", ending)


def answers_are_believed_at_once(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Work, "is_settled", lambda _self, _full_sync: True)


PLANTS: Mapping[str, Plant] = {
    plant.__name__: plant
    for plant in (
        cursor_before_data,
        cursor_from_the_answers_history_id,
        no_register_guard,
        deletion_without_marker,
        not_found_taken_for_gone,
        labels_not_repaired_after_expiry,
        part_error_ignored,
        page_without_history_ends_the_loop,
        answers_are_believed_at_once,
    )
}
