"""What a person may say to the commands: MBOX, PROFILE, SEED, N, PORT. Standard library only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PROFILES = ("embedded", "emulators")
_LAST_PORT = 65_535


class WrongOption(Exception):
    """An option has a value that cannot be meant; the message names it and what would be right."""


@dataclass(frozen=True)
class Options:
    """Checked options; `mbox` None is the public corpus, `limit` None all of it, `port` None a free one."""

    profile: str = "embedded"
    mbox: Path | None = None
    limit: int | None = None
    seed: int = 1
    port: int | None = None

    def state_name(self) -> str:
        """The folder of what this demo remembers: another one for other mail, so that nothing is mixed."""
        if self.mbox is None and self.limit is None and self.seed == 1:
            return self.profile
        told = f"{self.mbox}|{self.limit}|{self.seed}".encode()
        return f"{self.profile}-{hashlib.sha256(told).hexdigest()[:8]}"


def read_options(environment: Mapping[str, str]) -> Options:
    """The options that an environment holds. Raises: WrongOption."""
    profile = environment.get("PROFILE") or "embedded"
    if profile not in PROFILES:
        raise WrongOption(f"PROFILE is {profile!r}: give one of {', '.join(PROFILES)}.")
    port = _number(environment, "PORT", 0)
    if port > _LAST_PORT:
        raise WrongOption(f"PORT is {port}: give one of 1 to {_LAST_PORT}.")
    return Options(
        profile=profile,
        mbox=_mbox(environment.get("MBOX", "")),
        limit=_number(environment, "N", 0) or None,
        seed=_number(environment, "SEED", 1),
        port=port or None,
    )


def _mbox(told: str) -> Path | None:
    if not told:
        return None
    path = Path(told).expanduser().resolve()
    if not path.is_file():
        raise WrongOption(
            f"MBOX is {told!r}, where there is no file: give the path of an mbox or mbox.gz file."
        )
    with path.open("rb") as file:
        first = file.read(5)
    if not (first == b"From " or first.startswith(b"\x1f\x8b")):
        raise WrongOption(f"MBOX is {told!r}, which is no mbox: its first line should begin with 'From '.")
    return path


def _number(environment: Mapping[str, str], name: str, usual: int) -> int:
    text = environment.get(name, "")
    if not text:
        return usual
    if not (text.isascii() and text.isdecimal()):
        raise WrongOption(f"{name} is {text!r}: give a whole number.")
    return int(text)
