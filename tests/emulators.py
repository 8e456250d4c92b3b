"""Emulators of a test's own; where they are missing, the test is skipped."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from infra.local.emulators import Emulator, EmulatorsMissing, find_emulators, start_firestore, start_pubsub


def firestore_emulator() -> AbstractContextManager[str]:
    """Where it is; Google's library finds it as long as the block lasts."""
    return _emulator(start_firestore, "FIRESTORE_EMULATOR_HOST")


def pubsub_emulator() -> AbstractContextManager[str]:
    """Likewise."""
    return _emulator(start_pubsub, "PUBSUB_EMULATOR_HOST")


@contextmanager
def _emulator(start: Callable[[], AbstractContextManager[Emulator]], variable: str) -> Iterator[str]:
    try:
        find_emulators()
    except EmulatorsMissing as missing:
        pytest.skip(str(missing))
    with start() as emulator, pytest.MonkeyPatch.context() as environment:
        environment.setenv(variable, emulator.host)
        environment.setenv("NO_PROXY", "127.0.0.1")
        yield emulator.host
