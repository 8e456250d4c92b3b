"""What every store promises of mailboxes, secrets and sign-ins, SQLite and Firestore alike."""

import random
import secrets
from dataclasses import replace

import pytest

from shared.errors import EpochPassed, UnknownMailbox
from shared.mail.formula import Has, TermQuery
from shared.mail.model import (
    Due,
    FullSync,
    HistoryId,
    MailboxId,
    MessageId,
    Outstanding,
    Phase,
    Status,
    SyncState,
    TermHash,
)
from shared.ports.messages import Listed, Writes
from shared.ports.receipts import Receipt
from shared.ports.sign_ins import SignIn
from tests.contract.stores import (
    ALL,
    NOW,
    Stores,
    at_once,
    connect,
    find,
    mailbox,
    message,
    unchanged,
    write,
)


def test_two_sign_ins_at_once_end_in_one_mailbox_that_all_identities_name(stores: Stores) -> None:
    one, other = (MailboxId(secrets.token_hex(8)) for _ in range(2))
    shared, address = f"shared-{one}", f"address-{one}"
    connected: list[MailboxId] = []

    def sign_in(fresh: MailboxId, identities: list[str]) -> None:
        connected.append(stores.mailboxes.connect(identities, mailbox(fresh), unchanged).id)

    at_once(lambda: sign_in(one, [shared]), lambda: sign_in(other, [shared, address]))
    assert len(set(connected)) == 1
    assert stores.mailboxes.find([address]) == stores.mailboxes.find([shared]) == connected[0]
    assert stores.mailboxes.find(["never"]) is None
    assert stores.mailboxes.find_whole("never") is None


def test_a_mailbox_is_changed_and_its_epoch_guards_the_state(stores: Stores, mailbox_id: MailboxId) -> None:
    changed = stores.mailboxes.update(mailbox_id, lambda known: replace(known, epoch=2, reason="again"))
    assert (
        stores.mailboxes.read(mailbox_id) == changed == replace(mailbox(mailbox_id), epoch=2, reason="again")
    )
    with pytest.raises(EpochPassed):
        stores.mailboxes.update_sync(mailbox_id, 1, lambda state: state)
    assert stores.mailboxes.read(MailboxId("nobody")) is None
    assert stores.mailboxes.full_sync(mailbox_id) is None


def test_a_mailbox_is_read_as_a_whole(stores: Stores, mailbox_id: MailboxId) -> None:
    assert stores.mailboxes.read_whole(MailboxId("nobody")) is None
    stores.mailboxes.update_sync(mailbox_id, 1, lambda state: state.owing(Due.PARTIAL_SYNC, NOW))
    owing = SyncState().owing(Due.PARTIAL_SYNC, NOW)
    assert stores.mailboxes.read_whole(mailbox_id) == (mailbox(mailbox_id), owing, None)
    full_sync = FullSync(1, Phase.LIST, False, NOW, HistoryId(5), 10)
    write(stores, mailbox_id, Writes(full_sync=full_sync))
    whole = (mailbox(mailbox_id), owing, full_sync)
    assert stores.mailboxes.read_whole(mailbox_id) == whole
    for _ in range(2):  # the second time the store may have expected it
        assert stores.mailboxes.find_whole(f"identity-{mailbox_id}") == whole


def test_those_longest_overdue_come_first(stores: Stores) -> None:
    late, later, latest = (connect(stores) for _ in range(3))
    for overdue, at in [(later, 20), (latest, 30), (late, 10)]:
        write(stores, overdue, Writes(sync=SyncState().owing(Due.FULL_SYNC, at)))
    ours = {late, later, latest}
    assert [each for each in stores.mailboxes.due(NOW, 1_000) if each in ours] == [late, later, latest]
    assert len(stores.mailboxes.due(NOW, 1)) == 1
    for overdue in ours:
        stores.mailboxes.update_sync(overdue, 1, lambda state: replace(state, blocked_until=NOW + 1))
    assert not ours.intersection(stores.mailboxes.due(NOW, 1_000))


def test_the_first_identity_names_the_mailbox_and_takes_the_others_over(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    other = connect(stores)
    mine, theirs = f"identity-{mailbox_id}", f"identity-{other}"
    assert stores.mailboxes.find([theirs, mine]) == other
    assert stores.mailboxes.find_whole(theirs) == (mailbox(other), SyncState(), None)
    connected = stores.mailboxes.connect(
        [mine, "new", theirs],
        mailbox(MailboxId("fresh")),
        lambda known: replace(known, epoch=known.epoch + 1),
    )
    assert (connected.id, connected.epoch) == (mailbox_id, 2)
    assert stores.mailboxes.read(MailboxId("fresh")) is None
    assert stores.mailboxes.find([theirs]) == stores.mailboxes.find(["new"]) == mailbox_id
    assert (
        stores.mailboxes.find_whole(theirs)
        == stores.mailboxes.find_whole("new")
        == (connected, SyncState(), None)
    )


def test_a_mailbox_that_was_erased_is_not_known_any_more(stores: Stores, mailbox_id: MailboxId) -> None:
    identity, fresh = f"identity-{mailbox_id}", MailboxId(secrets.token_hex(8))
    stores.mailboxes.update(mailbox_id, lambda known: replace(known, status=Status.ERASED))
    assert stores.mailboxes.connect([identity], mailbox(fresh), unchanged).id == fresh
    assert stores.mailboxes.find([identity]) == fresh


def test_a_mailbox_and_what_it_is_owed_change_together(stores: Stores, mailbox_id: MailboxId) -> None:
    changed = stores.mailboxes.update_whole(
        mailbox_id, lambda known, state: (replace(known, epoch=7), state.owing(Due.ERASE, NOW))
    )
    assert (changed.epoch, changed) == (7, stores.mailboxes.read(mailbox_id))
    assert stores.mailboxes.sync_state(mailbox_id).due == {Due.ERASE: NOW}
    assert mailbox_id in stores.mailboxes.due(NOW, 1_000)
    with pytest.raises(UnknownMailbox):
        stores.mailboxes.update_whole(MailboxId("nobody"), lambda known, state: (known, state))


def test_erasing_leaves_nothing_of_a_mailbox_and_everything_of_others(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    other = connect(stores)
    term = TermHash("zzzzzzzzz" + str(random.randrange(2, 8)))
    for each in (mailbox_id, other):
        listed = Listed(1, None, "page", (MessageId("m1"),))
        owed = Outstanding(MessageId("m9"), HistoryId(1), "404", first_seen=1)
        terms = frozenset({term, ALL}) if each == mailbox_id else frozenset({ALL})
        stored = tuple(message(number, terms) for number in range(7))
        write(stores, each, Writes(stored=stored, owed=(owed,), listed=(listed,), sync=SyncState()))
    stores.mailboxes.connect([f"identity-{mailbox_id}", f"address-{mailbox_id}"], mailbox(other), unchanged)
    deleted = [stores.messages.erase(mailbox_id, 5)]
    while deleted[-1]:
        deleted.append(stores.messages.erase(mailbox_id, 5))
    assert len(deleted) > 2
    assert sum(deleted) == 16
    assert stores.mailboxes.read(mailbox_id) is not None
    assert stores.mailboxes.find_whole(f"identity-{mailbox_id}") is not None
    stores.mailboxes.forget_names(mailbox_id)
    assert stores.mailboxes.find_whole(f"identity-{mailbox_id}") is None
    assert stores.mailboxes.find([f"identity-{mailbox_id}", f"address-{mailbox_id}"]) is None
    stores.mailboxes.forget(mailbox_id)
    stores.mailboxes.forget(mailbox_id)
    assert stores.mailboxes.read(mailbox_id) is None
    held = stores.documents()
    for trace in (mailbox_id, term):
        assert not [each for each in held if (trace.encode() if isinstance(each, bytes) else trace) in each]  # type: ignore[operator]
    assert len(find(stores, other, TermQuery(Has(ALL)))) == 7
    assert (
        stores.messages.count_outstanding(other).waiting + stores.messages.count_outstanding(other).parked
        == 1
    )


def test_a_receipt_is_kept_changed_and_had_again(stores: Stores) -> None:
    receipt = Receipt(secrets.token_hex(16), requested_at=NOW, expires_at=NOW + 1)
    assert stores.receipts.read(receipt.id) is None
    stores.receipts.save(receipt)
    assert stores.receipts.read(receipt.id) == receipt
    stores.receipts.update(receipt.id, lambda standing: replace(standing, documents=7, is_revoked=False))
    assert stores.receipts.read(receipt.id) == replace(receipt, documents=7, is_revoked=False)
    stores.receipts.update("0" * 32, lambda standing: standing)
    assert stores.receipts.read("0" * 32) is None


def test_counters_count_by_key_and_window_and_forget(stores: Stores) -> None:
    one, other = (secrets.token_hex(8) for _ in range(2))
    minute, begins = 60_000, NOW - NOW % 60_000
    assert stores.rates.count([one, other], minute, begins) == (1, 1)
    assert stores.rates.count([one], minute, begins + minute - 1) == (2,)
    assert stores.rates.count([other, one], minute, begins + 1) == (2, 3)
    assert stores.rates.count([one], minute, begins + minute) == (1,)
    assert stores.rates.count([one], 10 * minute, begins) == (1,)


def test_counters_count_everybody_who_comes_at_once(stores: Stores) -> None:
    key = secrets.token_hex(8)

    def come() -> None:
        stores.rates.count([key], 60_000, NOW)

    at_once(*[come] * 8)
    assert stores.rates.count([key], 60_000, NOW) == (9,)


def test_the_first_secret_stands_until_it_is_replaced_or_deleted(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    assert stores.content_keys.create(mailbox_id, b"first") == b"first"
    assert stores.content_keys.create(mailbox_id, b"second") == b"first"
    assert stores.tokens.read(mailbox_id) is None
    stores.content_keys.write(mailbox_id, b"third")
    assert stores.content_keys.read(mailbox_id) == b"third"
    stores.content_keys.delete(mailbox_id)
    stores.content_keys.delete(mailbox_id)
    assert stores.content_keys.read(mailbox_id) is None


def test_a_secret_is_replaced_only_while_it_is_the_one_that_was_read(
    stores: Stores, mailbox_id: MailboxId
) -> None:
    assert not stores.content_keys.replace(mailbox_id, b"first", b"second")
    assert stores.content_keys.read(mailbox_id) is None
    stores.content_keys.create(mailbox_id, b"first")
    assert not stores.content_keys.replace(mailbox_id, b"other", b"second")
    assert stores.content_keys.replace(mailbox_id, b"first", b"second")
    assert stores.content_keys.read(mailbox_id) == b"second"


def test_whose_secrets_there_are_comes_in_order_and_in_portions(stores: Stores) -> None:
    for each in list(stores.tokens.ids(None, 1_000)):
        stores.tokens.delete(each)
    own = sorted(connect(stores) for _ in range(3))
    for each in reversed(own):
        stores.tokens.write(each, b"x")
    stores.content_keys.write(own[0], b"of another kind")
    assert stores.tokens.ids(None, 2) == tuple(own[:2])
    assert stores.tokens.ids(own[1], 2) == (own[2],)
    assert stores.tokens.ids(own[2], 2) == ()


def test_a_sign_in_is_taken_once_and_not_after_its_time(stores: Stores) -> None:
    begun = SignIn(secrets.token_hex(16), "verifier", "nonce", NOW)
    late = replace(begun, state_hash=secrets.token_hex(16), expires_at=NOW - 1)
    for sign_in in (begun, late):
        stores.sign_ins.begin(sign_in)
    assert stores.sign_ins.take(begun.state_hash, NOW) == begun
    assert stores.sign_ins.take(begun.state_hash, NOW) is None
    assert stores.sign_ins.take(late.state_hash, NOW) is None
