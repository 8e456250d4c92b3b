from __future__ import annotations

import time
from pathlib import Path

from infra.local.free_port import free_port
from infra.local.options import Options
from infra.local.outsider import Gmail, Visitor
from infra.local.stack import Stack, running
from infra.local.wiring import ADDRESS
from tests.e2e.generated_mail import write_mbox

MESSAGES = 600


def killed_in_the_middle(stack: Stack, visitor: Visitor) -> int:
    """How many messages were mirrored when everything was killed."""
    stack.start()
    try:
        visitor.sign_in(ADDRESS)
        while (mirrored := visitor.search("in:anywhere", limit=1)["total_count"]) == 0:
            time.sleep(0.01)
    finally:
        stack.kill()
    return int(mirrored)


def test_a_stack_killed_in_the_middle_of_a_full_sync_ends_with_every_message_mirrored(tmp_path: Path) -> None:
    options = Options(mbox=write_mbox(tmp_path / "mail.mbox", MESSAGES), port=free_port())
    visitor = Visitor(f"http://127.0.0.1:{options.port}")
    assert 0 < killed_in_the_middle(Stack(options, tmp_path / "state"), visitor) < MESSAGES
    with running(Stack(options, tmp_path / "state", sweep_seconds=1)) as again:
        deadline = time.monotonic() + 120
        while not visitor.status()["coverage"]["complete"]:
            assert time.monotonic() < deadline, visitor.status()
            time.sleep(0.2)
        gmails = {message["id"] for message in Gmail(again.simulator_url, ADDRESS).state()}
        found = visitor.found("in:anywhere")
    assert len(gmails) == MESSAGES
    assert sorted(found) == sorted(gmails)
