"""Doors as tests knock at them: through functions-framework, with a world of the test's own behind them."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import functions_framework
from flask import Flask, Request
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder

from shared import bootstrap
from shared.config import Settings, read_settings
from shared.ports.world import World

PUBLIC_URL = "https://mail.example.com"
_MAIN = Path(__file__).parent.parent / "main.py"


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
    app: Flask = functions_framework.create_app(target=door, source=str(_MAIN))  # type: ignore[no-untyped-call]
    return app


def a_request(method: str = "GET", path: str = "/", **parts: Any) -> Request:
    """A request that came to no particular door."""
    return Request(EnvironBuilder(path=path, method=method, **parts).get_environ())
