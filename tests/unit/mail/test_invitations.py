"""What calendar invitations say."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from shared.mail.content import Event
from shared.mail.invitations import LONGEST, MOST_EVENTS, events_of


def event(*lines: str, kind: str = "VEVENT") -> str:
    return "\n".join(("BEGIN:VCALENDAR", f"BEGIN:{kind}", *lines, f"END:{kind}", "END:VCALENDAR", ""))


def test_an_event_has_a_summary_and_a_place() -> None:
    calendar = event("UID:1", "SUMMARY:Board meeting", "LOCATION:Room 5")
    assert events_of(calendar) == (Event("Board meeting", "Room 5"),)


def test_folded_lines_and_escapes_are_read_as_they_are_meant() -> None:
    calendar = event(
        r"SUMMARY;LANGUAGE=en:Lunch\, then", " \tcake\\nand tea\\; all", r"location:C:\\rooms\\5"
    )
    assert events_of(calendar) == (Event("Lunch, then cake and tea; all", r"C:\rooms\5"),)


def test_parameters_in_quotes_may_hold_colons() -> None:
    assert events_of(event('SUMMARY;ALTREP="http://x/;a":Tea')) == (Event("Tea", ""),)


def test_an_alarm_says_nothing_of_its_own() -> None:
    calendar = event("SUMMARY:Tea", "BEGIN:VALARM", "SUMMARY:Alarm", "END:VALARM", "LOCATION:Here")
    assert events_of(calendar) == (Event("Tea", "Here"),)


def test_the_calendar_around_events_says_nothing() -> None:
    assert events_of("BEGIN:VCALENDAR\nSUMMARY:x\nBEGIN:VTIMEZONE\nLOCATION:y\nEND:VTIMEZONE\n") == ()


def test_tasks_count_as_events_and_nameless_ones_do_not() -> None:
    assert events_of(event("SUMMARY:Pay", kind="vtodo") + event("UID:2")) == (Event("Pay", ""),)


def test_a_calendar_is_read_within_bounds() -> None:
    found = events_of(event("SUMMARY:" + "long " * 1_000) * 100)
    assert len(found) == MOST_EVENTS
    assert len(found[0].summary) == LONGEST


LINES = [
    "BEGIN:VEVENT",
    "END:VEVENT",
    "BEGIN:VALARM",
    "END:VALARM",
    "SUMMARY:a",
    "LOCATION",
    ' ;"',
    "\\",
    ":",
]


@given(st.lists(st.one_of(st.sampled_from(LINES), st.text(max_size=20))).map("\n".join))
def test_any_text_gives_events_or_none(text: str) -> None:
    for each in events_of(text):
        assert each.summary or each.place


def test_hostile_parameters_are_read_quickly() -> None:
    assert events_of("SUMMARY" + ';a="' * 70_000) == ()
    assert events_of(event("SUMMARY;" + '""' * 100_000)) == ()
