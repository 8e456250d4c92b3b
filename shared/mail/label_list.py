"""The mailbox's labels as bytes to be sealed: names that owners gave are content."""

import json
from collections.abc import Iterable

from shared.mail.model import Label, LabelId


def pack(labels: Iterable[Label]) -> bytes:
    """The labels as JSON, in the order of their ids."""
    in_order = sorted(labels, key=lambda label: label.id)
    plain = [{"id": label.id, "name": label.name, "is_user": label.is_user} for label in in_order]
    return json.dumps(plain, ensure_ascii=False).encode("utf-8", "surrogatepass")


def unpack(packed: bytes) -> tuple[Label, ...]:
    """The labels again."""
    plain = json.loads(packed.decode("utf-8", "surrogatepass"))
    return tuple(Label(LabelId(each["id"]), each["name"], each["is_user"]) for each in plain)
