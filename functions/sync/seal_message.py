"""A fetched message as it is stored: content sealed, terms hashed, within a document's bounds."""

from collections.abc import Mapping
from dataclasses import replace

from shared.mail import card, content, terms
from shared.mail.content import Content
from shared.mail.mime import content_of
from shared.mail.model import (
    GmailMessage,
    HistoryId,
    LabelId,
    Register,
    Relabel,
    StoredMessage,
    sort_key,
)
from shared.mail.searched import SearchedTexts
from shared.ports.keys import Cipher

MOST_BYTES = 900_000  # of a sealed body; a Firestore document holds 1 MiB


def seal_message(
    message: GmailMessage, texts: Mapping[str, bytes], generation: int, cipher: Cipher, language: str
) -> StoredMessage:
    """The message and its search entry, by the stems of this language, ready to be committed."""
    said = content_of(message, texts)
    stored = StoredMessage(
        id=message.id,
        thread_id=message.thread_id,
        internal_date=message.internal_date,
        history_id=message.history_id,
        generation=generation,
        labels=message.labels,
        size=message.size,
        sort_key=sort_key(message.internal_date, message.id),
        body=cipher.seal(f"body/{message.id}", _packed(said)),
        card=b"",
        terms=frozenset(),
        terms_version=terms.TERMS_VERSION,
    )
    return seal_entry(stored, said, cipher, language)


def seal_entry(message: StoredMessage, said: Content, cipher: Cipher, language: str) -> StoredMessage:
    """The message with the card and the terms of its search entry."""
    searched = SearchedTexts.of(said)
    says = terms.content_terms(said, size=message.size, language=language, searched=searched)
    return replace(
        message,
        card=cipher.seal(f"card/{message.id}", card.make(message, said, language, searched)),
        terms=cipher.hash_terms(says | terms.label_terms(message.labels)),
    )


def relabel(
    register: Register, labels: frozenset[LabelId], history_id: HistoryId, generation: int, cipher: Cipher
) -> Relabel:
    """New labels for what is stored, and the terms that come and go with them."""
    before, after = terms.label_terms(register.labels), terms.label_terms(labels)
    return Relabel(
        id=register.message_id,
        sort_key=register.sort_key,
        history_id=history_id,
        generation=generation,
        labels=labels,
        added=cipher.hash_terms(after - before),
        removed=cipher.hash_terms(before - after),
    )


def _packed(said: Content) -> bytes:
    packed = content.pack(said)
    if len(packed) > MOST_BYTES:
        said = replace(said, html="", is_truncated=True)
        packed = content.pack(said)
    while len(packed) > MOST_BYTES and said.text:
        said = replace(said, text=said.text[: len(said.text) // 2])
        packed = content.pack(said)
    return packed
