"""Getting messages from Gmail at the lowest price, whole."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from shared.errors import GmailUnavailable, MailboxError, MessageGone, RateLimited
from shared.mail import quota
from shared.mail.mime import texts_to_fetch
from shared.mail.model import GmailMessage, MessageId, ThreadId
from shared.mail.part_tree import walk
from shared.ports.gmail import Gmail


@dataclass(frozen=True, slots=True)
class Fetched:
    """Each asked-for message with the large texts Gmail gives only by id, or why it could not be had."""

    messages: Mapping[MessageId, GmailMessage]
    texts: Mapping[MessageId, Mapping[str, bytes]]
    failures: Mapping[MessageId, MailboxError]

    @property
    def limit(self) -> RateLimited | None:
        """Of what Gmail asked us to wait for, the longest."""
        limits = [error for error in self.failures.values() if isinstance(error, RateLimited)]
        return max(limits, key=lambda error: error.until or 0, default=None)

    @property
    def weight(self) -> int:
        """Bytes of text that they hold in memory."""
        inside = (
            len(step.part.data or b"") for each in self.messages.values() for step in walk(each.payload)
        )
        apart = (len(text) for texts in self.texts.values() for text in texts.values())
        return sum(inside) + sum(apart)

    def heed(self) -> None:
        """Raises: RateLimited, the limit; for when what did come is safe."""
        if self.limit is not None:
            raise self.limit


def fetch_messages(
    gmail: Gmail, ids: Collection[MessageId], threads: Mapping[MessageId, ThreadId] | None = None
) -> Fetched:
    """The messages, by thread where `threads` shows that as many of them are of one that it pays.

    Once Gmail asks us to wait, nothing more is asked for.
    """
    answers = _by_thread(gmail, ids, threads) if threads else {}
    rest = [each for each in ids if each not in answers]
    limit = next((each for each in answers.values() if isinstance(each, RateLimited)), None)
    answers.update(gmail.get_messages(rest) if limit is None else dict.fromkeys(rest, limit))
    messages = {key: answer for key, answer in answers.items() if isinstance(answer, GmailMessage)}
    failures = {key: answer for key, answer in answers.items() if isinstance(answer, MailboxError)}
    texts: dict[MessageId, dict[str, bytes]] = {}
    for message in list(messages.values()):
        try:
            texts[message.id] = _large_texts(gmail, message, limit)
        except (GmailUnavailable, MessageGone, RateLimited) as error:
            limit = error if isinstance(error, RateLimited) else limit
            failures[message.id] = error
            del messages[message.id]
    return Fetched(messages, texts, failures)


def affordable(
    ids: Collection[MessageId], threads: Mapping[MessageId, ThreadId], most: int, units: int
) -> tuple[MessageId, ...]:
    """The first of the messages, about `most`, as far as `units` pay.

    With a message come all that are wanted of its thread, if the thread pays: in pieces it would cost again.
    """
    by_thread: dict[ThreadId, list[MessageId]] = {}
    for each in ids:
        by_thread.setdefault(threads[each], []).append(each)
    taken: dict[MessageId, None] = {}
    for each in ids:
        of_thread = by_thread[threads[each]]
        together = of_thread if quota.is_thread_worth(len(of_thread)) else [each]
        if each in taken:
            continue
        units -= quota.price(len(together))
        if units < 0 or len(taken) >= most:
            break
        taken.update(dict.fromkeys(together))
    return tuple(taken)


def _by_thread(
    gmail: Gmail, ids: Collection[MessageId], threads: Mapping[MessageId, ThreadId]
) -> dict[MessageId, GmailMessage | MailboxError]:
    """What whole threads bring; why not, where Gmail asks us to wait."""
    wanted = Counter(threads[each] for each in ids if each in threads)
    worth = [thread for thread, count in wanted.items() if quota.is_thread_worth(count)]
    found: dict[MessageId, GmailMessage | MailboxError] = {}
    asked = set(ids)
    for thread, answer in gmail.get_threads(worth).items() if worth else ():
        if isinstance(answer, RateLimited):
            found.update({each: answer for each in ids if threads.get(each) == thread})
        elif not isinstance(answer, MailboxError):
            found.update({message.id: message for message in answer if message.id in asked})
    return found


def _large_texts(gmail: Gmail, message: GmailMessage, limit: RateLimited | None) -> dict[str, bytes]:
    parts = texts_to_fetch(message)
    if parts and limit is not None:
        raise limit
    return {part: gmail.get_attachment(message.id, part) for part in parts}
