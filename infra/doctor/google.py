"""Google's APIs as the doctor asks them: JSON in, JSON out, errors as values that say what was refused."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import google.auth
import requests
from google.auth.transport.requests import AuthorizedSession

HOSTS = {
    "resources": "https://cloudresourcemanager.googleapis.com",
    "pubsub": "https://pubsub.googleapis.com",
    "run": "https://run.googleapis.com",
    "scheduler": "https://cloudscheduler.googleapis.com",
    "firestore": "https://firestore.googleapis.com",
    "policies": "https://orgpolicy.googleapis.com",
    "logging": "https://logging.googleapis.com",
    "accounts": "https://accounts.google.com",
}
_SCOPE = "https://www.googleapis.com/auth/cloud-platform"
_PATIENCE_S = 30
_ERRORS_BEGIN = 400

Document = Mapping[str, Any]


def open_session(project: str) -> requests.Session:
    """A session as whoever signed in; its calls count as those of the project that is looked at.

    Raises: google.auth.exceptions.DefaultCredentialsError.
    """
    credentials, _ = google.auth.default(scopes=[_SCOPE], quota_project_id=project)
    session: requests.Session = AuthorizedSession(credentials)  # type: ignore[no-untyped-call]
    return session


class Refused(Exception):
    """An API refused; the message is its own."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True)
class Google:
    """The APIs, asked as whoever runs the doctor; pages as nobody. `hosts`: where a stand-in is instead."""

    session: requests.Session
    nobody: requests.Session
    hosts: Mapping[str, str]

    def get(self, api: str, path: str) -> Document:
        """A resource. Raises: Refused."""
        return self._json("GET", api, path, None)

    def post(self, api: str, path: str, body: Document) -> Document:
        """The answer to a call. Raises: Refused."""
        return self._json("POST", api, path, body)

    def redirection(self, api: str, path: str, query: Mapping[str, str]) -> str:
        """Where a browser would be sent; empty if nowhere."""
        answer = self.nobody.request(
            "GET", self.hosts[api] + path, params=query, timeout=_PATIENCE_S, allow_redirects=False
        )
        return str(answer.headers.get("Location", ""))

    def _json(self, method: str, api: str, path: str, body: Document | None) -> Document:
        answer = self.session.request(method, self.hosts[api] + path, json=body, timeout=_PATIENCE_S)
        if answer.status_code >= _ERRORS_BEGIN:
            raise Refused(answer.status_code, str(answer.text)[:300])
        document: Document = answer.json()
        return document
