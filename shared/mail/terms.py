"""The terms by which a message is found: plain here, keyed hashes in the store.

    w:STEM   anywhere: subject, people, text, file names, what invitations say; stop words have none
    w:WHOLE  as written there: whole addresses and order codes (see `wholes`)
    s:STEM   in the subject
    f:FORM   from: a word of name or address, the whole address, its domain and the domains above
    t:FORM   to, cc or bcc        c: b:  cc and bcc alone        x:  the address it was delivered to
    n:WORD   in a file name; also its extension and the whole name, if that has no blanks
    d:WORD   in the list's id; also the id and the domains above
    p:START  the first 2 to 4 characters of a word of the subject, of people's names and addresses
    i:ID     the Message-ID, folded          a:1  has an attachment
    h:KIND   has a link to such a thing (see `links`)
    z:SIZE   as large as this or larger (see `SIZES`)
    l:ID     a label                         m:1  neither spam nor trash
    r:1      read                            u:1 u:0  has a label of the owner's, has none
    k:1      archived

A query knows the same forms (see `operators`). A change of what is written here is a new TERMS_VERSION.
"""

from collections.abc import Iterable, Iterator, Mapping
from functools import cache, lru_cache
from itertools import chain, islice
from types import MappingProxyType

from shared.mail.content import Address, Attachment, Content
from shared.mail.model import LabelId
from shared.mail.remembered import Remembered
from shared.mail.searched import SearchedText, SearchedTexts
from shared.mail.stems import DEFAULT, stem
from shared.mail.stop_words import is_stop
from shared.mail.wholes import LONGEST, domains, dotted, wholes
from shared.mail.words import fold, words, words_of_folded

TERMS_VERSION = 5
MOST_TERMS = 20_000  # of one message; a Firestore document holds 40,000 index entries, 8 MiB of them
SHORTEST_PREFIX, LONGEST_PREFIX = 2, 4  # characters
SIZES: Mapping[str, int] = MappingProxyType(
    {
        "10K": 10 << 10,
        "100K": 100 << 10,
        "1M": 1 << 20,
        "5M": 5 << 20,
        "10M": 10 << 20,
        "25M": 25 << 20,
    }
)

_HIDDEN = frozenset({"SPAM", "TRASH"})
_NOT_ARCHIVED = frozenset({"INBOX", "SPAM", "TRASH", "DRAFT", "SENT", "CHAT"})
_USER_LABEL = "Label_"


def content_terms(
    content: Content, *, size: int, language: str = DEFAULT, searched: SearchedTexts | None = None
) -> frozenset[str]:
    """Every term of what the message of so many bytes says; the text's end gives way when there are too many.

    Stems are those of `language`, one of `stems.LANGUAGES`; `searched`: its texts, if they are at hand.
    """
    searched = searched or SearchedTexts.of(content)
    found = [
        *_properties(content, size),
        *(f"s:{stem(word, language)}" for word in words(content.subject)),
        *_people_and_names(content),
        *_anywhere(searched.others, language),
        *_prefixes(searched.headings),
        *_anywhere(searched.text, language),
    ]
    return frozenset(found if len(found) <= MOST_TERMS else islice(dict.fromkeys(found), MOST_TERMS))


def index_version(language: str) -> str:
    """What an index is that can be searched in this language: one of another version has other terms."""
    return f"{TERMS_VERSION}-{language}"


def label_terms(labels: frozenset[LabelId]) -> frozenset[str]:
    """Every term of where a message lies."""
    found = {f"l:{label}" for label in labels}
    has_user_label = any(label.startswith(_USER_LABEL) for label in labels)
    found.add("u:1" if has_user_label else "u:0")
    if not labels & _HIDDEN:
        found.add("m:1")
    if "UNREAD" not in labels:
        found.add("r:1")
    if not labels & _NOT_ARCHIVED:
        found.add("k:1")
    return frozenset(found)


# --- forms, without the field ----------------------------------------------------------------------


@lru_cache(1 << 12)
def person_forms(person: Address) -> tuple[str, ...]:
    """What finds a person: words of name and address, the address, its domains. Most people write again."""
    return tuple(_person_forms(person))


def _person_forms(person: Address) -> Iterator[str]:
    name, email = fold(person.name), fold(person.email)
    yield from words_of_folded(name)
    yield from words_of_folded(email)
    yield from dotted(name)
    if "@" in email:
        yield email[:LONGEST]
        local, _, domain = email.rpartition("@")
        yield from domains(domain)
        yield from dotted(local)


def filename_forms(attachment: Attachment) -> Iterator[str]:
    """What finds a file: its words (the extension is one) and what looks like a name."""
    name = fold(attachment.filename)
    yield from words_of_folded(name)
    yield from dotted(name)


def list_forms(list_id: str) -> Iterator[str]:
    """What finds a list: words of its id, the id and the domains above."""
    folded = fold(list_id)
    yield from words_of_folded(folded)
    yield from domains(folded.replace("@", "."))


def message_id_term(message_id: str) -> str:
    """The term of a Message-ID, with or without its angle brackets."""
    return f"i:{fold(message_id).strip().strip('<>')}"[:LONGEST]


def word_term(word: str, language: str) -> str | None:
    """The term of a folded word wherever it stands; None if it is a stop word: those have none."""
    return _word_terms(language)[word]


def delivered_to_term(address: str) -> str:
    """The term of an address that the message was delivered to; mailing lists write words before it."""
    return f"x:{fold(address).strip().rpartition(' ')[2].strip('<>')}"[:LONGEST]


def prefix_term(start: str) -> str:
    """The term that every word has which begins like this folded text of two characters or more."""
    return f"p:{start[:LONGEST_PREFIX]}"


# --- terms -----------------------------------------------------------------------------------------


def _properties(content: Content, size: int) -> Iterator[str]:
    if content.attachments:
        yield "a:1"
    if content.rfc822_message_id:
        yield message_id_term(content.rfc822_message_id)
    yield from map(delivered_to_term, content.delivered_to)
    yield from (f"h:{kind}" for kind in content.links)
    yield from (f"z:{name}" for name, least in SIZES.items() if size >= least)


def _people_and_names(content: Content) -> Iterator[str]:
    yield from _of_people("f", content.sender)
    yield from (f"n:{form}" for attachment in content.attachments for form in filename_forms(attachment))
    yield from (f"d:{form}" for form in list_forms(content.list_id))
    yield from _of_people("t", content.recipients)
    yield from _of_people("c", content.cc)
    yield from _of_people("b", content.bcc)


def _of_people(field: str, people: Iterable[Address]) -> Iterator[str]:
    return (f"{field}:{form}" for person in people for form in person_forms(person))


def _anywhere(text: SearchedText, language: str) -> Iterator[str]:
    yield from filter(None, map(_word_terms(language).__getitem__, text.words))
    yield from (f"w:{whole}" for whole in wholes(text.folded))


@cache
def _word_terms(language: str) -> Remembered[str | None]:
    def term(word: str) -> str | None:
        stemmed = stem(word, language)
        return None if is_stop(stemmed, language) else f"w:{stemmed}"

    return Remembered(term)


def _prefixes(headings: SearchedText) -> Iterator[str]:
    return chain.from_iterable(map(_starts.__getitem__, headings.words))


def _starts_of(word: str) -> tuple[str, ...]:
    ends = range(SHORTEST_PREFIX, min(len(word), LONGEST_PREFIX) + 1)
    return tuple(f"p:{word[:end]}" for end in ends)


_starts = Remembered(_starts_of)
