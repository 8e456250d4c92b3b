"""The page door: the client for whoever is signed in, the way in for others, files with their tags."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator

import pytest

from functions.web import entry
from shared.mail.operators import OPERATORS
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


def test_the_page_of_an_erasure_needs_no_session() -> None:
    assert 'id="receipt"' in knock("mails_page").get("/erased").text


NAMES = ["mailbox.css", "app.js", "icon.svg", "operators.json"]


@pytest.mark.parametrize("name", NAMES)
def test_a_file_is_sent_once_and_then_only_confirmed(name: str) -> None:
    browser = knock("mails_page")
    first = browser.get(f"/assets/{name}")
    assert (first.status_code, first.headers["Cache-Control"]) == (200, "public, no-cache")
    assert first.data
    again = browser.get(f"/assets/{name}", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


@pytest.mark.parametrize("name", NAMES)
def test_under_its_versions_address_a_file_is_kept(name: str) -> None:
    browser = knock("mails_page")
    kept = browser.get(f"/assets/{entry._version()}/{name}")
    assert (kept.status_code, kept.headers["Cache-Control"]) == (200, "public, max-age=31536000, immutable")
    other = browser.get(f"/assets/{'0' * 16}/{name}")
    assert (other.status_code, other.headers["Cache-Control"]) == (200, "public, no-cache")


@pytest.mark.parametrize("name", NAMES)
def test_a_file_travels_packed_to_whoever_can_unpack_it(name: str) -> None:
    browser = knock("mails_page")
    plain = browser.get(f"/assets/{name}")
    packed = browser.get(f"/assets/{name}", headers={"Accept-Encoding": "br, gzip"})
    encodings = [answer.headers.get("Content-Encoding") for answer in (plain, packed)]
    assert encodings == [None, "gzip"]
    assert gzip.decompress(packed.data) == plain.data
    for answer in (plain, packed):
        assert "Accept-Encoding" in answer.vary
        known = {"If-None-Match": answer.headers["ETag"], "Accept-Encoding": "gzip"}
        again = browser.get(f"/assets/{name}", headers=known)
        assert (again.status_code, again.data, again.headers.get("Content-Encoding")) == (304, b"", None)


def fetched(here: TestWorld) -> dict[str, bytes]:
    """The client's page and all that it and its modules name, by address."""
    browser = knock("mails_page")
    mailbox_id = here.connect()
    browser.set_cookie("session", here.world.sessions.issue(mailbox_id, 1, here.world.now()))
    page = browser.get("/mails")
    found, wanted = {"/mails": page.data}, re.findall(r'"(/assets/[^"]+)"', page.text)
    while wanted:
        path = wanted.pop()
        answer = browser.get(path)
        assert answer.status_code == 200, path
        found[path] = answer.data
        imported = re.findall(r' from "\./([^"]+)"', answer.text) if path.endswith(".js") else []
        wanted += {f"{path.rpartition('/')[0]}/{name}" for name in imported} - found.keys()
    return found


def test_what_the_page_and_its_modules_name_is_there(here: TestWorld) -> None:
    names = {path.rpartition("/")[2] for path in fetched(here)}
    assert names == {"mails", *entry._files()} - {"erased.js", "operators.json"}


def test_the_table_of_operators_is_that_of_the_search() -> None:
    told = knock("mails_page").get("/assets/operators.json").get_json()
    assert [each["name"] for each in told] == list(OPERATORS)
    assert [each["example"] for each in told] == [each.example for each in OPERATORS.values()]


@pytest.mark.parametrize(
    "path",
    ["/nowhere", "/assets/", "/assets/mails.html", "/assets/../entry.py", "/x/app.js", "/assets/x/app.js"],
)
def test_there_is_nothing_else(path: str) -> None:
    assert knock("mails_page").get(path).status_code == 404


def test_the_client_stays_small(here: TestWorld) -> None:
    files = fetched(here)
    assert sum(map(len, files.values())) < 63_000
    assert sum(len(gzip.compress(content, mtime=0)) for content in files.values()) < 30_000
