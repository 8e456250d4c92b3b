"""Where in the database things are."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from google.cloud.firestore import Client, CollectionReference, DocumentReference

from shared.mail.model import LabelId, MailboxId


@dataclass(frozen=True, slots=True)
class Places:
    """Names in one database."""

    client: Client

    def address(self, identity: str) -> DocumentReference:
        """Which mailbox this name hash stands for."""
        return self.client.collection("addresses").document(identity)

    def mailbox(self, mailbox_id: MailboxId) -> DocumentReference:
        """Who a mailbox is."""
        return self.client.collection("mailboxes").document(mailbox_id)

    def syncs(self) -> CollectionReference:
        """How far every mailbox is."""
        return self.client.collection("sync")

    def sync(self, mailbox_id: MailboxId) -> DocumentReference:
        """How far one mailbox is."""
        return self.syncs().document(mailbox_id)

    def full_sync(self, mailbox_id: MailboxId) -> DocumentReference:
        """A mailbox's latest full sync."""
        return self.client.collection("full_syncs").document(mailbox_id)

    def messages(self, mailbox_id: MailboxId) -> CollectionReference:
        """The mirror, by message id."""
        return self._of(mailbox_id, "messages")

    def index(self, mailbox_id: MailboxId) -> CollectionReference:
        """The search entries, by sort key."""
        return self._of(mailbox_id, "index")

    def outstanding(self, mailbox_id: MailboxId) -> CollectionReference:
        """What is owed, by message id."""
        return self._of(mailbox_id, "outstanding")

    def listed(self, mailbox_id: MailboxId) -> CollectionReference:
        """What full syncs' listings showed."""
        return self._of(mailbox_id, "listed")

    def _of(self, mailbox_id: MailboxId, name: str) -> CollectionReference:
        return self.client.collection("mailboxes", mailbox_id, name)


def listed_name(generation: int, label: LabelId | None = None, page: str | None = None) -> str:
    """The name of one page of a listing, or what the names of a listing or of a generation begin with.

    Names sort by generation, so that no index is needed to find one's pages.
    """
    parts = ["" if label is None else label, *([] if page is None else [page])]
    return f"{generation:012d}|" + "|".join(quote(part, safe="") for part in parts)


def listed_names(generation: int, label: LabelId | None) -> tuple[str, str]:
    """Bounds of the names of a listing's pages: the first, and one behind the last."""
    beginning = listed_name(generation, label)
    return f"{beginning}|", f"{beginning}}}"
