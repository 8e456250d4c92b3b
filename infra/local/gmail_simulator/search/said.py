"""Tests of what a message says: words, phrases, people, names of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence

from infra.local.gmail_simulator.search.content import Content
from infra.local.gmail_simulator.search.folding import fold, is_run, pieces, stem
from infra.local.gmail_simulator.search.letter import Test
from infra.local.gmail_simulator.search.people import Person
from infra.local.gmail_simulator.search.text import Spots, Text, bare, is_address, is_code
from infra.local.gmail_simulator.search.tree import Leaf, Near

_NAME = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_LEAST = 2  # characters of the beginning of a word that find it
_WHO = {"to": ("to", "cc", "bcc")}
_SEEN = ("from", "to", "cc", "bcc")
_Where = Callable[[Content], Iterable[Text]]


def words(leaf: Leaf, _owner: str = "") -> Test | None:
    """A word or a phrase, in the subject or anywhere; an operator that is none is a word too."""
    is_subject = leaf.name == "subject"
    folded = fold(leaf.value if is_subject or not leaf.name else f"{leaf.name}:{leaf.value}")
    where: _Where = _subject if is_subject else _anywhere
    wanted = pieces(folded)
    if not wanted:
        return None
    if leaf.is_quoted or leaf.is_exact:
        return _in_one(wanted, where, lambda text: text.has(wanted))
    if folded.startswith("*"):
        return _part(folded.strip("*"), is_subject=is_subject)
    if folded.endswith("*") and len(wanted[-1]) >= _LEAST:
        return _beginning(wanted, where if is_subject else _short_texts)
    return _word(folded, wanted, where)


def _word(folded: str, wanted: Sequence[str], where: _Where) -> Test:
    """By its stem; addresses and codes whole; what is joined otherwise as a phrase."""
    whole = bare(folded)
    if is_address(whole):
        return _in_one(wanted, where, lambda text: text.has_address(whole))
    if is_code(whole):
        return _in_one(wanted, where, lambda text: text.has_code(whole))
    if len(wanted) > 1 or is_run(wanted[0]):
        return _in_one(wanted, where, lambda text: text.has(wanted))
    root = stem(wanted[0])
    if where is _anywhere:
        return lambda letter: root in letter.content.stems
    return _in_one(wanted, where, lambda text: next(text.stem_spots(root), None) is not None)


def near(item: Near) -> Test | None:
    """Two words or phrases close together in one text."""
    sides = pieces(fold(item.one.value)), pieces(fold(item.other.value))
    if not all(sides):
        return None
    one, other = _spots(item.one, sides[0]), _spots(item.other, sides[1])
    where: _Where = _subject if item.one.name == "subject" else _anywhere
    return _in_one(
        sides[0] + sides[1], where, lambda text: text.has_near(one, other, item.most, item.is_ordered)
    )


def person(leaf: Leaf, owner: str) -> Test | None:
    """Somebody in the header field that the operator is named after."""
    value = _address_in(fold(leaf.value).strip()).removeprefix("@")
    names = _WHO.get(leaf.name, (leaf.name,))
    is_they = _is_person(leaf, fold(owner) if value == "me" and not leaf.is_quoted else value)
    if is_they is None:
        return None
    return lambda letter: any(is_they(each) for name in names for each in letter.content.people[name])


def _address_in(value: str) -> str:
    """Of `Ann Lee <ann@example.com>` what stands in the brackets, else all of it."""
    _, _, address = value.removesuffix(">").rpartition("<")
    is_copied = value.endswith(">") and "@" in address and not any(map(str.isspace, address))
    return address if is_copied else value


def of_list(leaf: Leaf, _owner: str) -> Test | None:
    """The mailing list's List-Id: a word of it, all of it, or the domain that it ends with."""
    whole = bare(fold(leaf.value)).replace("@", ".")
    if _NAME.fullmatch(whole):
        return lambda letter: f".{letter.content.list_id.folded}".replace("@", ".").endswith(f".{whole}")
    wanted = pieces(fold(leaf.value))
    return (lambda letter: letter.content.list_id.has(wanted)) if wanted else None


def filename(leaf: Leaf, _owner: str) -> Test | None:
    """A word of an attached file's name, its ending, or all of it."""
    whole = bare(fold(leaf.value))
    if _NAME.fullmatch(whole):
        return lambda letter: any(each.has_name(whole) for each in letter.content.filenames)
    wanted = pieces(whole)
    return (lambda letter: any(each.has(wanted) for each in letter.content.filenames)) if wanted else None


def message_id(leaf: Leaf, _owner: str) -> Test | None:
    """The Message-ID, with angle brackets or without."""
    wanted = leaf.value.strip().strip("<>")
    return lambda letter: letter.content.message_id == wanted


def _anywhere(content: Content) -> Iterable[Text]:
    return content.texts


def _subject(content: Content) -> Iterable[Text]:
    return (content.subject,)


def _short_texts(content: Content) -> Iterable[Text]:
    """Where a word is found by its beginning."""
    yield content.subject
    for name in _SEEN:
        for each in content.people[name]:
            yield from each.texts


def _in_one(wanted: Sequence[str], where: _Where, is_in: Callable[[Text], bool]) -> Test:
    """One of these texts passes; only where all the words are anywhere at all is it looked at closely."""
    stems = frozenset(stem(each) for each in wanted if not is_run(each))
    has_run = any(map(is_run, wanted))

    def test(content: Content) -> bool:
        if not stems <= content.stems or (has_run and not content.has_runs):
            return False
        return any(map(is_in, where(content)))

    return lambda letter: test(letter.content)


def _spots(leaf: Leaf, wanted: Sequence[str]) -> Spots:
    if len(wanted) == 1 and not leaf.is_quoted and not leaf.is_exact and not is_run(wanted[0]):
        root = stem(wanted[0])
        return lambda text: text.stem_spots(root)
    return lambda text: text.spots(wanted)


def _beginning(wanted: tuple[str, ...], where: _Where) -> Test:
    """`word*`, and the last of several words, `foo-ba*`."""
    first, begun = wanted[:-1], wanted[-1]

    def is_in(text: Text) -> bool:
        return any(
            piece.startswith(begun) and text.pieces[max(at - len(first), 0) : at] == first
            for at, piece in enumerate(text.pieces)
        )

    return lambda letter: any(map(is_in, where(letter.content)))


def _part(part: str, *, is_subject: bool) -> Test:
    """`*part*`: any part of the subject, or of the sender's name or address."""

    def texts(content: Content) -> Iterable[Text]:
        yield content.subject
        if not is_subject:
            for each in content.people["from"]:
                yield from each.texts

    return lambda letter: any(part in text.folded for text in texts(letter.content))


def _is_person(leaf: Leaf, value: str) -> Callable[[Person], bool] | None:
    wanted = pieces(value)
    if not wanted:
        return None
    if "@" in value:
        return lambda each: each.address.folded == value
    if not leaf.is_quoted and value.endswith("*") and len(wanted[-1]) >= _LEAST:
        return lambda each: any(piece.startswith(wanted[-1]) for text in each.texts for piece in text.pieces)
    if "." in value and " " not in value:
        return lambda each: each.is_at(value) or each.name.has_name(value) or each.before_at.has_name(value)
    return lambda each: any(text.has(wanted) for text in each.texts)
