"""What the command line says, checked; whatever cannot be meant is told in one line with its remedy."""

from __future__ import annotations

import argparse
import re
from dataclasses import dataclass
from pathlib import Path

_ADDRESS = re.compile(r"[^@\s/]+@[^@\s/]+")
_TOPMOST_PORT = 65_535
_DAY_MS = 86_400_000


class WrongOption(Exception):
    """An option has a value that cannot be meant; the message names it and what would be right."""


@dataclass(frozen=True)
class Options:
    """Checked options. Port 0 is any; no state folder means that everything is forgotten at the end."""

    port: int
    state: Path | None
    mbox: Path | None
    account: str
    name: str
    seed: int
    limit: int | None
    client_id: str
    client_secret: str
    redirect_uris: tuple[str, ...]
    units_per_minute: int
    concurrency: int
    push_endpoint: str
    pubsub: str
    history_kept_ms: int


def read_options(words: list[str] | None = None) -> Options:
    """The options on the command line. Raises: WrongOption."""
    told = _parser().parse_args(words)
    if not 0 <= told.port <= _TOPMOST_PORT:
        raise WrongOption(f"--port is {told.port}: give one of 1 to {_TOPMOST_PORT}, or 0 for any.")
    if not _ADDRESS.fullmatch(told.account):
        raise WrongOption(f"--account is {told.account!r}: give an address like ada@example.com.")
    if told.mbox is not None and not told.mbox.is_file():
        raise WrongOption(f"--mbox is {str(told.mbox)!r}, where there is no file: give an mbox or mbox.gz.")
    for name in ("limit", "units_per_minute", "concurrency", "history_days"):
        if (getattr(told, name) or 0) < 0:
            raise WrongOption(f"--{name.replace('_', '-')} is {getattr(told, name)}: it cannot be negative.")
    if told.push_endpoint and told.pubsub:
        raise WrongOption("--push-endpoint and --pubsub: give one of them, not both.")
    if told.push_endpoint and not told.push_endpoint.startswith(("http://", "https://")):
        raise WrongOption(f"--push-endpoint is {told.push_endpoint!r}: give a URL, http://… or https://….")
    return Options(
        port=told.port,
        state=told.state,
        mbox=told.mbox,
        account=told.account,
        name=told.name or told.account.partition("@")[0],
        seed=told.seed,
        limit=told.limit,
        client_id=told.client_id,
        client_secret=told.client_secret,
        redirect_uris=tuple(told.redirect_uri),
        units_per_minute=told.units_per_minute,
        concurrency=told.concurrency,
        push_endpoint=told.push_endpoint,
        pubsub=told.pubsub.removeprefix("http://").rstrip("/"),
        history_kept_ms=int(told.history_days * _DAY_MS),
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m infra.local.gmail_simulator",
        description="A Gmail on 127.0.0.1 that unmodified Google client libraries talk to.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
        allow_abbrev=False,
    )
    add = parser.add_argument
    add("--port", type=int, default=8025, help="where to listen; 0 is any free port")
    add("--state", type=Path, help="folder that remembers everything; without it all is forgotten at the end")
    add("--mbox", type=Path, help="mail to begin with: mbox or mbox.gz, read when the mailbox is new")
    add("--limit", type=int, help="at most so many messages of it")
    add("--account", default="ada.lovelace@example.com", help="the account's address")
    add("--name", default="", help="the account's name; without it what stands before the @")
    add("--seed", type=int, default=1, help="which labels the mail begins with")
    add("--client-id", default="simulator.apps.example.com", help="the OAuth client's id")
    add("--client-secret", default="simulator", help="the OAuth client's secret")
    redirect = (
        "where people may be sent back to, may be repeated; without it any http address of this machine"
    )
    add("--redirect-uri", action="append", default=[], help=redirect)
    add("--units-per-minute", type=int, default=6_000, help="quota of each mailbox; 0 is no limit")
    add("--concurrency", type=int, default=0, help="requests at once for each mailbox; 0 is no limit")
    add("--push-endpoint", default="", help="URL that gets notifications as Pub/Sub would push them")
    add("--pubsub", default="", help="HOST:PORT of a Pub/Sub emulator that gets notifications")
    add("--history-days", type=float, default=7, help="how long history is kept")
    return parser
