"""The receipt of an erasure, asked for again."""

from datetime import UTC, datetime
from typing import Any

from shared.errors import NotFound
from shared.mail.model import Millis
from shared.ports.receipts import Receipt
from shared.ports.world import World


def find_receipt(world: World, receipt_id: str) -> Receipt:
    """The receipt of this id. Raises: NotFound, StoreUnavailable."""
    receipt = world.receipts.read(receipt_id) if receipt_id else None
    if receipt is None or receipt.expires_at < world.now():
        raise NotFound("There is no such receipt.")
    return receipt


def plainly(receipt: Receipt) -> dict[str, Any]:
    """The receipt as JSON's types."""
    return {
        "id": receipt.id,
        "url": f"/api/receipts/{receipt.id}",
        "requested_at": _moment(receipt.requested_at),
        "key_destroyed_at": _moment(receipt.key_destroyed_at),
        "is_revoked": receipt.is_revoked,
        "documents_deleted": receipt.documents,
        "finished_at": _moment(receipt.finished_at),
        "expires_at": _moment(receipt.expires_at),
    }


def _moment(at: Millis | None) -> str | None:
    """ISO 8601 in UTC, to the second."""
    return None if at is None else datetime.fromtimestamp(at // 1000, UTC).isoformat().replace("+00:00", "Z")
