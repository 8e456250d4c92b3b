"""The names of the mailbox's labels, kept sealed on the mailbox: renaming one makes no history record."""

import base64
from dataclasses import replace

from functions.sync.work import Work
from shared.mail import label_list
from shared.mail.model import LabelId, Mailbox, Millis

FRESH_FOR: Millis = 24 * 3_600_000


def refresh_labels(work: Work, met: frozenset[LabelId]) -> bool:
    """Whether the names were fetched anew: once a day, or when a label was met that we have no name for."""
    now = work.world.now()
    if work.mailbox.labels_at > now - FRESH_FOR and (not met or met <= _known(work)):
        return False
    sealed = work.cipher.seal("labels", label_list.pack(work.gmail.labels()))

    def renamed(mailbox: Mailbox) -> Mailbox:
        if mailbox.epoch != work.mailbox.epoch:
            return mailbox
        return replace(mailbox, sealed_labels=base64.b64encode(sealed).decode(), labels_at=now)

    work.world.mailboxes.update(work.id, renamed)
    return True


def _known(work: Work) -> frozenset[LabelId]:
    opened = work.cipher.open("labels", base64.b64decode(work.mailbox.sealed_labels))
    return frozenset(label.id for label in label_list.unpack(opened))
