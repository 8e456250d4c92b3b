"""Every wrapped key and grant, wrapped anew under the newest version of its master key."""

from collections.abc import Iterator
from dataclasses import dataclass

from shared.mail.model import MailboxId
from shared.ports.keys import Rewraps
from shared.ports.world import World

PORTION = 100


@dataclass(frozen=True, slots=True)
class Rotated:
    """How far it is: data keys or grants looked at so far, and how many were under an older version."""

    what: str
    seen: int
    renewed: int


def rotate_keys(world: World) -> Iterator[Rotated]:
    """Progress, portion by portion; nobody need stop working meanwhile.

    Whoever breaks it off and begins again loses nothing: what is under the newest version is left alone.
    Raises: Unreadable, StoreUnavailable.
    """
    yield from _renewed("data keys", world.keys)
    yield from _renewed("grants", world.grants)


def _renewed(what: str, wrapped: Rewraps) -> Iterator[Rotated]:
    seen = renewed = 0
    after: MailboxId | None = None
    while True:
        portion = wrapped.rewrap(after, PORTION)
        after, seen, renewed = portion.last, seen + portion.seen, renewed + portion.renewed
        yield Rotated(what, seen, renewed)
        if portion.seen < PORTION:
            return
