"""The search index rebuilt from the sealed bodies, without Gmail, once its terms or language are others."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from functions.sync.seal_message import seal_entry
from functions.sync.store_messages import COMMIT_MESSAGES, chunks
from functions.sync.work import Work
from shared.mail import terms
from shared.mail.content import unpack
from shared.mail.model import (
    Due,
    MessageId,
    Millis,
    Register,
    Reindexing,
    StoredMessage,
    SyncState,
    sort_key,
)
from shared.ports.messages import Body, Reads, Snapshot, Writes

OLD_CODE_ENDS: Millis = 10 * 60_000  # a delivery that the code before this one began is over by then
_CLAIM_BEYOND_STEP: Millis = 30_000


def reindex(work: Work) -> int:
    """How many search entries were rebuilt, if they are of another version and the time has come.

    Every message that is here gets a new entry, as far as this delivery's time goes; the next one goes on.
    Again after a crash is no harm. What an older body does not hold (links, invitations) stays unknown; one
    that cannot be read keeps its entry.
    """
    state = work.state
    version = terms.index_version(work.mailbox.language)
    if state.index_version == version:
        if Due.REINDEX in state.due:
            _owe_no_more(work)
        return 0
    if state.reindexing is None or state.reindexing.version != version:
        _begin(work, version)
        return 0
    if state.due.get(Due.REINDEX, 0) > work.world.now():
        return 0
    return _go_on(work, state.reindexing)


def _owe_no_more(work: Work) -> None:
    """Another delivery finished it while one that began it, or was claiming a step, went on."""

    def done(state: SyncState) -> SyncState:
        if state.index_version != terms.index_version(work.mailbox.language):
            return state
        paid = state.paid(Due.REINDEX, state.due.get(Due.REINDEX, 0))
        return replace(paid, reindexing=None)

    work.update(done)


def _begin(work: Work, version: str) -> None:
    """In a while: the code before may still be writing. An empty mailbox has nothing to rebuild."""
    world, now = work.world, work.world.now()
    is_empty = not world.messages.live(work.id, None, 1)

    def begun(state: SyncState) -> SyncState:
        if is_empty:
            return replace(state, index_version=version, reindexing=None)
        owing = state.owing(Due.REINDEX, now + OLD_CODE_ENDS)
        return replace(owing, reindexing=Reindexing(version))

    work.update(begun)


def _go_on(work: Work, standing: Reindexing) -> int:
    """While it works, the next step is owed only after this one's time: if we die, the sweep goes on."""
    world, began = work.world, work.world.now()
    claim = began + world.limits.step + _CLAIM_BEYOND_STEP
    work.update(lambda state: state.paid(Due.REINDEX, began, claim))
    count, after, is_done = 0, standing.after, False
    while not is_done and world.now() < began + world.limits.step:
        page = world.messages.live(work.id, after, COMMIT_MESSAGES)
        count += sum(_commit(work, chunk) for chunk in chunks(_rebuilt(work, page)))
        after = page[-1].message_id if page else after
        is_done = len(page) < COMMIT_MESSAGES
    _leave(work, claim, replace(standing, after=after), is_done=is_done)
    return count


def _leave(work: Work, claim: Millis, standing: Reindexing, *, is_done: bool) -> None:
    now = work.world.now()

    def left(state: SyncState) -> SyncState:
        if is_done:
            done = state.paid(Due.REINDEX, claim)
            return replace(done, index_version=standing.version, reindexing=None)
        return replace(state.paid(Due.REINDEX, claim, now), reindexing=standing)

    work.update(left)
    if not is_done:
        work.world.queue.request_sync(work.id)


def _rebuilt(work: Work, page: Sequence[Register]) -> Iterator[StoredMessage]:
    bodies = work.world.messages.bodies(work.id, [register.message_id for register in page])
    for body in bodies.values():
        message = _of_body(work, body)
        if message is not None:
            yield message


def _of_body(work: Work, body: Body) -> StoredMessage | None:
    register, cipher = body.register, work.cipher
    message = StoredMessage(
        id=register.message_id,
        thread_id=register.thread_id,
        internal_date=body.internal_date,
        history_id=register.history_id,
        generation=register.generation,
        labels=register.labels,
        size=body.size,
        sort_key=sort_key(body.internal_date, register.message_id),
        body=body.body,
        card=b"",
        terms=frozenset(),
        terms_version=terms.TERMS_VERSION,
    )
    try:
        said = unpack(cipher.open(f"body/{message.id}", body.body))
        return seal_entry(message, said, cipher, work.mailbox.language)
    except Exception:  # noqa: BLE001 - one message that cannot be read stops no other (promise 1)
        return None


def _commit(work: Work, rebuilt: tuple[StoredMessage, ...]) -> int:
    """What still stands is written, with the labels that it has by now."""
    by_id = {message.id: message for message in rebuilt}

    def decide(snapshot: Snapshot) -> Writes | None:
        if not work.is_current(snapshot):
            return None
        standing = (snapshot.registers.get(each) for each in by_id)
        current = [
            _current(work, by_id[each.message_id], each) for each in standing if each and not each.deleted
        ]
        return Writes(stored=tuple(current)) if current else None

    writes = work.commit(Reads(tuple[MessageId, ...](by_id)), decide)
    return len(writes.stored) if writes else 0


def _current(work: Work, message: StoredMessage, register: Register) -> StoredMessage:
    """The rebuilt entry under the register of now: labels may have changed since its body was read."""
    before, after = terms.label_terms(message.labels), terms.label_terms(register.labels)
    gone, come = work.cipher.hash_terms(before - after), work.cipher.hash_terms(after - before)
    return replace(
        message,
        history_id=register.history_id,
        generation=register.generation,
        labels=register.labels,
        terms=(message.terms - gone) | come,
    )
