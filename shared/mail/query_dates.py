"""Dates as queries write them, as moments in the owner's time zone."""

import re
from calendar import monthrange
from datetime import datetime, timedelta, tzinfo

from shared.mail.model import Millis

_YEAR_FIRST = re.compile(r"(?P<year>\d{4})([/-])(?P<month>\d{1,2})\2(?P<day>\d{1,2})", re.ASCII)
_YEAR_LAST = re.compile(r"(?P<month>\d{1,2})/(?P<day>\d{1,2})/(?P<year>\d{4})", re.ASCII)
_SECONDS = re.compile(r"\d{9,11}", re.ASCII)  # 1973 and later: eight digits may be a day without its slashes
_AGE = re.compile(r"(?P<count>\d{1,5})(?P<unit>[dmy])", re.ASCII | re.IGNORECASE)
_MONTHS = {"m": 1, "y": 12}


def moment_of(value: str, zone: tzinfo) -> Millis | None:
    """The first moment of a day (YYYY/MM/DD, YYYY-MM-DD, MM/DD/YYYY) or of an epoch second, if it is one."""
    if _SECONDS.fullmatch(value):
        return int(value) * 1_000
    found = _YEAR_FIRST.fullmatch(value) or _YEAR_LAST.fullmatch(value)
    if found is None:
        return None
    try:
        day = datetime(int(found["year"]), int(found["month"]), int(found["day"]), tzinfo=zone)
        return _millis(day)
    except (ValueError, OverflowError):
        return None


def moment_ago(value: str, now: Millis, zone: tzinfo) -> Millis | None:
    """The moment so many days, months or years (7d, 3m, 1y) before now; None if it is no such age."""
    found = _AGE.fullmatch(value)
    if found is None:
        return None
    count, unit = int(found["count"]), found["unit"].lower()
    try:
        today = datetime.fromtimestamp(now / 1_000, zone)
        then = today - timedelta(days=count) if unit == "d" else _months_before(today, count * _MONTHS[unit])
        return _millis(then)
    except (ValueError, OverflowError):
        return None


def _months_before(moment: datetime, count: int) -> datetime:
    year, month = divmod(moment.year * 12 + moment.month - 1 - count, 12)
    if year < 1:
        raise ValueError("before the calendar begins")
    day = min(moment.day, monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)


def _millis(moment: datetime) -> Millis:
    return round(moment.timestamp() * 1_000)
