"""Consent: what every consent page promises, Google's adapter against the simulator and the fake alike."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from shared.errors import ConsentIncomplete, SignInExpired
from shared.ports.consent import Consent
from tests import simulator as simulators
from tests.fakes.fake_consent import FakeConsent

READ = "https://www.googleapis.com/auth/gmail.readonly"


@dataclass(frozen=True)
class Page:
    """A consent page with a person in front of it: `allow(url, has_gmail)` gives the code that comes back."""

    consent: Consent
    allow: Callable[[str, bool], str]


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[simulators.Simulator]:
    state: Path = tmp_path_factory.mktemp("simulator")
    with simulators.running_simulator(state) as running:
        yield running


@pytest.fixture(params=["fake", "google"])
def page(request: pytest.FixtureRequest) -> Page:
    if request.param == "fake":
        fake = FakeConsent()
        return Page(fake, lambda url, has_gmail: fake.allow(url, has_gmail=has_gmail))
    running: simulators.Simulator = request.getfixturevalue("simulator")
    running.revoke()
    return Page(running.consent(), lambda url, has_gmail: running.sign_in(url, gmail=has_gmail)["code"])


def test_a_person_who_agrees_becomes_an_identity_with_a_grant_to_read(page: Page) -> None:
    begun = page.consent.begin("state", "nonce", ask_again=False)
    consented = page.consent.finish(page.allow(begun.url, True), begun.code_verifier, "nonce")
    assert consented.identity.address == simulators.OWNER
    assert consented.identity.subject.isdecimal()
    assert consented.grant
    assert READ in consented.grant.scopes


def test_whoever_agreed_before_gives_no_new_grant_unless_asked_again(page: Page) -> None:
    grants = []
    for ask_again in (False, False, True):
        begun = page.consent.begin("state", "nonce", ask_again=ask_again)
        consented = page.consent.finish(page.allow(begun.url, True), begun.code_verifier, "nonce")
        grants.append(consented.grant)
    assert [bool(grant) for grant in grants] == [True, False, True]
    assert grants[0] != grants[2]


def test_the_same_person_keeps_their_subject(page: Page) -> None:
    subjects = set()
    for _ in range(2):
        begun = page.consent.begin("state", "nonce", ask_again=False)
        consented = page.consent.finish(page.allow(begun.url, True), begun.code_verifier, "nonce")
        subjects.add(consented.identity.subject)
    assert len(subjects) == 1


def test_an_unticked_gmail_box_is_incomplete_and_leaves_nothing_behind(page: Page) -> None:
    begun = page.consent.begin("state", "nonce", ask_again=False)
    with pytest.raises(ConsentIncomplete):
        page.consent.finish(page.allow(begun.url, False), begun.code_verifier, "nonce")
    begun = page.consent.begin("state", "nonce", ask_again=False)
    consented = page.consent.finish(page.allow(begun.url, True), begun.code_verifier, "nonce")
    assert consented.grant, "the person is asked as if for the first time"


def test_a_code_works_once(page: Page) -> None:
    begun = page.consent.begin("state", "nonce", ask_again=False)
    code = page.allow(begun.url, True)
    page.consent.finish(code, begun.code_verifier, "nonce")
    with pytest.raises(SignInExpired):
        page.consent.finish(code, begun.code_verifier, "nonce")


def test_a_code_that_nobody_gave_is_an_expired_sign_in(page: Page) -> None:
    with pytest.raises(SignInExpired):
        page.consent.finish("4/invented", "v" * 64, "nonce")


def test_a_code_is_worth_nothing_without_its_verifier(page: Page) -> None:
    begun = page.consent.begin("state", "nonce", ask_again=False)
    with pytest.raises(SignInExpired):
        page.consent.finish(page.allow(begun.url, True), "v" * 64, "nonce")


def test_a_code_of_another_sign_in_is_told_by_its_nonce(page: Page) -> None:
    begun = page.consent.begin("state", "nonce", ask_again=False)
    with pytest.raises(SignInExpired):
        page.consent.finish(page.allow(begun.url, True), begun.code_verifier, "another nonce")


def test_a_grant_given_back_is_dead_and_may_be_given_back_again(page: Page) -> None:
    begun = page.consent.begin("state", "nonce", ask_again=False)
    grant = page.consent.finish(page.allow(begun.url, True), begun.code_verifier, "nonce").grant
    assert grant
    page.consent.revoke(grant)
    page.consent.revoke(grant)
    begun = page.consent.begin("state", "nonce", ask_again=False)
    assert page.consent.finish(page.allow(begun.url, True), begun.code_verifier, "nonce").grant
