"""The messages that both sides search: raw, and as they lie in a mailbox of the simulator."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo

from infra.local.gmail_simulator import dates, labelling, payload, resources
from infra.local.gmail_simulator.headers import Headers
from infra.local.gmail_simulator.mbox import read_mbox
from infra.local.gmail_simulator.mime import headers
from infra.local.gmail_simulator.schema import joined
from infra.local.gmail_simulator.search.content import Content, content_of
from infra.local.gmail_simulator.search.letter import Letter
from infra.local.gmail_simulator.search.places import label_names
from infra.local.gmail_simulator.search.query import Mailbox
from shared.adapters.gmail_api.answers import to_message
from shared.mail.mime import texts_to_fetch
from shared.mail.model import GmailMessage, Label, LabelId
from tests.differential.made_up import raw_messages

CORPUS = Path(__file__).parents[3] / "shared" / "corpora" / "dev_corpus.mbox.gz"
OWNER = "usrp-users@lists.ettus.com"  # whom much of it is to, so that to:me finds something
ZONE = ZoneInfo("America/New_York")
NOW = int(datetime(2026, 3, 31, 15, 30, tzinfo=UTC).timestamp() * 1_000)
LABELS = tuple(
    [Label(LabelId(each.id), each.id, is_user=False) for each in labelling.SYSTEM_LABELS]
    + [Label(LabelId(key), name, is_user=True) for key, name in labelling.USER_LABELS]
)
MAILBOX = Mailbox(OWNER, label_names([(each.name, each.id) for each in LABELS]), NOW, ZONE)
_MADE_UP = 100_000  # the first one's number: behind all of the corpus


@dataclass(frozen=True)
class Mail:
    """A message; `number` is its place in the file, which decides its labels and its id."""

    number: int
    raw: bytes

    @property
    def id(self) -> str:
        return f"{self.number:016x}"

    @cached_property
    def headers(self) -> Headers:
        return headers(self.raw)

    @cached_property
    def letter(self) -> Letter:
        """As the simulator's searches see it."""
        labels = labelling.first_labels(self.headers, self.number, seed=1)
        return Letter(
            labels, dates.internal_date(self.headers, NOW), len(self.raw), lambda: content_of(self.raw)
        )

    @property
    def content(self) -> Content:
        return self.letter.content

    def message(self) -> tuple[GmailMessage, dict[str, bytes]]:
        """As our adapter reads it from the simulator's API, and its texts that are fetched by their ids."""
        row = {
            "id": self.id,
            "thread_id": self.id,
            "labels": joined(self.letter.labels),
            "size": self.letter.size,
            "history_id": 1_000 + self.number,
            "internal_date": self.letter.internal_date,
        }
        message = to_message(resources.message(row, self.raw))
        texts = {part: payload.attachment(self.raw, part) or b"" for part in texts_to_fetch(message)}
        return message, texts


def made_up() -> list[Mail]:
    """Messages of the kinds that the corpus lacks."""
    return [Mail(_MADE_UP + number, raw) for number, raw in enumerate(raw_messages())]


def mail_of(mbox: Path, first: int = 0, step: int = 1, limit: int | None = None) -> Iterator[Mail]:
    """Every `step`th message from `first` on."""
    numbered = enumerate(read_mbox(mbox))
    return (Mail(number, raw) for number, raw in islice(islice(numbered, first, None, step), limit))
