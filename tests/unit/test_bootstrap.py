"""Ports meet adapters here and nowhere else, once a process, by profile."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from shared import bootstrap
from shared.adapters.google_oauth import GoogleCallers, LoopbackCallers
from shared.adapters.local_queue import LocalQueue
from shared.config import MissingSettings, read_settings
from tests.unit.test_config import CLOUD, EMBEDDED


def in_folder(environment: dict[str, str], folder: Path) -> dict[str, str]:
    return {**environment, "DATA_DIR": str(folder)}


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
    assert bootstrap.world() is bootstrap.world()
    assert bootstrap.settings().data_dir == tmp_path


def test_without_settings_there_is_no_world(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "_built", [])
    for name in CLOUD:
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(MissingSettings):
        bootstrap.world()
