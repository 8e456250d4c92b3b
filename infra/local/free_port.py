"""A port that nobody has."""

from __future__ import annotations

import random
import socket

_RANGE = range(20_000, 32_000)  # below those that outgoing connections take at will
_TRIES = 1_000


def free_port() -> int:
    """A port of 127.0.0.1 on which nobody listens; it is likely to be free a moment later too."""
    for port in random.SystemRandom().sample(_RANGE, _TRIES):
        try:
            with socket.create_server(("127.0.0.1", port)):
                return port
        except OSError:
            continue
    raise OSError(f"No port of {_RANGE.start} to {_RANGE.stop} is free on this machine.")
