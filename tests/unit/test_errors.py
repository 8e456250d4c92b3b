"""The tree of errors is the one that its docstring draws."""

from __future__ import annotations

import re
from collections.abc import Iterator

from shared import errors
from shared.errors import (
    HistoryExpired,
    MailboxError,
    PageTokenExpired,
    RetryableError,
    UnrecoverableError,
)


def leaves(kind: type[MailboxError]) -> Iterator[type[MailboxError]]:
    for below in kind.__subclasses__():
        yield below
        yield from leaves(below)


def drawn(family: str) -> set[str]:
    """The names under a family in the picture."""
    lines = (errors.__doc__ or "").splitlines()
    first = next(number for number, line in enumerate(lines) if line.strip().startswith(family))
    below: list[str] = []
    for line in lines[first + 1 :]:
        if not line.startswith(" " * 8):
            break
        below += re.findall(r"\b[A-Z]\w+", line)
    return set(below)


def test_every_error_is_in_the_picture_and_in_its_family() -> None:
    assert drawn("RetryableError") == {each.__name__ for each in leaves(RetryableError)}
    assert drawn("UnrecoverableError") == {each.__name__ for each in leaves(UnrecoverableError)}
    forks = {HistoryExpired, PageTokenExpired}
    assert set(MailboxError.__subclasses__()) == {RetryableError, UnrecoverableError, *forks}


def test_an_errors_docstring_is_its_message() -> None:
    assert str(HistoryExpired()) == HistoryExpired.__doc__
    assert str(HistoryExpired("Other words.")) == "Other words."
    for kind in leaves(MailboxError):
        assert (kind.__doc__ or "").strip()
