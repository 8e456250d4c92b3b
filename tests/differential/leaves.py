"""What queries are made of, drawn from a message: each maker answers nothing where it has no such thing."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from random import Random

from infra.local.gmail_simulator.headers import first, words
from infra.local.gmail_simulator.search.folding import RUN, is_run
from infra.local.gmail_simulator.search.people import Person
from infra.local.gmail_simulator.search.text import Text
from tests.differential.mail import Mail

Make = Callable[[Mail, Random], str]

_QUOTES = '"\u201c\u201d\u201e\u00ab\u00bb\u2033'
_SYNTAX = re.compile(rf"[\s(){{}}|:*{_QUOTES}]+")
_PLACES = (
    *("in:inbox", "in:sent", "in:drafts", "in:trash", "in:spam", "in:archive", "in:anywhere", "in:starred"),
    *("in:important", "in:chats", "in:read", "in:unread", "is:read", "is:unread", "is:starred"),
    *("is:important", "is:chat", "has:attachment", "has:drive", "has:document", "has:spreadsheet"),
    *("has:presentation", "has:youtube", "has:userlabels", "has:nouserlabels", "has:yellow-star"),
    *("has:purple-question", "category:primary", "category:social", "category:promotions"),
    *("category:updates", "category:forums"),
)
_LABELS = (
    *("work", "Work", "work-projects", "Work/Projects", "receipts", '"Family & Friends"', "family-&-friends"),
    *("lists", "読書", '"read later"', "read-later", "inbox", "spam", "trash", "starred", "sent"),
)
_BESIDE = re.compile(rf"([^\W_{RUN}]+)([{RUN}]+)")
_INFLECTIONS = ("", "", "", "s", "ing", "ed")
_KEYWORDS = {"OR", "AND", "NOT", "AROUND"}
_UNITS = (("K", 1_024), ("M", 1_024**2), ("", 1))


def word(mail: Mail, chance: Random) -> str:
    """A word from anywhere, now and then in another form or in capitals."""
    found = _piece(mail, chance)
    if not found:
        return ""
    inflected = found + chance.choice(_INFLECTIONS)
    return _cased(inflected, chance)


def written(mail: Mail, chance: Random) -> str:
    """What stands between two blanks: e-mail, inv-2024-001, ann@example.com, don't, (see"""
    text = chance.choice(mail.content.texts or (mail.content.subject,)).folded
    return _plain(_one(text.split(), chance))


def exact(mail: Mail, chance: Random) -> str:
    """A word in this form only."""
    found = _piece(mail, chance)
    return found and f"+{_cased(found, chance)}"


def phrase(mail: Mail, chance: Random) -> str:
    """Two to four words that stand together."""
    return _quoted(_stretch(_text(mail, chance), chance))


def near(mail: Mail, chance: Random) -> str:
    """Two words of one text, more or less far from each other."""
    pieces = [each for each in _text(mail, chance).pieces if not is_run(each) and not each.isdecimal()]
    if len(pieces) < 3:
        return ""
    start = chance.randrange(len(pieces))
    other = max(0, min(len(pieces) - 1, start + chance.randint(-12, 12)))
    count = chance.choice(("", f"{abs(other - start)} ", f"{chance.randint(0, 20)} "))
    one, two = pieces[start], pieces[other]
    return f"{_perhaps_quoted(one, chance)} AROUND {count}{_perhaps_quoted(two, chance)}"


def begun(mail: Mail, chance: Random) -> str:
    """The beginning of a word of subject or people."""
    texts = [mail.content.subject, *(text for each in _everybody(mail) for text in each.texts)]
    found = _one(
        [each for text in texts for each in text.pieces if not is_run(each) and len(each) > 1], chance
    )
    return found and f"{found[: chance.randint(2, max(2, len(found)))]}*"


def part(mail: Mail, chance: Random) -> str:
    """Any part of the subject, or of the sender's name or address."""
    texts = [mail.content.subject, *(text for each in mail.content.people["from"] for text in each.texts)]
    text = _one([each.folded for each in texts if each.pieces], chance)
    start = chance.randrange(len(text)) if text else 0
    cut = _plain(text[start : start + chance.randint(2, 8)])
    return f"*{cut}{chance.choice(('*', ''))}" if len(cut) > 1 and any(map(str.isalnum, cut)) else ""


def run_part(mail: Mail, chance: Random) -> str:
    """Some characters out of text without blanks."""
    runs = [each for text in mail.content.texts for each in text.pieces if is_run(each) and len(each) > 1]
    run = _one(runs, chance)
    start = chance.randrange(len(run) - 1) if run else 0
    found = run[start : start + chance.randint(2, 5)]
    return chance.choice((found, _quoted(found)))


def beside_run(mail: Mail, chance: Random) -> str:
    """Letters or digits together with one to three characters of the text without blanks beside them."""
    text = chance.choice(mail.content.texts or (mail.content.subject,)).folded
    sign, run = chance.choice(_BESIDE.findall(text) or [("", "")])
    return f"{sign}{run[: chance.randint(1, 3)]}"


def subject(mail: Mail, chance: Random) -> str:
    """A word of the subject as it is written, a phrase, an exact form."""
    text = mail.content.subject
    plain = _plain(_one(words(first(mail.headers, "subject")).split(), chance))
    stretch, piece = _quoted(_stretch(text, chance)), _one(text.pieces, chance)
    made = chance.choice((plain, plain, stretch, _cased(piece, chance)))
    return made and f"subject:{made}"


def person(name: str) -> Make:
    """Somebody in this header field: by a word, the address, its domain or one above it, the name."""

    def make(mail: Mail, chance: Random) -> str:
        who = chance.choice(mail.content.people[name] or (None,))
        if who is None:
            return ""
        operator = "to" if name in {"cc", "bcc"} and chance.random() < 0.3 else name
        value = _value_of(who, chance)
        return value and f"{operator}:{value}"

    return make


def of_list(mail: Mail, chance: Random) -> str:
    """The list by a word, its whole id, the end or the beginning of it."""
    said = mail.content.list_id
    name = said.folded if re.fullmatch(r"[\w.-]+", said.folded) else ""
    made = chance.choice((_one(said.pieces, chance), name, name.partition(".")[2], name.rpartition(".")[0]))
    return made and f"list:{made}"


def filename(mail: Mail, chance: Random) -> str:
    """A file's name, a word of it, its ending."""
    if not mail.content.filenames:
        return ""
    name = chance.choice(mail.content.filenames)
    made = chance.choice((_quoted(name.folded), _plain(name.folded), _one(name.pieces, chance)))
    return made and f"filename:{made}"


def message_id(mail: Mail, chance: Random) -> str:
    """The Message-ID."""
    known = mail.content.message_id
    return (
        f"rfc822msgid:{chance.choice((known, f'<{known}>'))}" if known and not _SYNTAX.search(known) else ""
    )


def place(_mail: Mail, chance: Random) -> str:
    """A place or a state."""
    return chance.choice(_PLACES)


def label(_mail: Mail, chance: Random) -> str:
    """A label's name as people write it."""
    return f"label:{chance.choice(_LABELS)}"


def day(mail: Mail, chance: Random) -> str:
    """A day near the message's, or its very second."""
    at = datetime.fromtimestamp(mail.letter.internal_date // 1_000, UTC)
    name = chance.choice(("after", "before", "older", "newer"))
    if chance.random() < 0.3:
        return f"{name}:{int(at.timestamp()) + chance.randint(-1, 1)}"
    near_by = at + timedelta(days=chance.randint(-2, 2))
    shape = chance.choice(("%Y/%m/%d", "%Y-%m-%d"))
    return f"{name}:{near_by.strftime(shape)}" if near_by.year > 1_971 else ""


def age(_mail: Mail, chance: Random) -> str:
    """So many days, months, years ago."""
    unit, most = chance.choice((("d", 3_000), ("m", 250), ("y", 25)))
    return f"{chance.choice(('newer_than', 'older_than'))}:{chance.randint(1, most)}{unit}"


def size(mail: Mail, chance: Random) -> str:
    """The message's very size, one byte beside it, or round figures."""
    unit, each = chance.choice(_UNITS)
    count = max(1, mail.letter.size // each + chance.randint(-1, 1))
    return f"{chance.choice(('size', 'larger', 'smaller'))}:{count}{unit}"


VALUES: dict[str, Make] = {
    "from": person("from"),
    "to": person("to"),
    "cc": person("cc"),
    "subject": subject,
    "label": label,
    "filename": filename,
}
_WEIGHTS: dict[Make, int] = {
    word: 12,
    written: 10,
    exact: 3,
    phrase: 8,
    near: 4,
    begun: 5,
    part: 4,
    run_part: 3,
    beside_run: 3,
    subject: 8,
    VALUES["from"]: 8,
    VALUES["to"]: 4,
    VALUES["cc"]: 3,
    person("bcc"): 1,
    person("deliveredto"): 2,
    of_list: 2,
    filename: 2,
    message_id: 1,
    place: 8,
    label: 4,
    day: 5,
    age: 2,
    size: 4,
}
KINDS: tuple[tuple[Make, ...], tuple[int, ...]] = (tuple(_WEIGHTS), tuple(_WEIGHTS.values()))


def _value_of(who: Person, chance: Random) -> str:
    local, _, domain = who.address.folded.partition("@")
    values = [
        _one(who.name.pieces, chance),
        _plain(who.address.folded) if domain else "",
        _plain(domain),
        _plain(domain.partition(".")[2]),
        _plain(local),
        _plain(local.partition("+")[0]),
        _quoted(f"{who.name.folded} <{who.address.folded}>") if domain else "",
        _quoted(_stretch(who.name, chance)),
        "me" if chance.random() < 0.3 else "",
    ]
    return _cased(_one([each for each in values if each], chance), chance)


def _everybody(mail: Mail) -> list[Person]:
    return [each for name in ("from", "to", "cc", "bcc") for each in mail.content.people[name]]


def _text(mail: Mail, chance: Random) -> Text:
    return chance.choice(mail.content.texts or (mail.content.subject,))


def _piece(mail: Mail, chance: Random) -> str:
    found = _one([each for each in _text(mail, chance).pieces if not is_run(each)], chance)
    return "" if found.upper() in _KEYWORDS else found


def _stretch(text: Text, chance: Random) -> str:
    if len(text.pieces) < 2:
        return ""
    start = chance.randrange(len(text.pieces) - 1)
    stretch = text.pieces[start : start + chance.randint(2, 4)]
    return "" if any(map(is_run, stretch)) else " ".join(stretch)


def _one(some: Sequence[str], chance: Random) -> str:
    return chance.choice(some) if some else ""


def _plain(text: str) -> str:
    """Without what a query would take for something else."""
    found = _SYNTAX.sub("", text).lstrip("-+")
    return found if any(map(str.isalnum, found)) and found.upper() not in _KEYWORDS else ""


def _quoted(text: str) -> str:
    plain = re.sub(f"[{_QUOTES}]", "", text)
    return f'"{plain}"' if any(map(str.isalnum, plain)) else ""


def _perhaps_quoted(text: str, chance: Random) -> str:
    return _quoted(text) if chance.random() < 0.2 else text


def _cased(text: str, chance: Random) -> str:
    found = chance.choice((text, text, text.upper(), text.capitalize()))
    return text if found in _KEYWORDS else found
