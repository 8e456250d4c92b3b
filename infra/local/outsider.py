"""A person with a browser, and the control panel of the simulated Gmail: both by HTTP only."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import quote, urljoin

import requests

_TIMEOUT_S = 60
_PAGE = 100


class Surprise(Exception):
    """Something answered otherwise than it should; the message says what was expected and what came."""


def expect(what: str, expected: object, got: object) -> None:
    """Nothing, if they are equal. Raises: Surprise."""
    if expected != got:
        raise Surprise(f"{what}: expected {expected}, got {got}")


class Visitor:
    """A browser at our service, with its own cookies."""

    def __init__(self, service_url: str) -> None:
        self.service_url = service_url
        self.http = _session()

    def sign_in(self, address: str, *, decision: str = "allow", gmail: bool = True) -> requests.Response:
        """The page on which the browser ends after following Google's consent page with this decision."""
        page = self.http.get(f"{self.service_url}/sign_in", timeout=_TIMEOUT_S)
        form = _Form.of(page.text)
        answers = {**form.hidden, "account": address, "decision": decision}
        if gmail:
            answers["gmail"] = "on"
        return self.http.post(urljoin(page.url, form.action), data=answers, timeout=_TIMEOUT_S)

    def get(self, path: str, **parameters: str | int) -> requests.Response:
        """Our service's answer."""
        return self.http.get(f"{self.service_url}{path}", params=parameters, timeout=_TIMEOUT_S)

    def status(self) -> dict[str, Any]:
        """How the mailbox is. Raises: Surprise."""
        return _json(self.get("/api/mailbox"))

    def search(self, query: str, **parameters: str | int) -> dict[str, Any]:
        """One page of what is found. Raises: Surprise."""
        return _json(self.get("/api/mails", q=query, **parameters))

    def pages(self, query: str, **parameters: str | int) -> Iterator[dict[str, Any]]:
        """All pages, by cursor. Raises: Surprise."""
        page = self.search(query, limit=_PAGE, **parameters)
        yield page
        while page.get("next_cursor"):
            page = self.search(query, limit=_PAGE, cursor=page["next_cursor"], **parameters)
            yield page

    def found(self, query: str, **parameters: str | int) -> list[str]:
        """The ids of everything found, newest first. Raises: Surprise."""
        return [item["id"] for page in self.pages(query, **parameters) for item in page["items"]]

    def sign_out(self) -> requests.Response:
        """Signed out, as the page's button does it."""
        origin = {"Origin": self.service_url}
        return self.http.post(f"{self.service_url}/sign_out", headers=origin, timeout=_TIMEOUT_S)


class Gmail:
    """The control panel of the simulated Gmail for one account: what really is there, and changes to it."""

    def __init__(self, simulator_url: str, address: str) -> None:
        self._control, self._address = f"{simulator_url}/control", address
        self._all = f"{self._control}/mailboxes"
        self._url = f"{self._all}/{quote(address)}"
        self._http = _session()

    def open_account(self) -> None:
        """The account is there, with an empty mailbox if it is new."""
        told = {"address": self._address, "name": self._address.partition("@")[0].title()}
        _json(self._http.post(self._all, json=told, timeout=_TIMEOUT_S))

    def sicken(self, *, is_sick: bool) -> None:
        """From now on every call for this mailbox fails, or does not."""
        _json(self._http.post(f"{self._url}/sick", json={"sick": is_sick}, timeout=_TIMEOUT_S))

    def revoke(self) -> None:
        """The owner withdraws every grant at Google."""
        _json(self._http.post(f"{self._url}/revoke", timeout=_TIMEOUT_S))

    def misbehave(self, **faults: int) -> None:
        """From now on all of Gmail misbehaves so (the simulator's README names the ways)."""
        _json(self._http.post(f"{self._control}/faults", json=faults, timeout=_TIMEOUT_S))

    def charged(self) -> tuple[int, int]:
        """Units that Gmail charged for this mailbox so far, and how many calls they were for."""
        told = _json(self._http.get(f"{self._url}/quota", timeout=_TIMEOUT_S))
        return told["units"], told["calls"]

    def state(self) -> list[dict[str, Any]]:
        """Every message: id, threadId, internalDate, historyId, labelIds."""
        messages: list[dict[str, Any]] = _json(self._http.get(f"{self._url}/state", timeout=600))["messages"]
        return messages

    def raw(self, message_id: str) -> bytes:
        """The message as it came over the wire."""
        answer = self._http.get(f"{self._url}/messages/{message_id}/raw", timeout=_TIMEOUT_S)
        answer.raise_for_status()
        return answer.content

    def deliver(self, message: dict[str, Any]) -> str:
        """The id of a new message in this mailbox."""
        return str(_json(self._http.post(f"{self._url}/messages", json=message, timeout=_TIMEOUT_S))["id"])

    def deliver_raw(self, message: bytes) -> str:
        """The id of a new message, given as it comes over the wire."""
        kind = {"Content-Type": "message/rfc822"}
        answer = self._http.post(f"{self._url}/messages", data=message, headers=kind, timeout=_TIMEOUT_S)
        return str(_json(answer)["id"])

    def change_labels(self, message_id: str, add: list[str], remove: list[str]) -> None:
        """Other labels for a message."""
        change = {"add": add, "remove": remove}
        self._http.post(f"{self._url}/messages/{message_id}/labels", json=change, timeout=_TIMEOUT_S)

    def delete(self, message_id: str) -> None:
        """The message is gone for good."""
        self._http.delete(f"{self._url}/messages/{message_id}", timeout=_TIMEOUT_S)


def milliseconds_since(began: float) -> float:
    """Since a value of time.perf_counter()."""
    return (time.perf_counter() - began) * 1_000


def _session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False  # a proxy has no business between us and ourselves
    return session


def _json(answer: requests.Response) -> dict[str, Any]:
    if not answer.ok:
        raise Surprise(
            f"{answer.request.method} {answer.url} answered {answer.status_code}: {answer.text[:300]}"
        )
    document: dict[str, Any] = answer.json()
    return document


@dataclass
class _Form(HTMLParser):
    """The first form of a page: where it goes and what it carries unseen."""

    action: str = ""
    hidden: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def of(cls, page: str) -> _Form:
        form = cls()
        form.feed(page)
        return form

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = given.get("action", "")
        if tag == "input" and given.get("type") == "hidden":
            self.hidden[given["name"]] = given.get("value", "")
