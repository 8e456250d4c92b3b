"""Tests of a message's date and size."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, datetime, timedelta, tzinfo

from infra.local.gmail_simulator.search.letter import Test
from infra.local.gmail_simulator.search.tree import Leaf

_YEAR_FIRST = re.compile(r"(?P<y>\d{4})[/.-](?P<m>\d{1,2})[/.-](?P<d>\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})", re.ASCII)
_AGE = re.compile(r"(\d{1,5})([dmy])", re.ASCII)
_SIZE = re.compile(r"(\d{1,12})([km]?)b?", re.ASCII)
_MOMENT = re.compile(r"\d{9,12}", re.ASCII)
_UNITS = {"": 1, "k": 1_024, "m": 1_024**2}
_MONTHS = {"m": 1, "y": 12}
_LATER = frozenset({"after", "newer", "newer_than"})


def test(leaf: Leaf, now_ms: int, zone: tzinfo) -> Test | None:
    """What the operator asks; None if it is none of these, or its value no date or size."""
    value = leaf.value.strip().lower()
    if leaf.name in {"size", "larger", "smaller"} and (size := _SIZE.fullmatch(value)):
        bytes_ = int(size[1]) * _UNITS[size[2]]
        return lambda letter: (letter.size >= bytes_) is (leaf.name != "smaller")
    moment = _moment(leaf.name, value, now_ms, zone)
    if moment is None:
        return None
    return lambda letter: (letter.internal_date >= moment) is (leaf.name in _LATER)


def _moment(name: str, value: str, now_ms: int, zone: tzinfo) -> int | None:
    if name in {"newer_than", "older_than"}:
        age = _AGE.fullmatch(value)
        return None if age is None else _before(int(age[1]), age[2], now_ms, zone)
    if name not in {"after", "before", "newer", "older"}:
        return None
    if _MOMENT.fullmatch(value):
        return int(value) * 1_000
    day = _YEAR_FIRST.fullmatch(value) or _YEAR_LAST.fullmatch(value)
    if day is None:
        return None
    try:
        began = datetime(int(day["y"]), int(day["m"]), int(day["d"]), tzinfo=zone)
        return round(began.timestamp()) * 1_000
    except (ValueError, OverflowError):
        return None


def _before(count: int, unit: str, now_ms: int, zone: tzinfo) -> int | None:
    """So many days, or months of the calendar, before now."""
    if unit == "d":
        return now_ms - int(timedelta(days=count).total_seconds() * 1_000)
    now = datetime.fromtimestamp(now_ms // 1_000, UTC).astimezone(zone)
    year, month = divmod(now.year * 12 + now.month - 1 - count * _MONTHS[unit], 12)
    if year < 1:
        return -(2**62)
    day = min(now.day, calendar.monthrange(year, month + 1)[1])
    return round(now.replace(year=year, month=month + 1, day=day).timestamp()) * 1_000 + now_ms % 1_000
