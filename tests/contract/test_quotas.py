"""The project's quota: what every store promises, SQLite and Firestore on its emulator alike."""

import secrets
import threading
from collections.abc import Callable, Iterator

import pytest

from shared.adapters.firestore.quotas import FirestoreProjectQuota
from shared.adapters.sqlite import open_database
from shared.adapters.sqlite.quotas import SqliteProjectQuota
from shared.mail.model import MailboxId, Millis
from shared.mail.quota import DAY, MINUTE, Budget
from shared.ports.quotas import ProjectQuota
from tests.contract.firestore_stores import open_clients
from tests.fakes.fake_quotas import FakeProjectQuota

MANY = 10**9
MAILBOX = 10_000  # of which 9,700 are for full syncs

Opens = Callable[[Budget], ProjectQuota]


def sqlite() -> Iterator[Opens]:
    database = open_database(None)
    yield lambda budget: SqliteProjectQuota(database, budget)
    database.close()


def fake() -> Iterator[Opens]:
    yield FakeProjectQuota


def firestore() -> Iterator[Opens]:
    with open_clients() as (mail, _):
        yield lambda budget: FirestoreProjectQuota(mail, budget, shards=2)


EMULATED = pytest.param("firestore", marks=pytest.mark.emulators)


@pytest.fixture(scope="module", params=["fake", "sqlite", EMULATED])
def opens(request: pytest.FixtureRequest) -> Iterator[Opens]:
    yield from {"fake": fake, "sqlite": sqlite, "firestore": firestore}[request.param]()


@pytest.fixture
def now(opens: Opens) -> Millis:
    """A moment on a day that no other test claimed on: the ledgers are shared."""
    _days.append(_days[-1] + 1)
    return 20_000 * DAY + _days[-1] * DAY + DAY // 2


_days = [0]


def new_mailbox() -> MailboxId:
    return MailboxId(secrets.token_hex(8))


def test_a_mailbox_gets_what_it_wants_while_there_is_enough(opens: Opens, now: Millis) -> None:
    quota = opens(Budget(MANY, MANY, MAILBOX))
    assert quota.claim(new_mailbox(), 5_000, now) == 5_000


def test_no_mailbox_gets_more_in_a_minute_than_its_own_quota(opens: Opens, now: Millis) -> None:
    quota, greedy = opens(Budget(MANY, MANY, MAILBOX)), new_mailbox()
    got = [quota.claim(greedy, 4_000, now + each) for each in range(5)]
    assert got == [4_000, 4_000, 1_700, 0, 0]
    assert quota.claim(new_mailbox(), 4_000, now) == 4_000
    assert quota.claim(greedy, 4_000, now + MINUTE) == 4_000


def test_what_is_given_back_may_be_claimed_again(opens: Opens, now: Millis) -> None:
    quota, frugal = opens(Budget(MANY, MANY, MAILBOX)), new_mailbox()
    quota.claim(frugal, MAILBOX, now)
    quota.give_back(frugal, 9_000, now)
    assert quota.claim(frugal, MAILBOX, now) == 9_000


def test_what_is_given_back_too_late_is_gone(opens: Opens, now: Millis) -> None:
    quota, late = opens(Budget(40_000, MANY, MAILBOX)), new_mailbox()
    got_before = quota.claim(late, MAILBOX, now)
    got = [quota.claim(new_mailbox(), MAILBOX, now + MINUTE) for _ in range(30)]
    quota.give_back(late, got_before, now)
    got += [quota.claim(new_mailbox(), MAILBOX, now + MINUTE) for _ in range(30)]
    assert sum(got) <= 40_000


def test_what_is_given_back_after_its_minute_still_counts_for_the_day(opens: Opens, now: Millis) -> None:
    quota, late = opens(Budget(MANY, 40_000, MAILBOX)), new_mailbox()
    got = [quota.claim(each, MAILBOX, now) for each in (late, *(new_mailbox() for _ in range(60)))]
    assert quota.claim(new_mailbox(), MAILBOX, now + MINUTE) == 0
    quota.give_back(late, got[0], now)
    assert quota.claim(new_mailbox(), MAILBOX, now + MINUTE) > 0


@pytest.mark.parametrize("budget", [Budget(40_000, MANY, MAILBOX), Budget(MANY, 40_000, MAILBOX)])
def test_together_they_never_get_more_than_the_project_may_spend_and_almost_all_of_it(
    opens: Opens, now: Millis, budget: Budget
) -> None:
    quota = opens(budget)
    got = [quota.claim(new_mailbox(), MAILBOX, now) for _ in range(60)]
    assert 0.95 * 40_000 <= sum(got) <= 0.97 * 40_000
    assert got[-1] == 0


def test_the_last_of_a_projects_quota_is_split_so_that_who_comes_later_gets_some(
    opens: Opens, now: Millis
) -> None:
    quota = opens(Budget(40_000, MANY, MAILBOX))
    got = [quota.claim(new_mailbox(), MAILBOX, now) for _ in range(10)]
    assert min(got) > 0


def test_a_new_day_begins_with_a_whole_quota(opens: Opens, now: Millis) -> None:
    quota = opens(Budget(MANY, 40_000, MAILBOX))
    first = quota.claim(new_mailbox(), MAILBOX, now)
    for _ in range(60):
        quota.claim(new_mailbox(), MAILBOX, now)
    assert quota.claim(new_mailbox(), MAILBOX, now + MINUTE) == 0
    assert quota.claim(new_mailbox(), MAILBOX, now + DAY) >= first // 2 > 0


def test_a_clock_that_is_behind_claims_in_the_minute_that_others_have_reached(
    opens: Opens, now: Millis
) -> None:
    quota, greedy = opens(Budget(MANY, MANY, MAILBOX)), new_mailbox()
    assert quota.claim(greedy, MAILBOX, now) == 9_700
    assert quota.claim(greedy, MAILBOX, now - MINUTE) == 0


def test_claims_at_one_time_never_add_up_to_too_much(opens: Opens, now: Millis) -> None:
    quota, got = opens(Budget(40_000, MANY, MAILBOX)), list[int]()

    def claim() -> None:
        got.extend(quota.claim(new_mailbox(), MAILBOX, now) for _ in range(3))

    workers = [threading.Thread(target=claim) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert len(got) == 12
    assert 20_000 < sum(got) <= 0.97 * 40_000
