"""People who search and mail that comes to them, all at once."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from infra.local.outsider import Gmail, Visitor, milliseconds_since
from infra.local.progress import Progress
from infra.local.stack import Stack
from infra.local.wiring import ADDRESS

_QUERIES = ("the", "linux", "free money", "from:ilug", "subject:re", "is:unread", '"in the"', "-linux list")
FEW = 5  # messages that a mailbox begins with
_AT_ONCE = 8  # who sign in at the same time
_EVERY = 10  # of the pushes, one is waited for
_SOON_S = 60


@dataclass(frozen=True, slots=True)
class Size:
    """How much of it."""

    mailboxes: int
    searchers: int
    pushes_per_s: int
    warm_up_s: int
    seconds: int


@dataclass
class Heard:
    """What the askers saw. List appends are atomic, so they share it."""

    searches: list[float] = field(default_factory=list)
    pushes: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    words: list[tuple[Visitor, str]] = field(default_factory=list)


class Crowd:
    """Owners who search, and mail that comes to them."""

    def __init__(self, stack: Stack, size: Size) -> None:
        self._stack, self._size = stack, size
        addresses = [ADDRESS, *(f"person{number}@example.com" for number in range(1, size.mailboxes))]
        with Progress(f"{size.mailboxes} owners sign in"), ThreadPoolExecutor(_AT_ONCE) as pool:
            self._owners = list(pool.map(self._owner, addresses))
        self._is_over = threading.Event()
        self.heard = Heard()

    def press(self, seconds: float) -> Heard:
        """What is heard in so long a time; everything has ended when this returns."""
        self.heard, self._is_over = Heard(), threading.Event()
        work: list[Callable[[], None]] = [self._push]
        work += [partial(self._search, number) for number in range(self._size.searchers)]
        threads = [threading.Thread(target=each, daemon=True) for each in work]
        for thread in threads:
            thread.start()
        time.sleep(seconds)
        self._is_over.set()
        for thread in threads:
            thread.join()
        return self.heard

    def missing(self) -> int:
        """How many of the messages that came are not found within a minute."""
        deadline = time.monotonic() + _SOON_S
        waiting = list(self.heard.words)
        while waiting and time.monotonic() < deadline:
            waiting = [each for each in waiting if not _is_there(*each)]
        return len(waiting)

    def _owner(self, address: str) -> tuple[Gmail, Visitor]:
        gmail, visitor = Gmail(self._stack.simulator_url, address), Visitor(self._stack.service_url)
        if address != ADDRESS:
            gmail.open_account()
            for number in range(FEW):
                gmail.deliver({"subject": f"Re: the linux list {number}", "text": "Free money in the list."})
        visitor.sign_in(address)
        while not visitor.status()["coverage"]["complete"]:
            time.sleep(0.2)
        return gmail, visitor

    def _search(self, number: int) -> None:
        """One searcher, who asks again as soon as there is an answer."""
        _, owner = self._owners[number % len(self._owners)]
        asker = _copy(owner)
        for query in itertools.islice(itertools.cycle(_QUERIES), number % len(_QUERIES), None):
            if self._is_over.is_set():
                return
            began = time.perf_counter()
            self._ask(partial(asker.search, query, limit=50))
            self.heard.searches.append(milliseconds_since(began))

    def _push(self) -> None:
        """New mail, evenly spread over time and mailboxes, however long each takes."""
        began = time.monotonic()
        with ThreadPoolExecutor(self._size.pushes_per_s) as pool:
            for number, (gmail, visitor) in enumerate(itertools.cycle(self._owners)):
                time.sleep(max(0.0, began + number / self._size.pushes_per_s - time.monotonic()))
                if self._is_over.is_set():
                    return
                pool.submit(
                    self._deliver, gmail, visitor, f"zq{number:06d}x", is_watched=number % _EVERY == 0
                )

    def _deliver(self, gmail: Gmail, visitor: Visitor, word: str, *, is_watched: bool) -> None:
        asker, began = _copy(visitor), time.perf_counter()
        self._ask(lambda: gmail.deliver({"subject": word, "text": "Here it is.", "labels": ["INBOX"]}))
        self.heard.words.append((asker, word))
        while is_watched and not self._is_over.is_set():
            time.sleep(0.05)
            if self._ask(lambda: _is_there(asker, word)):
                self.heard.pushes.append(milliseconds_since(began))
                return

    def _ask(self, question: Callable[[], object]) -> object:
        try:
            return question()
        except Exception as error:  # noqa: BLE001 - whatever went wrong is what is counted
            self.heard.errors.append(f"{type(error).__name__}: {error}")
            return None


def _is_there(visitor: Visitor, word: str) -> bool:
    return bool(visitor.search(f"subject:{word}")["items"])


def _copy(visitor: Visitor) -> Visitor:
    """The same person at another connection."""
    copy = Visitor(visitor.service_url)
    copy.http.cookies.update(visitor.http.cookies)
    return copy
