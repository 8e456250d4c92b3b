"""Doors as tests knock at them: through functions-framework, with a world of the test's own behind them.

What a door has no secret for by infra/terraform/doors.tf, it has not here either.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import functions_framework
from flask import Flask, Request
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from shared import bootstrap
from shared.config import MissingSettings, Settings, read_settings
from shared.ports.world import World

PUBLIC_URL = "https://mail.example.com"
_ROOT = Path(__file__).parent.parent
_PORTS = {"client": "gmails", "session": "sessions", "name": "keys"}  # by the secret that they need


def settings(public_url: str = PUBLIC_URL) -> Settings:
    return read_settings(
        {
            "PROFILE": "embedded",
            "OAUTH_CLIENT_ID": "client",
            "OAUTH_CLIENT_SECRET": "secret",
            "PUBLIC_URL": public_url,
            "GMAIL_TOPIC": "projects/p/topics/gmail",
            "DATA_DIR": "nowhere",
            "SYNC_PUSH_URL": "http://127.0.0.1:1/",
        }
    )


@contextmanager
def opened(world: World, public_url: str = PUBLIC_URL) -> Iterator[None]:
    """Every door in this world for as long as the block lasts."""
    with bootstrap.use(settings(public_url), world):
        yield


def knock(door: str) -> FlaskClient:
    """A browser before one door, with its own cookies."""
    return _app(door).test_client()


@functools.cache
def _app(door: str) -> Flask:
    main = str(_ROOT / "main.py")
    app: Flask = functions_framework.create_app(target=door, source=main)  # type: ignore[no-untyped-call]
    withheld: dict[str, Any] = {_PORTS[each]: _Withheld() for each in _PORTS.keys() - secrets_of(door)}
    inner = app.wsgi_app

    def with_its_secrets_only(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        try:
            own, world = bootstrap.settings(), bootstrap.world()
        except MissingSettings:
            return inner(environ, start_response)
        with bootstrap.use(own, replace(world, **withheld)):
            return inner(environ, start_response)

    app.wsgi_app = with_its_secrets_only  # type: ignore[method-assign]
    return app


class _Withheld:
    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"This door is given no secret for {name}.")


def secrets_of(door: str) -> set[str]:
    """What its family is given."""
    text = (_ROOT / "infra" / "terraform" / "doors.tf").read_text()
    (family,) = re.findall(rf'^    {door} += {{ family = "(\w+)"', text, re.MULTILINE)
    (listed,) = re.findall(rf"^    {family} += {{ keys = .* secrets = \[(.*)\]", text, re.MULTILINE)
    return set(re.findall(r"\w+", listed))


def a_request(method: str = "GET", path: str = "/", **parts: Any) -> Request:
    """A request that came to no particular door."""
    return Request(EnvironBuilder(path=path, method=method, **parts).get_environ())
