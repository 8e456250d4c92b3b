"""Getting messages from Gmail at the lowest price, whole."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.errors import GmailUnavailable, MailboxError, MessageGone
from shared.mail.mime import texts_to_fetch
from shared.mail.model import GmailMessage, MessageId, ThreadId
from shared.ports.gmail import Gmail

THREAD_PAYS_FROM = 3  # threads.get costs 40 units, messages.get 20 (prices of 2026-05)


@dataclass(frozen=True, slots=True)
class Fetched:
    """Each asked-for message with the large texts Gmail gives only by id, or why it could not be had."""

    messages: Mapping[MessageId, GmailMessage]
    texts: Mapping[MessageId, Mapping[str, bytes]]
    failures: Mapping[MessageId, MailboxError]


def fetch_messages(
    gmail: Gmail, ids: Collection[MessageId], threads: Mapping[MessageId, ThreadId] | None = None
) -> Fetched:
    """The messages, by thread where `threads` shows that three or more of them are of one thread."""
    answers: dict[MessageId, GmailMessage | MailboxError] = {}
    if threads:
        answers.update(_by_thread(gmail, ids, threads))
    answers.update(gmail.get_messages([each for each in ids if each not in answers]))
    messages = {key: answer for key, answer in answers.items() if isinstance(answer, GmailMessage)}
    failures = {key: answer for key, answer in answers.items() if isinstance(answer, MailboxError)}
    texts: dict[MessageId, dict[str, bytes]] = {}
    for message in list(messages.values()):
        try:
            texts[message.id] = _large_texts(gmail, message)
        except (GmailUnavailable, MessageGone) as error:
            failures[message.id] = error
            del messages[message.id]
    return Fetched(messages, texts, failures)


def _by_thread(
    gmail: Gmail, ids: Collection[MessageId], threads: Mapping[MessageId, ThreadId]
) -> dict[MessageId, GmailMessage]:
    wanted = Counter(threads[each] for each in ids if each in threads)
    worth = [thread for thread, count in wanted.items() if count >= THREAD_PAYS_FROM]
    found: dict[MessageId, GmailMessage] = {}
    asked = set(ids)
    for answer in gmail.get_threads(worth).values() if worth else ():
        if not isinstance(answer, MailboxError):
            found.update({message.id: message for message in answer if message.id in asked})
    return found


def _large_texts(gmail: Gmail, message: GmailMessage) -> dict[str, bytes]:
    return {part: gmail.get_attachment(message.id, part) for part in texts_to_fetch(message)}
