"""Traps of workers: they die between any two writes, meet on one mailbox, and wake up ten minutes late."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from functions.sync.receive_notification import receive_notification
from shared.mail.model import MessageId
from tests.traps.boxes import MINUTE, FakeBox
from tests.worlds import TestWorld, a_world

_WRITES = frozenset({"commit", "update", "update_sync"})


class Crash(BaseException):
    """The process is gone."""


@dataclass
class Process:
    """Dies at its n-th write, `is_written` or not; a dead one writes nothing more."""

    dies_at: int
    is_written: bool
    writes: int = 0

    def write(self, method: Callable[..., Any], arguments: Sequence[Any]) -> Any:
        self.writes += 1
        if self.writes > self.dies_at or (self.writes == self.dies_at and not self.is_written):
            raise Crash
        written = method(*arguments)
        if self.writes == self.dies_at:
            raise Crash
        return written


@dataclass(frozen=True)
class Port:
    """A port of the process."""

    target: Any
    process: Process

    def __getattr__(self, name: str) -> Any:
        method = getattr(self.target, name)
        if name not in _WRITES:
            return method
        return lambda *arguments: self.process.write(method, arguments)


def life(box: FakeBox, *, has_gap: bool) -> list[Callable[[], object]]:
    """What happens, one after the other: arrivals, labels, deletions, looks; and a gap in history or not."""
    gmail = box.gmail

    def changes() -> None:
        kept, gone = list(gmail.messages)[:2]
        gmail.label(kept, add=["STARRED"])
        gmail.delete(gone)
        gmail.deliver("new")

    def gap() -> None:
        box.advance(10 * 24 * 60 * MINUTE)
        gmail.label(list(gmail.messages)[-1], remove=["UNREAD"])
        gmail.delete(next(iter(gmail.messages)))
        gmail.deliver("in the gap")
        gmail.expire_history()

    def look() -> None:
        box.advance(3 * MINUTE)
        box.look()

    def push() -> None:
        receive_notification(box.world, box.address, gmail.history_id)

    begins, goes_on = [look, look, look, look], [changes, push, look, changes, push, changes, push]
    return [*begins, *goes_on, *([gap, push, look, look, look] if has_gap else [])]


def writes_of_a_life(dies_at: int, *, is_written: bool, has_gap: bool) -> int:
    """How many writes there were until the worker died; the next ones made everything good."""
    with a_world() as here:
        for number in range(3):
            here.gmail.deliver(f"old {number}", date=here.clock.now - number * MINUTE, with_record=False)
        box = FakeBox(here, here.connect(), here.gmail.address, here.gmail)
        sound, process = here.world, Process(dies_at, is_written)
        ports: dict[str, Any] = {
            "messages": Port(sound.messages, process),
            "mailboxes": Port(sound.mailboxes, process),
        }
        here.world = replace(sound, **ports)
        for event in life(box, has_gap=has_gap):
            try:
                event()
            except Crash:
                here.world = sound
        here.world = sound
        box.rest()
        box.assert_whole()
        return process.writes


@pytest.mark.parametrize("has_gap", [False, True], ids=["whole history", "gap"])
@pytest.mark.parametrize("is_written", [False, True], ids=["before", "after"])
def test_a_crash_between_any_two_writes_loses_nothing(is_written: bool, has_gap: bool) -> None:
    writes = writes_of_a_life(1_000_000, is_written=is_written, has_gap=has_gap)
    assert writes > 20
    for dies_at in range(1, writes + 1):
        assert writes_of_a_life(dies_at, is_written=is_written, has_gap=has_gap) >= dies_at


def meanwhile(box: FakeBox, monkeypatch: pytest.MonkeyPatch, happens: Callable[[], object]) -> None:
    """Let it happen between the next fetch's answer and its arrival at the worker that asked."""
    fetch = box.gmail.get_messages
    waiting = [happens]

    def answered_late(ids: Sequence[MessageId]) -> Any:
        answer = fetch(ids)
        while waiting:
            waiting.pop()()
        return answer

    monkeypatch.setattr(box.gmail, "get_messages", answered_late)


def test_two_workers_on_one_mailbox_at_once_end_in_one_state(
    fake: FakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    gmail = fake.gmail
    first, second = gmail.deliver("first"), gmail.deliver("second")

    def other_worker() -> None:
        gmail.label(first, add=["STARRED"])
        gmail.delete(second)
        gmail.deliver("third")
        assert fake.push(gmail.history_id) == 204

    meanwhile(fake, monkeypatch, other_worker)
    assert fake.push(gmail.history_id) == 204
    assert fake.mirror() == fake.truth()
    fake.rest()
    fake.assert_whole()


def test_a_worker_that_wakes_up_ten_minutes_late_writes_nothing_old(
    fake: FakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    gmail = fake.gmail
    relabelled, deleted = gmail.deliver("relabelled"), gmail.deliver("deleted")

    def ten_minutes() -> None:
        gmail.label(relabelled, add=["STARRED"], remove=["UNREAD"])
        gmail.delete(deleted)
        fake.push(gmail.history_id)
        for _ in range(10):
            fake.advance(MINUTE)
            fake.look()

    meanwhile(fake, monkeypatch, ten_minutes)
    assert fake.push(gmail.history_id) == 204
    assert fake.mirror() == fake.truth()
    fake.rest()
    fake.assert_whole()


def test_a_full_sync_that_wakes_up_ten_minutes_late_writes_nothing_old(
    here: TestWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    gmail = here.gmail
    relabelled, deleted = (gmail.deliver(each, with_record=False) for each in ("relabelled", "deleted"))
    box = FakeBox(here, here.connect(), gmail.address, gmail)

    def ten_minutes() -> None:
        gmail.label(relabelled, add=["STARRED"], remove=["UNREAD"])
        gmail.delete(deleted)
        for _ in range(10):
            box.push(gmail.history_id)
            box.advance(MINUTE)

    meanwhile(box, monkeypatch, ten_minutes)
    box.look()
    assert box.mirror() == box.truth()
    box.rest()
    box.assert_whole()


def test_a_worker_of_a_mailbox_signed_out_meanwhile_writes_nothing(
    fake: FakeBox, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = fake.mirror()
    fake.gmail.deliver("new")

    def signed_out() -> None:
        fake.world.mailboxes.update(fake.mailbox_id, lambda standing: replace(standing, epoch=2))

    meanwhile(fake, monkeypatch, signed_out)
    fake.push(fake.gmail.history_id)
    assert fake.mirror() == before
