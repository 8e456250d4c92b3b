"""What a result shows of a message: JSON's types, tuples for its arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from functions.search.freshness import moment
from functions.search.hits import Hit
from functions.search.open_mailbox import OpenMailbox
from shared.mail.content import Address
from shared.mail.highlight import Marker
from shared.mail.query import Marked


class Markers:
    """Each part of a row is searched for the words that are marked there."""

    def __init__(self, marked: Marked) -> None:
        known = {each: Marker(each) for each in {marked.subject, marked.sender, marked.text}}
        self.subject, self.sender, self.text = (
            known[each] for each in (marked.subject, marked.sender, marked.text)
        )


def item(hit: Hit, opened: OpenMailbox, markers: Markers, in_thread: Mapping[str, int]) -> dict[str, Any]:
    """The row. `highlights`: where in its texts wanted words stand, in code points.

    `matching`, of conversations: how many of its messages were found so far.
    """
    shown = hit.card
    sender = shown.sender[0] if shown.sender else Address("", "")
    snippet = markers.text.excerpt(_texts(hit), shown.snippet)
    row = {
        "id": hit.id,
        "thread_id": shown.thread_id,
        "subject": shown.subject,
        "from": plain_address(sender),
        "to": [plain_address(each) for each in shown.to],
        "date": moment(shown.internal_date),
        "snippet": snippet.text,
        "highlights": {
            "subject": markers.subject.spans(shown.subject),
            "from_name": markers.sender.spans(sender.name),
            "from_email": markers.sender.spans(sender.email),
            "snippet": snippet.spans,
        },
        "labels": opened.named(hit.row.labels),
        "has_attachment": bool(shown.filenames),
        "filenames": shown.filenames,
        "size": shown.size,
    }
    return row | ({"matching": in_thread[shown.thread_id]} if in_thread else {})


def _texts(hit: Hit) -> Iterator[str]:
    """Where to look for a stretch to be shown: first in what is short."""
    yield hit.card.snippet
    yield hit.card.text
    if hit.said is not None:
        yield " ".join(hit.said.text.split())


def plain_address(address: Address) -> dict[str, str]:
    """The address as JSON's types."""
    return {"name": address.name, "email": address.email}
