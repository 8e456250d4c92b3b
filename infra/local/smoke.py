"""The demo without a person: `python -m infra.local.smoke`. Exits 0 only if all of it worked.

It knows the system over HTTP only, as a browser does, and computes what it expects from the raw messages.
"""

from __future__ import annotations

import math
import os
import random
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.local.options import Options, read_options
from infra.local.outsider import Gmail, Surprise, Visitor, expect, milliseconds_since
from infra.local.plain_mail import read_mail
from infra.local.process import ProcessFailed, peak_memory_mb
from infra.local.progress import Progress
from infra.local.questions import questions
from infra.local.stack import Stack, run_orderly, running
from infra.local.wiring import ADDRESS

_SEARCHES = 50
_PUSHES = 20
_BETWEEN_PUSHES_S = 1.05  # Gmail notifies at most once a second; new mail comes further apart than that
_SYNC_S = 3_600
_SOON_S = 60
_MOST_MEMORY_MB = 300


@dataclass
class Figures:
    """What the last line says."""

    profile: str
    messages: int = 0
    mirrored: int = 0
    lost: int = 0
    full_sync_s: float = 0
    push_ms: list[float] = field(default_factory=list)
    search_ms: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        """One line of key=value."""
        return (
            f"profile={self.profile} messages={self.messages} mirrored={self.mirrored} lost={self.lost} "
            f"full_sync_msgs_per_s={self.mirrored / self.full_sync_s:.0f} "
            f"push_to_searchable_ms_p50={_percentile(self.push_ms, 50):.0f} "
            f"push_to_searchable_ms_p95={_percentile(self.push_ms, 95):.0f} "
            f"search_ms_p50={_percentile(self.search_ms, 50):.1f} "
            f"search_ms_p95={_percentile(self.search_ms, 95):.1f}"
        )


class Smoke:
    """One run against a running stack; every step raises Surprise if something is not as it should be."""

    def __init__(self, stack: Stack, options: Options) -> None:
        self._options = options
        self._browser = Visitor(stack.service_url)
        self._gmail = Gmail(stack.simulator_url, ADDRESS)
        self.figures = Figures(options.profile)

    def steps(self) -> list[tuple[str, Callable[[], None]]]:
        """What is done, in order, in words."""
        return [
            ("Nobody reads mail without signing in", self._stay_out),
            ("Signing in over the consent page", self._sign_in),
            ("Full sync", self._wait_for_full_sync),
            ("Every message is mirrored", self._count),
            (f"{_SEARCHES} searches find what the raw mail says", self._search),
            (f"{_PUSHES} new messages are found", self._receive),
            ("Changed labels and a deletion are seen", self._change),
            ("Signing out ends the session", self._sign_out),
        ]

    def _stay_out(self) -> None:
        expect("GET /api/mails without a session", 401, self._browser.get("/api/mails", q="a").status_code)

    def _sign_in(self) -> None:
        page = self._browser.sign_in(ADDRESS)
        self._began = time.perf_counter()
        expect("the page after consent", (200, "/mails"), (page.status_code, page.request.path_url))
        expect("the mailbox signed in", ADDRESS, self._browser.status()["address"])

    def _wait_for_full_sync(self) -> None:
        deadline = time.monotonic() + _SYNC_S
        with Progress("Full sync") as progress:
            while not (status := self._browser.status())["coverage"]["complete"]:
                told = status["full_sync"] or {}
                progress.at(
                    f"{told.get('done', 0):,} of {told.get('total', 0):,}, {told.get('eta_seconds')} s left"
                )
                if time.monotonic() > deadline:
                    raise Surprise(f"complete coverage: expected within {_SYNC_S} s, got {status}")
                time.sleep(0.1)
        self.figures.full_sync_s = time.perf_counter() - self._began

    def _count(self) -> None:
        self._truth = self._gmail.state()
        there = {message["id"] for message in self._truth}
        found = self._browser.found("in:anywhere")
        self.figures.messages = len(there)
        self.figures.mirrored = len(there & set(found))
        self.figures.lost = len(there - set(found))
        expect("messages of Gmail that are not found", 0, self.figures.lost)
        expect("messages found that Gmail does not have, or twice", 0, len(found) - len(there))
        expect("total_count of in:anywhere", len(there), self._browser.search("in:anywhere")["total_count"])

    def _search(self) -> None:
        mails = []
        with Progress("Reading the raw mail to know the answers") as progress:
            for message in self._truth:
                mails.append(read_mail(message, self._gmail.raw(message["id"])))
                progress.at(f"{len(mails):,} of {len(self._truth):,}")
            asked = questions(mails, _SEARCHES, self._options.seed)
        expect("questions that this mail lends itself to", _SEARCHES, len(asked))
        for question in asked:
            began = time.perf_counter()
            page = self._browser.search(question.query, **question.parameters)
            self.figures.search_ms.append(milliseconds_since(began))
            found = set(self._browser.found(question.query, **question.parameters))
            told = f"{question.query!r} {dict(question.parameters) or ''}"
            if found != question.answer:
                missing, wrong = sorted(question.answer - found)[:5], sorted(found - question.answer)[:5]
                raise Surprise(
                    f"{told}: expected {len(question.answer)}, missing {missing}, wrongly found {wrong}"
                )
            expect(f"total_count of {told}", len(found), page["total_count"])

    def _receive(self) -> None:
        with Progress("Receiving new messages") as progress:
            for number in range(_PUSHES):
                time.sleep(_BETWEEN_PUSHES_S)
                word = self._new_word()
                began = time.perf_counter()
                self._new_message(word)
                self._until(f"subject:{word}", 1)
                self.figures.push_ms.append(milliseconds_since(began))
                progress.at(f"{number + 1} of {_PUSHES}")

    def _change(self) -> None:
        word = self._new_word()
        message_id = self._new_message(word)
        self._until(f"subject:{word} is:unread", 1)
        self._gmail.change_labels(message_id, ["STARRED"], ["UNREAD"])
        self._until(f"subject:{word} is:starred -is:unread", 1)
        self._gmail.delete(message_id)
        self._until(f"subject:{word} in:anywhere", 0)

    def _sign_out(self) -> None:
        session = self._browser.http.cookies.copy()
        expect("signing out works", True, self._browser.sign_out().ok)
        self._browser.http.cookies.update(session)
        expect("GET /api/mails after signing out", 401, self._browser.get("/api/mails", q="a").status_code)

    def _new_word(self) -> str:
        return "".join(random.choices("bcdfghjklmnpqrstvwxz", k=12))

    def _new_message(self, word: str) -> str:
        message: dict[str, Any] = {"from": "Bea <bea@example.org>", "to": ADDRESS, "subject": f"News {word}"}
        return self._gmail.deliver({**message, "text": "Here it is.", "labels": ["INBOX", "UNREAD"]})

    def _until(self, query: str, count: int) -> None:
        deadline = time.monotonic() + _SOON_S
        while (got := self._browser.search(query)["total_count"]) != count:
            if time.monotonic() > deadline:
                raise Surprise(f"messages found by {query!r} within {_SOON_S} s: expected {count}, got {got}")
            time.sleep(0.01)


def _percentile(values: list[float], percent: int) -> float:
    return sorted(values)[math.ceil(len(values) * percent / 100) - 1]


def smoke(options: Options) -> int:
    """Run all steps in a fresh place; 0 if all of it worked, 1 after telling what did not."""
    state = Path(tempfile.mkdtemp(prefix="mailbox-smoke-"))
    with running(Stack(options, state)) as stack:
        run = Smoke(stack, options)
        for words, step in run.steps():
            try:
                step()
            except (Surprise, ProcessFailed) as surprise:
                print(f"smoke FAILED at: {words}\n  {surprise}\n  The logs are in {stack.logs}.")
                return 1
            print(f"ok  {words}", flush=True)
        memory = peak_memory_mb(stack.service.pid)
    print(f"The service held {memory:.0f} MB at most.")
    if memory > _MOST_MEMORY_MB:
        print(f"smoke FAILED: expected at most {_MOST_MEMORY_MB} MB. The logs are in {stack.logs}.")
        return 1
    shutil.rmtree(state)
    print(run.figures)
    return 0


if __name__ == "__main__":
    run_orderly(lambda: smoke(read_options(os.environ)))
