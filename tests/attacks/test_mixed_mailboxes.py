"""Two mailboxes, and requests of one with ids, cursors and tokens of the other: nothing crosses."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.sync.bring_up_to_date import bring_up_to_date
from infra.local.gateway import Route, read_document
from shared.mail.model import MailboxId
from shared.ports.grants import Grant
from shared.ports.world import Limits, World
from tests.attacks.service import Post, routes
from tests.doors import knock, opened
from tests.fakes.fake_gmail import FakeGmail
from tests.worlds import TestWorld, a_world

MINE, THEIRS = "mine", "theirs"
OFTEN = 10**9
UNLIMITED = Limits(
    searches_per_minute=OFTEN,
    suggestions_per_minute=OFTEN,
    readings_per_minute=OFTEN,
    sign_ins_per_minute=OFTEN,
)
READING = [route for route in routes(needs_token=True) if route.method == "GET"]


@dataclass(frozen=True)
class Two:
    here: TestWorld
    mine: MailboxId
    theirs: MailboxId
    cursors: dict[str, str]
    ids: dict[str, list[str]]

    def token(self, whose: str) -> str:
        mailbox_id = self.mine if whose == MINE else self.theirs
        return self.here.world.sessions.issue(mailbox_id, 1, self.here.clock.now)


@contextmanager
def two_mailboxes() -> Iterator[Two]:
    """Each of five messages; their ids are different but for one, their words say whose they are."""
    boxes = {name: FakeGmail(f"{name}@example.com") for name in (MINE, THEIRS)}
    with a_world(UNLIMITED) as base:
        world = replace(base.world, gmails=Post(boxes))
        here = TestWorld(world, base.gmail, base.clock, base.queue)
        connected = {}
        for name, box in boxes.items():
            connected[name] = here.connect(f"{name}@example.com")
            world.grants.save(connected[name], Grant(name, ()))
            ids = [box.deliver(f"{name} {number} common", with_record=False) for number in range(9)]
            for gone in ids[5:] if name == MINE else ids[:4]:
                del box.messages[gone]
            _seal_address(world, connected[name], name)
            bring_up_to_date(world, connected[name])
        with opened(world):
            two = Two(
                here, connected[MINE], connected[THEIRS], {}, {n: list(b.messages) for n, b in boxes.items()}
            )
            for name in boxes:
                found = ask(two, name, "search_mails", "/api/mails", q="common", limit="1")
                two.cursors[name] = found.get_json()["next_cursor"]
            yield two


def _seal_address(world: World, mailbox_id: MailboxId, name: str) -> None:
    sealed = b64encode(world.keys.of(mailbox_id).seal("address", f"{name}@example.com".encode())).decode()
    world.mailboxes.update(mailbox_id, lambda known: replace(known, sealed_address=sealed))


@pytest.fixture(scope="module")
def two() -> Iterator[Two]:
    """The same for all examples: they only read."""
    with two_mailboxes() as both:
        yield both


def ask(two: Two, whose: str, door: str, path: str, method: str = "GET", **asked: str) -> Any:
    headers = {"X-Forwarded-Authorization": f"Bearer {two.token(whose)}"}
    return knock(door).open(path, method=method, query_string=asked, headers=headers)


def crossing(two: Two) -> list[str]:
    """Values that belong to one mailbox or the other, or to none."""
    ids = [each for name in (MINE, THEIRS) for each in two.ids[name]]
    return [*ids, two.mine, two.theirs, *two.cursors.values(), "mine@example.com", "theirs@example.com", ""]


NAMES = ["mailbox", "mailbox_id", "user", "sub", "account", "thread_id", "id", "cursor", "access_token"]


def filled(route: Route, fill: Callable[[], str]) -> str:
    """The route's path, each parameter filled."""
    templates = map(str, read_document()["paths"])
    path = next(each for each in templates if route.path.fullmatch(each.replace("{", "").replace("}", "")))
    while "{" in path:
        before, _, rest = path.partition("{")
        path = before + fill() + rest.partition("}")[2]
    return path


def assert_own(answer: Any, two: Two, other: str, asked: Collection[str]) -> None:
    """Nothing of the other's is told, but for what the asker said."""
    told = answer.get_data(as_text=True)
    secret_id = two.theirs if other == THEIRS else two.mine
    for trace in (f"{other} ", f"{other}@example.com", secret_id):
        assert trace not in told or any(trace in each for each in asked), asked


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("route", READING, ids=lambda each: f"{each.method} {each.door}")
def test_no_parameter_leads_to_the_other_mailbox(two: Two, route: Route, name: str) -> None:
    for whose, other in ((MINE, THEIRS), (THEIRS, MINE)):
        path = filled(route, lambda whose=whose: two.ids[whose][0])  # type: ignore[misc]
        for value in [*crossing(two), two.token(other)]:
            answer = ask(two, whose, route.door, path, **{name: value})
            assert_own(answer, two, other, [value])


@settings(max_examples=150, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_whatever_is_asked_for_with_one_token_only_its_own_mailbox_answers(
    two: Two, data: st.DataObject
) -> None:
    whose = data.draw(st.sampled_from([MINE, THEIRS]))
    other = THEIRS if whose == MINE else MINE
    values = st.sampled_from(crossing(two))
    route = data.draw(st.sampled_from(READING))
    path = filled(route, lambda: data.draw(values) or "x")
    words = st.sampled_from(
        ["common", MINE, THEIRS, f"from:{other}", f"subject:{other}", f"in:anywhere {other}", "-nothing"]
    )
    optional = {"q": words, "cursor": values, "access_token": st.just(two.token(other))}
    asked = data.draw(st.fixed_dictionaries({}, optional=optional))
    assert_own(ask(two, whose, route.door, path, **asked), two, other, [*asked.values(), path])


def test_a_message_id_that_both_have_is_each_ones_own(two: Two) -> None:
    (shared,) = set(two.ids[MINE]) & set(two.ids[THEIRS])
    for name in (MINE, THEIRS):
        subject = ask(two, name, "read_mail", f"/api/mails/{shared}").get_json()["subject"]
        assert subject.startswith(f"{name} ")


def test_a_message_id_of_the_other_is_not_found(two: Two) -> None:
    for name, other in ((MINE, THEIRS), (THEIRS, MINE)):
        for foreign in set(two.ids[other]) - set(two.ids[name]):
            answer = ask(two, name, "read_mail", f"/api/mails/{foreign}")
            unknown = ask(two, name, "read_mail", f"/api/mails/{'f' * 16}")
            assert answer.status_code == unknown.status_code == 404
            assert answer.get_json() == unknown.get_json()


def test_a_cursor_of_the_other_shows_nothing_of_theirs(two: Two) -> None:
    for name, other in ((MINE, THEIRS), (THEIRS, MINE)):
        answer = ask(two, name, "search_mails", "/api/mails", q="common", cursor=two.cursors[other])
        assert f"{other} " not in answer.get_data(as_text=True)


def test_two_tokens_at_once_are_one_mailbox_or_none(two: Two) -> None:
    headers = {
        "X-Forwarded-Authorization": f"Bearer {two.token(MINE)}",
        "Authorization": f"Bearer {two.token(THEIRS)}",
        "Cookie": f"session={two.token(THEIRS)}",
    }
    told = knock("search_mails").get("/api/mails?q=common", headers=headers).get_data(as_text=True)
    assert "mine 0" in told
    assert "theirs " not in told


def test_the_same_word_has_another_hash_in_each_mailbox(two: Two) -> None:
    mine, theirs = (two.here.world.keys.of(each) for each in (two.mine, two.theirs))
    assert mine.hash_term("common") != theirs.hash_term("common")
