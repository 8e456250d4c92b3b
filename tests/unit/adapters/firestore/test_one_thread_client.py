"""Whoever asks Firestore reads the answer, at Google and at the emulator."""

import pytest
from google.auth.credentials import AnonymousCredentials

from shared.adapters.firestore.one_thread_client import OneThreadClient


@pytest.mark.parametrize("emulator", [None, "127.0.0.1:1"])
def test_a_channel_reads_streams_without_a_thread_of_its_own(
    emulator: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    if emulator:
        monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", emulator)
    client = OneThreadClient("a-project", AnonymousCredentials())  # type: ignore[no-untyped-call]
    channel = client._firestore_api.transport.grpc_channel
    assert type(channel.unary_stream("/a.Service/Read")).__name__ == "_SingleThreadedUnaryStreamMultiCallable"
    channel.close()
