"""Gmail's quota, by the minute and the day: what may be spent, and how the project's is split."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.mail import quota
from shared.mail.model import MailboxId, SyncState
from shared.mail.quota import DAY, DAY_BEGINS, MINUTE, Budget, Ledger

NOW = 1_700_000_000_000
BUDGET = Budget(project_per_minute=100_000, project_per_day=10_000_000, mailbox_per_minute=6_000)
MAILBOX = 5_820  # of 6,000, what notifications do not need
QUIET = SyncState(urgent_this_minute=0)


@pytest.mark.parametrize(("wanted", "units"), [(1, 20), (2, 40), (3, 40), (50, 40)])
def test_messages_of_one_thread_cost_no_more_than_the_thread(wanted: int, units: int) -> None:
    assert quota.price(wanted) == units
    assert quota.is_thread_worth(wanted) == (wanted > 2)


def test_a_full_sync_reaches_95_percent_of_the_messages_that_the_quota_allows() -> None:
    first, then = (quota.left(state, 6_000, NOW) for state in (SyncState(), QUIET))
    assert (first + 2 * then) // quota.MESSAGE >= 0.95 * 3 * (6_000 // quota.MESSAGE)
    assert first < then < 6_000


def test_the_units_of_a_minute_add_up_and_come_back_after_it() -> None:
    state = quota.spent(QUIET, 1_000, 0, NOW)
    state = quota.spent(state, 2_000, 0, NOW + 20_000)
    assert quota.left(state, 6_000, NOW + 40_000) == MAILBOX - 3_000
    assert quota.left(state, 6_000, quota.next_minute(state) - 1) == MAILBOX - 3_000
    assert quota.left(state, 6_000, quota.next_minute(state)) == MAILBOX


def test_more_than_there_was_leaves_nothing_not_less() -> None:
    assert quota.left(quota.spent(SyncState(), 7_000, 0, NOW), 6_000, NOW) == 0


def minutes(*urgent: int) -> SyncState:
    """After minutes in each of which notifications took so many units; the last one is under way at NOW."""
    state = SyncState()
    for place, units in enumerate(urgent):
        at = NOW - (len(urgent) - 1 - place) * 2 * MINUTE
        state = quota.spent(state, units, units, at)
    return state


def test_half_as_much_again_is_kept_as_notifications_took_in_the_minute_before() -> None:
    assert quota.left(minutes(300, 0), 6_000, NOW) == 6_000 - 450
    assert quota.left(minutes(300), 6_000, NOW + 2 * MINUTE) == 6_000 - 450


def test_what_notifications_took_counts_once_within_what_is_kept_for_them() -> None:
    assert quota.left(minutes(300, 400), 6_000, NOW) == 6_000 - 450
    assert quota.left(minutes(300, 700), 6_000, NOW) == 6_000 - 700
    state = quota.spent(minutes(300, 700), 1_000, 0, NOW + 1_000)
    assert quota.left(state, 6_000, NOW + 3_000) == 6_000 - 700 - 1_000


def test_however_many_notifications_come_most_of_a_minute_is_the_full_syncs() -> None:
    assert quota.left(minutes(5_000, 0), 6_000, NOW) == 6_000 - 1_500


def test_a_mailboxs_first_minute_has_room_for_its_watch_and_ten_new_messages() -> None:
    watched = quota.spent(SyncState(), 100, 100, NOW)
    assert 6_000 - quota.left(watched, 6_000, NOW) == 100 + 320


def test_our_minute_ends_when_gmails_does_not_a_minute_after_the_work_did() -> None:
    state = quota.spent(SyncState(), 1_000, 0, NOW)
    assert NOW + MINUTE < quota.next_minute(state) <= NOW + MINUTE + 1_000


def claim_one_after_another(count: int, budget: Budget = BUDGET) -> list[int]:
    ledger, got = Ledger(), []
    for number in range(count):
        granted = quota.claim(ledger, MailboxId(f"{number}"), 6_000, budget, NOW)
        ledger = granted.ledger
        got.append(granted.units)
    return got


def test_what_is_left_is_split_when_the_project_is_nearly_spent() -> None:
    got = claim_one_after_another(40)
    assert got[:12] == [MAILBOX] * 12
    shrinking = [units for units in got if 0 < units < MAILBOX]
    assert len(shrinking) > 10
    assert shrinking == sorted(shrinking, reverse=True)
    assert 0.96 * 100_000 < sum(got) <= 0.97 * 100_000


def test_what_would_buy_no_message_is_not_given_out() -> None:
    assert min(units for units in claim_one_after_another(40) if units) >= quota.MESSAGE


def test_a_mailbox_that_had_its_share_waits_for_the_next_minute_though_other_ledgers_have_more() -> None:
    poor = replace(BUDGET, project_per_minute=4_000)
    first = quota.claim(Ledger(), MailboxId("a"), 6_000, poor, NOW)
    assert (first.units, first.missing) == (970, MAILBOX - 970)
    assert quota.claim_rest(Ledger(), first.missing, BUDGET, NOW).units == first.missing
    again = quota.claim(first.ledger, MailboxId("a"), 6_000, poor, NOW + 1)
    assert (again.units, again.missing) == (0, 0)
    assert quota.claim(first.ledger, MailboxId("a"), 6_000, poor, NOW + MINUTE).units > 0


def test_a_day_is_googles_and_has_its_own_bound() -> None:
    midnight = NOW // DAY * DAY + DAY_BEGINS
    day = replace(BUDGET, project_per_day=4_000)
    spent = quota.claim(Ledger(), MailboxId("a"), 6_000, day, midnight - 1)
    assert spent.units == 970
    assert quota.claim(spent.ledger, MailboxId("b"), 6_000, day, midnight).units == 970
    before = quota.claim(spent.ledger, MailboxId("b"), 6_000, day, midnight - 1)
    assert before.units < 970


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 9_000), st.integers(0, 3 * MINUTE), st.booleans()),
        max_size=60,
    )
)
def test_no_minute_and_no_mailbox_is_ever_overspent(
    moves: list[tuple[int, int, int, bool]],
) -> None:
    ledger, budget, at = Ledger(), replace(BUDGET, project_per_minute=12_000), NOW
    used: dict[tuple[int, int], int] = {}
    for mailbox, wanted, pause, gives_back in moves:
        at += pause // 10
        minute, mailbox_id = at // MINUTE, MailboxId(f"{mailbox}")
        granted = quota.claim(ledger, mailbox_id, wanted, budget, at)
        ledger, units = granted.ledger, granted.units
        if gives_back:
            ledger, units = quota.give_back(ledger, mailbox_id, units // 2, at), units - units // 2
        used[minute, mailbox] = used.get((minute, mailbox), 0) + units
        assert used[minute, mailbox] <= MAILBOX
        assert sum(each for (when, _), each in used.items() if when == minute) <= 0.97 * 12_000
    assert ledger.day_units == sum(used.values()) or not moves
