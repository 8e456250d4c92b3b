"""Keys, Grants and KeyWrapper: what every keeper of keys promises."""

from base64 import b32encode
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.key_file import KeyFile
from shared.adapters.sealing import Keyring, MailboxCipher, SealedGrants
from shared.errors import AccessRevoked, Unreadable
from shared.mail.model import MailboxId
from shared.ports.grants import Grant, Grants
from shared.ports.keys import Keys, KeyWrapper
from tests.fakes.fake_secrets import FakeSecrets

ANN, BOB = MailboxId("a1"), MailboxId("b2")


@dataclass
class Kept:
    """The keys of one place, and the clock that ages what is kept in memory."""

    path: Path
    wrapped: FakeSecrets
    sealed: FakeSecrets
    now: float = 0.0

    def keys(self) -> Keys:
        file = KeyFile(self.path)
        return Keyring(file.wrapper("content"), self.wrapped, file.name_key(), lambda: self.now)

    def grants(self) -> Grants:
        return SealedGrants(KeyFile(self.path).wrapper("tokens"), self.sealed, lambda: self.now)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(tmp_path / "data" / "keys.json", FakeSecrets(), FakeSecrets())


def test_what_was_sealed_is_opened_by_another_process(kept: Kept) -> None:
    sealed = kept.keys().create(ANN).seal("body/1", b"dear Bob")
    assert kept.keys().of(ANN).open("body/1", sealed) == b"dear Bob"


def test_sealing_the_same_twice_looks_different_and_shows_nothing(kept: Kept) -> None:
    cipher = kept.keys().create(ANN)
    first, second = cipher.seal("body/1", b"dear Bob"), cipher.seal("body/1", b"dear Bob")
    assert first != second
    assert b"dear Bob" not in first


def test_a_sealed_document_moved_to_another_place_is_unreadable(kept: Kept) -> None:
    cipher = kept.keys().create(ANN)
    with pytest.raises(Unreadable):
        cipher.open("body/2", cipher.seal("body/1", b"dear Bob"))


def test_a_sealed_document_moved_to_another_mailbox_is_unreadable(kept: Kept) -> None:
    keys = kept.keys()
    sealed = keys.create(ANN).seal("body/1", b"dear Bob")
    with pytest.raises(Unreadable):
        keys.create(BOB).open("body/1", sealed)


def test_even_with_the_same_data_key_another_mailbox_cannot_open_it() -> None:
    sealed = MailboxCipher(ANN, bytes(32)).seal("body/1", b"dear Bob")
    with pytest.raises(Unreadable):
        MailboxCipher(BOB, bytes(32)).open("body/1", sealed)


@given(st.binary(max_size=60))
def test_anything_else_is_unreadable(anything: bytes) -> None:
    with pytest.raises(Unreadable):
        MailboxCipher(ANN, bytes(32)).open("body/1", anything)


@given(st.data())
def test_one_changed_bit_makes_it_unreadable(data: st.DataObject) -> None:
    cipher = MailboxCipher(ANN, bytes(32))
    sealed = bytearray(cipher.seal("body/1", b"dear Bob"))
    bit = data.draw(st.integers(0, len(sealed) * 8 - 1))
    sealed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Unreadable):
        cipher.open("body/1", bytes(sealed))


def test_two_that_create_at_once_get_the_same_key(kept: Kept) -> None:
    first, second = kept.keys().create(ANN), kept.keys().create(ANN)
    assert second.open("body/1", first.seal("body/1", b"dear Bob")) == b"dear Bob"


def test_the_stored_data_key_is_wrapped_for_its_mailbox_only(kept: Kept) -> None:
    kept.keys().create(ANN)
    kept.wrapped.stored[BOB] = kept.wrapped.stored[ANN]
    with pytest.raises(Unreadable):
        kept.keys().of(BOB)


def test_a_mailbox_without_a_key_is_unreadable(kept: Kept) -> None:
    with pytest.raises(Unreadable):
        kept.keys().of(ANN)


def test_a_destroyed_key_makes_everything_unreadable_and_a_new_one_does_not_bring_it_back(
    kept: Kept,
) -> None:
    keys = kept.keys()
    sealed = keys.create(ANN).seal("body/1", b"dear Bob")
    keys.destroy(ANN)
    keys.destroy(ANN)
    assert kept.wrapped.stored == {}
    with pytest.raises(Unreadable):
        keys.of(ANN)
    with pytest.raises(Unreadable):
        keys.create(ANN).open("body/1", sealed)


def test_a_key_destroyed_elsewhere_is_forgotten_here_within_five_minutes(kept: Kept) -> None:
    keys = kept.keys()
    keys.create(ANN)
    kept.keys().destroy(ANN)
    kept.now = 299.0
    keys.of(ANN)
    kept.now = 300.0
    with pytest.raises(Unreadable):
        keys.of(ANN)


def test_a_cipher_is_opened_once_in_five_minutes(kept: Kept) -> None:
    keys = kept.keys()
    keys.create(ANN)
    assert keys.of(ANN) is keys.of(ANN)


def test_no_more_than_a_thousand_ciphers_are_kept(kept: Kept) -> None:
    keys = kept.keys()
    first = keys.create(ANN)
    for number in range(1_000):
        keys.create(MailboxId(f"{number:x}x"))
    assert keys.of(ANN) is not first


def test_terms_hash_the_same_every_time_and_unlike_in_any_other_mailbox(kept: Kept) -> None:
    keys = kept.keys()
    ann, bob = keys.create(ANN), keys.create(BOB)
    assert ann.hash_terms(["w:invoice", "w:march"]) == {ann.hash_term("w:march"), ann.hash_term("w:invoice")}
    assert kept.keys().of(ANN).hash_term("w:invoice") == ann.hash_term("w:invoice")
    assert ann.hash_term("w:invoice") != bob.hash_term("w:invoice")


@given(st.text(st.characters(exclude_categories=[]), max_size=300))
def test_a_hashed_term_is_six_bytes_of_keyed_blake2_in_ten_characters_of_base32(term: str) -> None:
    derived = HKDF(SHA256(), 32, salt=None, info=b"mailbox/terms/1").derive(bytes(32))
    hashed = blake2b(term.encode("utf-8", "surrogatepass"), key=derived, digest_size=6)
    expected = b32encode(hashed.digest()).decode().lower().rstrip("=")
    assert MailboxCipher(ANN, bytes(32)).hash_term(term) == expected
    assert len(expected) == 10


def test_names_hash_the_same_everywhere_and_differ_from_one_another(kept: Kept) -> None:
    ann = kept.keys().name_hash("address:ann@example.com")
    assert ann == kept.keys().name_hash("address:ann@example.com")
    assert ann != kept.keys().name_hash("address:bob@example.com")
    assert ann.isalnum()
    assert ann == ann.lower()


def test_names_hash_differently_under_another_key_file(kept: Kept, tmp_path: Path) -> None:
    elsewhere = Kept(tmp_path / "elsewhere.json", FakeSecrets(), FakeSecrets())
    assert kept.keys().name_hash("sub:1") != elsewhere.keys().name_hash("sub:1")


# --- grants


def test_a_saved_grant_is_read_again_and_nothing_of_it_shows(kept: Kept) -> None:
    grant = Grant("1//refresh", ("openid", "gmail.readonly"))
    kept.grants().save(ANN, grant)
    assert kept.grants().read(ANN) == grant
    assert b"refresh" not in kept.sealed.stored[ANN]


def test_a_later_grant_replaces_the_earlier(kept: Kept) -> None:
    kept.grants().save(ANN, Grant("old", ()))
    kept.grants().save(ANN, Grant("new", ()))
    assert kept.grants().read(ANN).refresh_token == "new"


def test_a_later_grant_replaces_the_earlier_where_that_one_was_read_a_moment_ago(kept: Kept) -> None:
    (here := kept.grants()).save(ANN, Grant("old", ()))
    assert here.read(ANN).refresh_token == "old"
    kept.grants().save(ANN, Grant("new", ()))
    assert here.read(ANN).refresh_token == "new"


def test_a_grant_forgotten_elsewhere_is_access_revoked_at_once(kept: Kept) -> None:
    (here := kept.grants()).save(ANN, Grant("1//refresh", ()))
    here.read(ANN)
    kept.grants().forget(ANN)
    with pytest.raises(AccessRevoked):
        here.read(ANN)


def test_a_grant_moved_to_another_mailbox_is_unreadable_also_where_it_was_just_read(kept: Kept) -> None:
    (here := kept.grants()).save(ANN, Grant("1//refresh", ()))
    here.read(ANN)
    kept.sealed.stored[BOB] = kept.sealed.stored[ANN]
    with pytest.raises(Unreadable):
        here.read(BOB)


def test_a_grant_is_opened_once_in_five_minutes(kept: Kept) -> None:
    (here := kept.grants()).save(ANN, Grant("1//refresh", ()))
    first = here.read(ANN)
    kept.now = 299.0
    assert here.read(ANN) is first
    kept.now = 300.0
    assert here.read(ANN) is not first


def test_a_forgotten_grant_is_access_revoked(kept: Kept) -> None:
    kept.grants().save(ANN, Grant("1//refresh", ()))
    kept.grants().forget(ANN)
    kept.grants().forget(ANN)
    with pytest.raises(AccessRevoked):
        kept.grants().read(ANN)


def test_a_grant_moved_to_another_mailbox_is_unreadable(kept: Kept) -> None:
    kept.grants().save(ANN, Grant("1//refresh", ()))
    kept.sealed.stored[BOB] = kept.sealed.stored[ANN]
    with pytest.raises(Unreadable):
        kept.grants().read(BOB)


# --- master keys


@pytest.fixture
def wrapper(kept: Kept) -> KeyWrapper:
    return KeyFile(kept.path).wrapper("content")


def test_a_wrapped_secret_is_had_again_in_its_context_only(wrapper: KeyWrapper) -> None:
    wrapped = wrapper.wrap(b"data key", "keys/a1")
    assert wrapper.unwrap(wrapped, "keys/a1") == b"data key"
    with pytest.raises(Unreadable):
        wrapper.unwrap(wrapped, "keys/b2")


def test_one_master_key_does_not_open_what_the_other_wrapped(kept: Kept, wrapper: KeyWrapper) -> None:
    tokens = KeyFile(kept.path).wrapper("tokens")
    with pytest.raises(Unreadable):
        tokens.unwrap(wrapper.wrap(b"data key", "keys/a1"), "keys/a1")


@pytest.mark.parametrize("wrapped", [b"", b"\x01", b"\x02" + bytes(range(60)), b"\x01" + bytes(range(60))])
def test_what_was_never_wrapped_is_unreadable(wrapper: KeyWrapper, wrapped: bytes) -> None:
    with pytest.raises(Unreadable):
        wrapper.unwrap(wrapped, "keys/a1")
