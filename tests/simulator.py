"""The Gmail simulator as tests use it: a process, a person at its consent page, its control API."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urljoin, urlsplit

import requests

from shared.adapters.gmail_api import GmailApi
from shared.adapters.google_oauth import GoogleConsent
from shared.ports.grants import Grant

ROOT = Path(__file__).parents[1]
OWNER = "owner@example.com"
CLIENT_ID, CLIENT_SECRET = "tests.apps.example.com", "invented"
REDIRECT_URI = "http://127.0.0.1:1/users/auth/google_oauth2/callback"
READY = "Gmail simulator ready on "
_PATIENCE = 30  # seconds for one answer


@dataclass(frozen=True)
class Simulator:
    """A running simulator; `url` without a trailing slash."""

    url: str

    # --- our adapters, pointed at it

    def consent(self) -> GoogleConsent:
        return GoogleConsent(
            client_id=CLIENT_ID,
            client_secret=CLIENT_SECRET,
            redirect_uri=REDIRECT_URI,
            auth_uri=f"{self.url}/o/oauth2/v2/auth",
            token_uri=f"{self.url}/token",
            revoke_uri=f"{self.url}/revoke",
            certs_uri=f"{self.url}/oauth2/v1/certs",
            issuer=self.url,
        )

    def gmails(self) -> GmailApi:
        return GmailApi(f"{self.url}/", f"{self.url}/token", CLIENT_ID, CLIENT_SECRET)

    def grant(self) -> Grant:
        """What the owner grants when asked again."""
        consent = self.consent()
        begun = consent.begin("state", "nonce", ask_again=True)
        grant = consent.finish(self.sign_in(begun.url)["code"], begun.code_verifier, "nonce").grant
        assert grant
        return grant

    # --- the person

    def sign_in(
        self, consent_url: str, account: str = OWNER, *, gmail: bool = True, decision: str = "allow"
    ) -> dict[str, str]:
        """Fill in the consent page: what it sends back to the application (code and state, or error)."""
        with requests.Session() as browser:
            page = browser.get(consent_url, timeout=_PATIENCE)
            page.raise_for_status()
            form = _Form(page.text)
            filled = {**form.hidden, "account": account, "decision": decision}
            if gmail:
                filled["gmail"] = "on"
            answer = browser.post(
                urljoin(page.url, form.action), data=filled, allow_redirects=False, timeout=_PATIENCE
            )
        if not answer.is_redirect:
            raise AssertionError(f"The consent page answered {answer.status_code}: {answer.text[:300]}")
        return dict(parse_qsl(urlsplit(answer.headers["Location"]).query))

    # --- what happens in the mailbox

    def deliver(self, subject: str, text: str = "Hello.", **more: Any) -> str:
        """A new message of plain text; its id."""
        letter = {"from": "Ann <ann@example.com>", "to": OWNER, "subject": subject, "text": text, **more}
        return str(self._control("POST", f"mailboxes/{OWNER}/messages", letter)["id"])

    def deliver_raw(self, raw: bytes) -> str:
        """A new message of these bytes (RFC 5322); its id."""
        answer = requests.post(
            f"{self.url}/control/mailboxes/{OWNER}/messages",
            data=raw,
            headers={"Content-Type": "message/rfc822"},
            timeout=_PATIENCE,
        )
        answer.raise_for_status()
        return str(answer.json()["id"])

    def relabel(self, message_id: str, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        changes = {"add": list(add), "remove": list(remove)}
        self._control("POST", f"mailboxes/{OWNER}/messages/{message_id}/labels", changes)

    def trash(self, message_id: str) -> None:
        self._control("POST", f"mailboxes/{OWNER}/messages/{message_id}/trash")

    def delete(self, message_id: str) -> None:
        self._control("DELETE", f"mailboxes/{OWNER}/messages/{message_id}")

    def expire_history(self) -> None:
        self._control("POST", f"mailboxes/{OWNER}/expire_history")

    def revoke(self) -> None:
        """The owner withdraws every grant at Google."""
        self._control("POST", f"mailboxes/{OWNER}/revoke")

    def advance(self, milliseconds: int) -> None:
        self._control("POST", "clock", {"advance_ms": milliseconds})

    def truth(self) -> dict[str, dict[str, Any]]:
        """Every message that the mailbox has, by id: threadId, internalDate, historyId, labelIds."""
        answer = requests.get(
            f"{self.url}/control/mailboxes/{OWNER}/state", params={"format": "lines"}, timeout=_PATIENCE
        )
        answer.raise_for_status()
        messages = [json.loads(line) for line in answer.text.splitlines() if line]
        return {each["id"]: each for each in messages if "id" in each}

    def _control(self, method: str, path: str, document: object = None) -> dict[str, Any]:
        answer = requests.request(method, f"{self.url}/control/{path}", json=document, timeout=_PATIENCE)
        answer.raise_for_status()
        body = answer.json() if answer.content else {}
        return body if isinstance(body, dict) else {}


@contextmanager
def running_simulator(state: Path, *options: str, redirect_uri: str = REDIRECT_URI) -> Iterator[Simulator]:
    """A simulator on a free port with one account, for as long as the block lasts; its state stays."""
    command = [sys.executable, "-m", "infra.local.gmail_simulator", "--port", "0", "--state", str(state)]
    command += ["--account", OWNER, "--name", "Owner", "--units-per-minute", "0", *options]
    command += ["--client-id", CLIENT_ID, "--client-secret", CLIENT_SECRET, "--redirect-uri", redirect_uri]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with (
        tempfile.TemporaryFile("w+") as errors,
        subprocess.Popen(
            command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, stderr=errors, text=True
        ) as process,
    ):
        try:
            yield Simulator(_await_url(process, errors))
        finally:
            process.terminate()
            process.communicate()


def _await_url(process: subprocess.Popen[str], errors: Any) -> str:
    assert process.stdout
    for line in process.stdout:
        if line.startswith(READY):
            return line.removeprefix(READY).strip()
    errors.seek(0)
    raise AssertionError(f"The simulator ended instead of starting: {errors.read()[-2000:]}")


class _Form(HTMLParser):
    """The first form of a page: where it goes and what it carries along unseen."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.action = ""
        self.hidden: dict[str, str] = {}
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form" and not self.action:
            self.action = values.get("action", "")
        elif tag == "input" and values.get("type") == "hidden":
            self.hidden[values.get("name", "")] = values.get("value", "")
