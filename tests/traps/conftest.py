"""Mailboxes for the traps: one simulator for all, which behaves again after each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.canned_http import Answer, canned_server
from tests.simulator import running_simulator
from tests.traps.boxes import FakeBox, fake_box
from tests.traps.real import Gmails, RealBox, real_world, signed_in
from tests.worlds import TestWorld, a_world


@pytest.fixture
def here() -> Iterator[TestWorld]:
    with a_world() as test_world:
        yield test_world


@pytest.fixture
def fake(here: TestWorld) -> FakeBox:
    """Three messages at a FakeGmail, mirrored."""
    return fake_box(here)


@pytest.fixture(scope="session")
def every_gmail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gmails]:
    state = tmp_path_factory.mktemp("simulator")
    with (
        canned_server(lambda _: Answer()) as endpoint,
        running_simulator(state, "--push-endpoint", endpoint.url) as simulator,
    ):
        yield Gmails(simulator, endpoint)


@pytest.fixture
def gmails(every_gmail: Gmails) -> Iterator[Gmails]:
    yield every_gmail
    every_gmail.behave()


@pytest.fixture
def real_here(here: TestWorld, gmails: Gmails) -> Iterator[TestWorld]:
    real = real_world(here, gmails)
    yield real
    close: Callable[[], None] = real.world.gmails.close  # type: ignore[attr-defined]  # of the real adapter only
    close()


@pytest.fixture
def fresh(real_here: TestWorld, gmails: Gmails) -> RealBox:
    """A mailbox at the simulator, signed in and empty; nothing is done yet."""
    return signed_in(real_here, gmails, gmails.new_address())


@pytest.fixture
def real(fresh: RealBox) -> RealBox:
    """Two messages at the simulator, mirrored and at rest."""
    fresh.deliver("one", date_ms=fresh.here.clock.now - 60_000)
    fresh.deliver("two", date_ms=fresh.here.clock.now - 30_000)
    fresh.rest()
    fresh.pushes()
    fresh.assert_whole()
    return fresh
