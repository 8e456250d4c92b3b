"""A running embedded system with forty messages, for tests that look at it from outside."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.options import Options
from infra.local.outsider import Gmail, Visitor
from infra.local.stack import Stack, running
from infra.local.wiring import ADDRESS
from tests.e2e.generated_mail import write_mbox

MESSAGES = 40


class SmallStack:
    """`log` is what its service wrote."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.log = stack.logs / "service.log"

    def visitor(self) -> Visitor:
        return Visitor(self.stack.service_url)

    def signed_in(self) -> Visitor:
        visitor = self.visitor()
        visitor.sign_in(ADDRESS)
        return visitor

    def gmail(self) -> Gmail:
        return Gmail(self.stack.simulator_url, ADDRESS)


@contextmanager
def running_small_stack(folder: Path, messages: int = MESSAGES) -> Iterator[SmallStack]:
    options = Options(mbox=write_mbox(folder / "mail.mbox", messages))
    with running(Stack(options, folder / "state")) as stack:
        yield SmallStack(stack)


def await_whole(visitor: Visitor) -> None:
    """Return when the mailbox is mirrored whole."""
    deadline = time.monotonic() + 60
    while not visitor.status()["coverage"]["complete"]:
        assert time.monotonic() < deadline, visitor.status()
        time.sleep(0.05)


def await_there(visitor: Visitor, message_id: str) -> None:
    """Return when this message is mirrored."""
    deadline = time.monotonic() + 60
    while not visitor.get(f"/api/mails/{message_id}").ok:
        assert time.monotonic() < deadline, visitor.status()
        time.sleep(0.05)
