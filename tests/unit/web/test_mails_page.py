"""The page door: the client for whoever is signed in, the way in for others, files with their tags."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from functions.web import entry
from tests.doors import PUBLIC_URL, knock, opened
from tests.worlds import TestWorld, a_world


@pytest.fixture(autouse=True)
def here() -> Iterator[TestWorld]:
    with a_world() as test_world, opened(test_world.world):
        yield test_world


@pytest.mark.parametrize("path", ["/", "/mails"])
def test_who_is_not_signed_in_is_shown_the_way_in(path: str) -> None:
    answer = knock("mails_page").get(path)
    assert answer.status_code == 200
    assert f'href="{PUBLIC_URL}/sign_in"' in answer.text


def test_who_is_signed_in_is_shown_the_client(here: TestWorld) -> None:
    mailbox_id = here.connect()
    browser = knock("mails_page")
    browser.set_cookie("session", here.world.sessions.issue(mailbox_id, 1, here.world.now()))
    page = browser.get("/mails")
    assert 'id="search"' in page.text
    assert "script-src 'self'" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize("name", ["mailbox.css", "mailbox.js", "icon.svg"])
def test_a_file_is_sent_once_and_then_only_confirmed(name: str) -> None:
    browser = knock("mails_page")
    first = browser.get(f"/assets/{name}")
    assert first.status_code == 200
    assert first.data
    again = browser.get(f"/assets/{name}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize(
    "path", ["/nowhere", "/assets/", "/assets/mails.html", "/assets/../entry.py", "/x/mailbox.js"]
)
def test_there_is_nothing_else(path: str) -> None:
    assert knock("mails_page").get(path).status_code == 404


def test_the_client_stays_small() -> None:
    names = ["mails.html", *entry._KINDS]
    assert sum(len(entry._read(name)) for name in names) < 60_000
