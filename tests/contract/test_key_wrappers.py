"""Master keys: what a key file and Cloud KMS both promise. KMS is a stand-in that speaks its REST API."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

import googleapiclient
import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.accounts.rotate_keys import PORTION, Rotated, rotate_keys
from infra.local.kms_stand_in import CryptoKey, KmsStandIn, running_kms
from shared.adapters.cloud_kms import CloudKey, KeyRefused, crc32c, open_session
from shared.adapters.key_file import KeyFile
from shared.adapters.sealing import Keyring, SealedGrants
from shared.errors import StoreUnavailable, Unreadable
from shared.mail.model import MailboxId
from shared.ports.grants import Grant
from shared.ports.keys import KeyWrapper
from tests.canned_http import Answer, canned_server
from tests.fakes.fake_secrets import FakeSecrets
from tests.worlds import a_world

RING = "projects/p/locations/europe-west1/keyRings/mailbox/cryptoKeys"
DISCOVERY = Path(googleapiclient.__file__).parent / "discovery_cache" / "documents" / "cloudkms.v1.json"


@dataclass
class Masters:
    """A keeper of the two master keys; `turn` makes a new version of both."""

    content: KeyWrapper
    tokens: KeyWrapper
    turn: Callable[[], None]


@pytest.fixture
def kms() -> Iterator[tuple[str, KmsStandIn]]:
    with running_kms() as running:
        yield running


def in_kms(url: str, kms: KmsStandIn) -> Masters:
    def turn() -> None:
        for name in ("content", "tokens"):
            key = kms.keys.setdefault(f"{RING}/{name}", CryptoKey(f"{RING}/{name}"))
            key.add()
            key.primary = len(key.states)

    return Masters(CloudKey(f"{RING}/content", url), CloudKey(f"{RING}/tokens", url), turn)


@pytest.fixture(params=["key file", "cloud kms"])
def masters(request: pytest.FixtureRequest, tmp_path: Path) -> Masters:
    if request.param == "cloud kms":
        return in_kms(*request.getfixturevalue("kms"))
    path = tmp_path / "keys.json"
    return Masters(
        KeyFile(path).wrapper("content"), KeyFile(path).wrapper("tokens"), lambda: KeyFile(path).add_version()
    )


def test_a_wrapped_secret_is_had_again_in_its_context_only(masters: Masters) -> None:
    wrapped = masters.content.wrap(b"data key", "keys/a1")
    assert masters.content.unwrap(wrapped, "keys/a1") == b"data key"
    with pytest.raises(Unreadable):
        masters.content.unwrap(wrapped, "keys/b2")


def test_wrapping_shows_nothing_and_never_the_same_twice(masters: Masters) -> None:
    first, second = (masters.content.wrap(b"data key", "keys/a1") for _ in range(2))
    assert first != second
    assert b"data key" not in first


def test_the_keys_for_content_and_for_tokens_do_not_open_each_others(masters: Masters) -> None:
    with pytest.raises(Unreadable):
        masters.tokens.unwrap(masters.content.wrap(b"data key", "keys/a1"), "keys/a1")


@pytest.mark.parametrize("at", [0, 5, -1])
def test_one_changed_byte_makes_it_unreadable(masters: Masters, at: int) -> None:
    wrapped = bytearray(masters.content.wrap(b"data key", "keys/a1"))
    wrapped[at] ^= 1
    with pytest.raises(Unreadable):
        masters.content.unwrap(bytes(wrapped), "keys/a1")


def test_what_an_earlier_version_wrapped_is_still_had_and_is_renewed_once(masters: Masters) -> None:
    old = masters.content.wrap(b"data key", "keys/a1")
    assert masters.content.rewrap(old, "keys/a1") is None
    masters.turn()
    assert masters.content.unwrap(old, "keys/a1") == b"data key"
    fresh = masters.content.rewrap(old, "keys/a1")
    assert fresh is not None
    assert masters.content.unwrap(fresh, "keys/a1") == b"data key"
    assert masters.content.rewrap(fresh, "keys/a1") is None


def test_only_in_its_context_is_a_secret_renewed(masters: Masters) -> None:
    old = masters.content.wrap(b"data key", "keys/a1")
    masters.turn()
    with pytest.raises(Unreadable):
        masters.content.rewrap(old, "keys/b2")


# --- rotation


def ids(count: int) -> list[MailboxId]:
    return [MailboxId(f"{number:04x}") for number in range(count)]


def test_rotation_renews_every_data_key_and_grant_and_everything_stays_readable(masters: Masters) -> None:
    keys = Keyring(masters.content, (wrapped := FakeSecrets()), bytes(32))
    grants = SealedGrants(masters.tokens, (sealed := FakeSecrets()))
    mailboxes = ids(3)
    bodies = {each: keys.create(each).seal("body/1", each.encode()) for each in mailboxes}
    for each in mailboxes:
        grants.save(each, Grant(f"refresh-{each}", ()))
    before = dict(wrapped.stored), dict(sealed.stored)
    masters.turn()
    for wraps in (keys, grants):
        assert (done := wraps.rewrap(None, 10)).last == mailboxes[-1]
        assert (done.seen, done.renewed) == (3, 3)
        again = wraps.rewrap(None, 10)
        assert (again.seen, again.renewed) == (3, 0)
    assert all(wrapped.stored[each] != before[0][each] for each in mailboxes)
    assert all(sealed.stored[each] != before[1][each] for each in mailboxes)
    elsewhere = Keyring(masters.content, wrapped, bytes(32))
    assert all(elsewhere.of(each).open("body/1", bodies[each]) == each.encode() for each in mailboxes)
    assert [grants.read(each).refresh_token for each in mailboxes] == [
        f"refresh-{each}" for each in mailboxes
    ]


def test_rotation_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.json")
    keys = Keyring(file.wrapper("content"), FakeSecrets(), bytes(32))
    for each in ids(5):
        keys.create(each)
    file.add_version()
    assert keys.rewrap(None, 2).renewed == 2
    rest = keys.rewrap(None, 10)
    assert (rest.seen, rest.renewed) == (5, 3)


def test_rotation_brings_no_destroyed_key_back_and_replaces_nothing_newer(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.json")
    (gone, changed), wrapped = ids(2), FakeSecrets()
    keys = Keyring(file.wrapper("content"), wrapped, bytes(32))
    for each in (gone, changed):
        keys.create(each)
    file.add_version()

    class Meanwhile:
        """Another process works between our reading and our writing."""

        def wrap(self, secret: bytes, context: str) -> bytes:
            return file.wrapper("content").wrap(secret, context)

        unwrap = wrap

        def rewrap(self, standing: bytes, context: str) -> bytes | None:
            fresh = file.wrapper("content").rewrap(standing, context)
            if context.endswith(gone):
                wrapped.delete(gone)
            else:
                wrapped.write(changed, b"newer")
            return fresh

    assert Keyring(Meanwhile(), wrapped, bytes(32)).rewrap(None, 10).renewed == 0
    assert wrapped.stored == {changed: b"newer"}


def test_a_running_process_takes_the_new_version_up(tmp_path: Path) -> None:
    running, other = KeyFile(tmp_path / "keys.json"), KeyFile(tmp_path / "keys.json")
    old = running.wrapper("content").wrap(b"data key", "keys/a1")
    other.add_version()
    fresh = other.wrapper("content").rewrap(old, "keys/a1")
    assert fresh is not None
    assert running.wrapper("content").unwrap(fresh, "keys/a1") == b"data key"
    assert other.wrapper("content").rewrap(running.wrapper("content").wrap(b"x", "keys/b"), "keys/b") is None


def test_of_new_versions_made_at_once_none_is_lost(tmp_path: Path) -> None:
    file = KeyFile(tmp_path / "keys.json")
    old = file.wrapper("content").wrap(b"data key", "keys/a1")
    rotations = [threading.Thread(target=KeyFile(tmp_path / "keys.json").add_version) for _ in range(4)]
    for rotation in rotations:
        rotation.start()
    for rotation in rotations:
        rotation.join()
    assert KeyFile(tmp_path / "keys.json").wrapper("content").unwrap(old, "keys/a1") == b"data key"
    assert len(json.loads((tmp_path / "keys.json").read_text())["content"]) == 5


def test_the_command_goes_through_all_of_them_and_says_how_far_it_is() -> None:
    with a_world() as here:
        for number in range(PORTION + 1):
            here.connect(f"owner{number}@example.com")
        assert list(rotate_keys(here.world)) == [
            Rotated("data keys", PORTION, 0),
            Rotated("data keys", PORTION + 1, 0),
            Rotated("grants", PORTION, 0),
            Rotated("grants", PORTION + 1, 0),
        ]


# --- Cloud KMS


def test_the_checksum_is_castagnolis() -> None:
    assert crc32c(b"123456789") == 0xE3069283
    assert crc32c(bytes(32)) == 0x8A9136AA  # RFC 3720, appendix B.4
    assert crc32c(b"") == 0


def test_requests_and_answers_are_those_of_the_discovery_document(kms: tuple[str, KmsStandIn]) -> None:
    schemas = json.loads(DISCOVERY.read_text())["schemas"]
    url, stand_in = kms
    wrapped = CloudKey(f"{RING}/content", url).wrap(b"x", "keys/a1")

    def respond(asked: Any) -> Answer:
        method = asked.path.rpartition(":")[2].capitalize()
        status, document = stand_in.answer(asked.method, asked.path, asked.body)
        assert set(json.loads(asked.body)) == set(schemas[f"{method}Request"]["properties"])
        assert set(document) <= set(schemas[f"{method}Response"]["properties"])
        return Answer(json.dumps(document).encode(), status)

    with canned_server(respond) as between:
        key = CloudKey(f"{RING}/content", between.url)
        assert key.unwrap(wrapped, "keys/a1") == b"x"
        assert key.unwrap(key.wrap(b"y", "keys/b2"), "keys/b2") == b"y"
        assert between.asked[0].path == f"/v1/{RING}/content:decrypt"


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_kms_that_cannot_answer_now_is_asked_again_later(kms: tuple[str, KmsStandIn], status: int) -> None:
    url, stand_in = kms
    stand_in.fails_with = HTTPStatus(status)
    with pytest.raises(StoreUnavailable):
        CloudKey(f"{RING}/content", url).wrap(b"x", "keys/a1")


def test_a_kms_that_hangs_up_is_asked_again_later() -> None:
    with canned_server(lambda _: None) as server, pytest.raises(StoreUnavailable):
        CloudKey(f"{RING}/content", server.url).wrap(b"x", "keys/a1")


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"ciphertext": "?"}'])
def test_an_answer_that_is_none_is_asked_for_again_later(body: bytes) -> None:
    with canned_server(lambda _: Answer(body)) as server, pytest.raises(StoreUnavailable):
        CloudKey(f"{RING}/content", server.url).wrap(b"x", "keys/a1")


def test_a_key_that_may_not_be_used_is_our_fault_and_not_the_mailboxes(kms: tuple[str, KmsStandIn]) -> None:
    url, stand_in = kms
    stand_in.fails_with = HTTPStatus.FORBIDDEN
    with pytest.raises(KeyRefused):
        CloudKey(f"{RING}/content", url).unwrap(b"x", "keys/a1")


def test_a_destroyed_version_is_said_to_be_so(kms: tuple[str, KmsStandIn]) -> None:
    url, stand_in = kms
    key = CloudKey(f"{RING}/content", url)
    wrapped = key.wrap(b"x", "keys/a1")
    stand_in.keys[f"{RING}/content"].destroy(1)
    with pytest.raises(KeyRefused, match="FAILED_PRECONDITION"):
        key.unwrap(wrapped, "keys/a1")


@given(name=st.sampled_from(["ciphertext", "plaintext"]), at=st.integers(0, 7))
def test_what_was_damaged_on_its_way_is_never_taken(name: str, at: int) -> None:
    answer = {name: "QUJDREVGR0g=", f"{name}Crc32c": str(crc32c(b"ABCDEFGH") ^ 1 << at)}
    told = {"verifiedPlaintextCrc32c": True, "verifiedAdditionalAuthenticatedDataCrc32c": True}
    key = CloudKey(f"{RING}/content", "https://kms.example", lambda _: _Always(answer | told))
    with pytest.raises(StoreUnavailable):
        key.wrap(b"x", "keys/a1") if name == "ciphertext" else key.unwrap(b"x", "keys/a1")


def test_a_secret_that_kms_did_not_verify_is_not_stored() -> None:
    answer = {"ciphertext": "QQ==", "ciphertextCrc32c": str(crc32c(b"A"))}
    key = CloudKey(f"{RING}/content", "https://kms.example", lambda _: _Always(answer))
    with pytest.raises(StoreUnavailable):
        key.wrap(b"x", "keys/a1")


@dataclass
class _Always:
    """A session that always answers the same."""

    document: dict[str, Any]
    status_code: int = 200

    def post(self, _url: str, **_: Any) -> "_Always":
        return self

    def json(self) -> dict[str, Any]:
        return self.document


def test_keys_travel_over_https_or_on_this_machine_only() -> None:
    with pytest.raises(ValueError, match="https only"):
        open_session("http://kms.example")
    open_session("http://127.0.0.1:1").close()


def test_nobody_looks_for_credentials_before_a_key_is_used() -> None:
    def never(_: str) -> None:
        raise AssertionError

    CloudKey(f"{RING}/content", "https://kms.example", never)
