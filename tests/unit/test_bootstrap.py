"""Ports meet adapters here and nowhere else, once a process, by profile."""

from __future__ import annotations

import sys
import threading
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from infra.local.kms_stand_in import running_kms
from shared import bootstrap, trace
from shared.adapters.google_oauth import GoogleCallers, LoopbackCallers
from shared.adapters.local_queue import LocalQueue
from shared.config import MissingSettings, read_settings
from shared.mail.model import MailboxId
from shared.ports.grants import Grant
from tests.unit.test_config import CLOUD, EMBEDDED, MASTER_KEYS


def in_folder(environment: dict[str, str], folder: Path) -> dict[str, str]:
    return {**environment, "DATA_DIR": str(folder)}


def test_an_adapter_is_built_once_when_it_is_first_asked_for_something() -> None:
    built: list[list[int]] = []

    def build() -> list[int]:
        built.append([1])
        return built[-1]

    later = bootstrap._later(build)
    assert built == []
    later.append(2)
    assert (later.count(2), built) == (1, [[1, 2]])


def test_what_is_done_meanwhile_ends_with_the_block_and_tells_its_error_where_it_is_asked_for() -> None:
    here, there, traces = threading.Event(), threading.Event(), list[str]()

    def work() -> int:
        there.set()
        traces.append(trace.current())
        assert here.wait(10)
        return 5

    parent = f"00-{'a' * 32}-{'b' * 16}-01"
    with trace.following(parent), bootstrap.meanwhile(work) as result:
        assert there.wait(10)
        here.set()
    assert (result(), traces) == (5, [parent])
    ended: list[int] = []
    with pytest.raises(KeyError), bootstrap.meanwhile(lambda: ended.append(1 // 1)):
        raise KeyError
    assert ended == [1]
    with bootstrap.meanwhile(lambda: 1 // 0) as failed:
        pass
    with pytest.raises(ZeroDivisionError):
        failed()


def test_a_gmail_that_tokens_would_travel_to_in_clear_is_refused_before_it_is_asked(tmp_path: Path) -> None:
    told = {"GMAIL_ENDPOINT": "http://gmail.example.com/"}
    world = bootstrap.build_world(read_settings({**in_folder(EMBEDDED, tmp_path), **told}))
    with pytest.raises(ValueError, match="https only"):
        world.gmails.open(Grant("refresh", ()))


def test_the_embedded_world_stands_on_a_file_and_knows_the_time(tmp_path: Path) -> None:
    world = bootstrap.build_world(read_settings(in_folder(EMBEDDED, tmp_path)))
    assert isinstance(world.queue, LocalQueue)
    assert isinstance(world.callers, LoopbackCallers)
    assert {each.name for each in tmp_path.iterdir()} >= {"keys.json", "mailbox.db"}
    assert abs(world.now() - time.time() * 1_000) < 10_000
    assert len({world.new_id() for _ in range(100)}) == 100


def test_a_local_profile_with_an_audience_verifies_its_pushers_too(tmp_path: Path) -> None:
    told = {"PUSH_AUDIENCE": "https://push.example.com", "PUSH_SERVICE_ACCOUNT": "push@example.com"}
    world = bootstrap.build_world(read_settings({**in_folder(EMBEDDED, tmp_path), **told}))
    assert isinstance(world.callers, GoogleCallers)


def test_a_world_is_built_once_from_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_built", [])
    for name, value in in_folder(EMBEDDED, tmp_path).items():
        monkeypatch.setenv(name, value)
    usual = sys.getswitchinterval()
    try:
        sys.setswitchinterval(0.005)
        assert bootstrap.world() is bootstrap.world()
        assert sys.getswitchinterval() == pytest.approx(0.0005)  # who has an answer soon goes on
    finally:
        sys.setswitchinterval(usual)
    assert bootstrap.settings().data_dir == tmp_path


def test_without_settings_there_is_no_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_built", [])
    for name in CLOUD:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(MissingSettings):
        bootstrap.world()


def test_what_needs_a_secret_that_is_withheld_cannot_be_used_and_the_rest_can(tmp_path: Path) -> None:
    told = {**MASTER_KEYS, "NAME_KEY": "", "SESSION_KEY": "", "WITHHELD": "NAME_KEY,SESSION_KEY"}
    world = bootstrap.build_world(read_settings({**in_folder(EMBEDDED, tmp_path), **told}))
    assert world.mailboxes.due(world.now(), 1) == ()
    assert world.keys.rewrap(None, 1).seen == 0
    with pytest.raises(ValueError, match="key"):
        world.keys.name_hash("address:ann@example.com")
    with pytest.raises(ValueError, match="key"):
        world.sessions.public_keys()


def test_with_keys_in_kms_there_is_no_key_file_and_building_a_world_asks_for_nothing(tmp_path: Path) -> None:
    sessions = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    with running_kms() as (url, kms):
        told = {**MASTER_KEYS, "SESSION_KEY": sessions.decode(), "KMS_ENDPOINT": url}
        world = bootstrap.build_world(read_settings({**in_folder(EMBEDDED, tmp_path), **told}))
        assert kms.calls == []
        cipher = world.keys.create(MailboxId("a1"))
        world.grants.save(MailboxId("a1"), Grant("refresh", ()))
        assert cipher.open("body/1", cipher.seal("body/1", b"dear Bob")) == b"dear Bob"
        assert kms.calls == [
            ("encrypt", MASTER_KEYS["CONTENT_KEY"]),
            ("decrypt", MASTER_KEYS["CONTENT_KEY"]),
            ("encrypt", MASTER_KEYS["TOKENS_KEY"]),
        ]
    assert not (tmp_path / "keys.json").exists()
