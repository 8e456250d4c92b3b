"""What calendar invitations say (iCalendar, RFC 5545): of each event its summary and its place."""

import re
from collections.abc import Iterator
from itertools import islice

from shared.mail.content import Event

MOST_EVENTS, LONGEST = 50, 500  # events of a message; characters of a summary or place
_MOST_READ = 300_000  # characters; a calendar may bring its years

_FOLD = re.compile(r"\n[ \t]")  # section 3.1: a line goes on after a blank
_LINE = re.compile(r'([A-Za-z]+)(?:;(?:[^":\n]|"[^"\n]*")*)?:(.*)')  # name, parameters, value
_ESCAPED = re.compile(r"\\(.)")
_EVENTS = frozenset({"VEVENT", "VTODO"})


def events_of(calendar: str) -> tuple[Event, ...]:
    """The first events of a calendar, its line ends being newlines; what is no calendar has none."""
    return tuple(islice(_events(_FOLD.sub("", calendar[:_MOST_READ])), MOST_EVENTS))


def _events(calendar: str) -> Iterator[Event]:
    """Alarms inside an event have summaries too: only what stands directly in it counts."""
    depth, said = 0, {"SUMMARY": "", "LOCATION": ""}
    for line in _LINE.finditer(calendar):
        name, value = line[1].upper(), line[2].strip()
        if name == "BEGIN" and (depth or value.upper() in _EVENTS):
            depth += 1
        elif name == "END" and depth:
            depth -= 1
            if depth == 0:
                if any(said.values()):
                    yield Event(summary=said["SUMMARY"], place=said["LOCATION"])
                said = dict.fromkeys(said, "")
        elif depth == 1 and name in said:
            said[name] = _text(value)


def _text(value: str) -> str:
    """A value of the type TEXT (section 3.3.11), on one line."""
    plain = _ESCAPED.sub(lambda each: " " if each[1] in "nN" else each[1], value)
    return " ".join(plain.split())[:LONGEST]
