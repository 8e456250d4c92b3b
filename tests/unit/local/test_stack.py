from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from infra.local import stack as stacks
from infra.local.free_port import free_port
from infra.local.options import Options, WrongOption
from infra.local.process import ProcessFailed
from infra.local.stack import Stack, running, usable_port
from tests.canned_http import Answer, canned_server


@contextmanager
def taken(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


def port_of(url: str) -> int:
    port = urlsplit(url).port
    assert port
    return port


def test_a_stack_has_the_port_that_it_is_given_and_else_any_but_the_usual_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = free_port()
    monkeypatch.setattr(stacks, "_USUAL_PORT", usual)
    assert port_of(Stack(Options(port=usual), tmp_path).service_url) == usual
    assert port_of(Stack(Options(), tmp_path).service_url) != usual


def test_a_demo_has_the_port_asked_for_else_the_usual_one_else_any(monkeypatch: pytest.MonkeyPatch) -> None:
    usual, asked = free_port(), free_port()
    monkeypatch.setattr(stacks, "_USUAL_PORT", usual)
    assert (usable_port(asked), usable_port(None)) == (asked, usual)
    with taken(usual):
        assert usable_port(None) != usual
    with taken(asked), pytest.raises(WrongOption, match=f"PORT {asked} is taken"):
        usable_port(asked)


def test_nothing_starts_where_something_else_answers(tmp_path: Path) -> None:
    with canned_server(lambda _: Answer()) as stranger:
        stack = Stack(Options(mbox=tmp_path / "none"), tmp_path)
        stack.simulator_url = stranger.url
        with pytest.raises(ProcessFailed, match=f"something else answers at {stranger.url}"), running(stack):
            pass
    assert not stack.logs.exists()
