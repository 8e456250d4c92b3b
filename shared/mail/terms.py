"""The terms by which a message is found: plain here, keyed hashes in the store.

    w:WORD  anywhere: subject, people, text, file names; also whole addresses
    s:WORD  in the subject
    f: t: c: b:  from, to, cc, bcc: words, the whole address, its domain and the domains above
    n:WORD  in a file name; also its extension and the whole name, if that has no blanks
    d:WORD  in the list's id; also the id and the domains above
    i:ID    the Message-ID, folded          a:1  has an attachment
    l:ID    a label                         m:1  neither spam nor trash
    r:1     read                            u:1 u:0  has a label of the owner's, has none
    k:1     archived

A query knows the same forms (see `operators`). A change of what is written here is a new TERMS_VERSION.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from shared.mail.content import Address, Attachment, Content
from shared.mail.model import LabelId
from shared.mail.words import fold, words, words_of_folded

TERMS_VERSION = 1
MOST_TERMS = 20_000  # of one message; a Firestore document holds 40,000 index entries, 8 MiB of them
_MOST_DOMAINS = 5  # of one address: its own, then the shortest
_LONGEST_WHOLE = 320  # characters of a whole address, id or file name

_ADDRESS = re.compile(r"[\w.+=-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_DOTTED = re.compile(r"[\w-]+(?:\.[\w-]+)+")
_HIDDEN = frozenset({"SPAM", "TRASH"})
_NOT_ARCHIVED = frozenset({"INBOX", "SPAM", "TRASH", "DRAFT", "SENT", "CHAT"})
_USER_LABEL = "Label_"


def content_terms(content: Content, *, size: int) -> frozenset[str]:  # noqa: ARG001 - see below
    """Every term of what the message says; text gives way when there are too many.

    `size` is part of the call because bytes will be searchable; no term is spent on it until then.
    """
    found = {f"s:{word}" for word in words(content.subject)}
    anywhere = set(words(content.subject))
    for prefix, people in (("f", content.sender), ("t", content.to), ("c", content.cc), ("b", content.bcc)):
        for person in people:
            terms = set(person_terms(person))
            found.update(f"{prefix}:{term}" for term in terms)
            anywhere.update(term for term in terms if "." not in term or "@" in term)
    for attachment in content.attachments:
        found.update(f"n:{term}" for term in filename_terms(attachment))
        anywhere.update(words(attachment.filename))
    found.update(f"d:{term}" for term in list_terms(content.list_id))
    if content.attachments:
        found.add("a:1")
    if content.rfc822_message_id:
        found.add(message_id_term(content.rfc822_message_id))
    return _with_text(found, anywhere, fold(content.text))


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


def person_terms(person: Address) -> Iterator[str]:
    """What finds a person, without the field: words of name and address, the address, its domains."""
    name, email = fold(person.name), fold(person.email)
    yield from words_of_folded(name)
    yield from words_of_folded(email)
    yield from _DOTTED.findall(name)
    if "@" in email:
        yield email[:_LONGEST_WHOLE]
        local, _, domain = email.rpartition("@")
        yield from domains(domain)
        if _DOTTED.fullmatch(local):
            yield local[:_LONGEST_WHOLE]


def filename_terms(attachment: Attachment) -> Iterator[str]:
    """What finds a file, without the field: its words (the extension is one) and what looks like a name."""
    name = fold(attachment.filename)
    yield from words_of_folded(name)
    yield from (each[:_LONGEST_WHOLE] for each in _DOTTED.findall(name))


def list_terms(list_id: str) -> Iterator[str]:
    """What finds a list, without the field: words of its id, the id and the domains above."""
    folded = fold(list_id)
    yield from words_of_folded(folded)
    yield from domains(folded.replace("@", "."))


def message_id_term(message_id: str) -> str:
    """The term of a Message-ID, with or without its angle brackets."""
    return f"i:{fold(message_id).strip().strip('<>')}"[:_LONGEST_WHOLE]


def domains(domain: str) -> Iterator[str]:
    """The domain and those above it, down to two labels: a.example.com, example.com."""
    if not _DOTTED.fullmatch(domain):
        return
    labels = domain.split(".")
    starts = range(len(labels) - 1)
    for start in starts if len(starts) <= _MOST_DOMAINS else (0, *starts[1 - _MOST_DOMAINS :]):
        yield ".".join(labels[start:])[:_LONGEST_WHOLE]


def is_address(folded: str) -> bool:
    """Whether the whole of it is indexed as one term wherever it stands in a message."""
    return _ADDRESS.fullmatch(folded) is not None


def is_dotted(folded: str) -> bool:
    """Whether it has the form of a domain or a file name: words and hyphens between dots."""
    return _DOTTED.fullmatch(folded) is not None


def _with_text(found: set[str], anywhere: set[str], text: str) -> frozenset[str]:
    anywhere.update(words_of_folded(text))
    if "@" in text:
        anywhere.update(each[:_LONGEST_WHOLE] for each in _ADDRESS.findall(text))
    if len(found) + len(anywhere) > MOST_TERMS:
        return frozenset(_most_telling(found, text))
    return frozenset(found.union([f"w:{word}" for word in anywhere]))


def _most_telling(found: Iterable[str], text: str) -> Iterator[str]:
    """Within the bound: properties first, then the words of the text from its beginning."""
    kept = dict.fromkeys(found)
    kept.update(dict.fromkeys(f"w:{term[2:]}" for term in list(kept) if term[0] in "sftcbn"))
    kept.update(dict.fromkeys(f"w:{word}" for word in words_of_folded(text)))
    return islice(kept, MOST_TERMS)
