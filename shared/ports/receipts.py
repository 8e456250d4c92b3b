"""Receipts of erasures: what was done and when, of nobody in particular."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from shared.mail.model import Millis


@dataclass(frozen=True, slots=True)
class Receipt:
    """Whoever has the id was given it; nothing else leads from a person to a receipt or back.

    `documents` counts what was deleted, at least. `is_revoked` is None until Google took the grant back, or
    would not for a day.
    """

    id: str
    requested_at: Millis
    expires_at: Millis
    key_destroyed_at: Millis | None = None
    documents: int = 0
    is_revoked: bool | None = None
    finished_at: Millis | None = None


class Receipts(Protocol):
    """Every method may raise StoreUnavailable. Those that have expired may be gone."""

    def save(self, receipt: Receipt) -> None:
        """Keep it."""
        ...

    def read(self, receipt_id: str) -> Receipt | None:
        """It, if it is known."""
        ...

    def update(self, receipt_id: str, change: Callable[[Receipt], Receipt]) -> None:
        """Keep it as changed, in one transaction; nothing happens if it is gone. `change` is pure."""
        ...
