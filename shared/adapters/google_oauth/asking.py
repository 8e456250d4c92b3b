"""How Google's OAuth endpoints are asked: over https (plain http on loopback only), and not for ever."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import requests

from shared.errors import GmailUnavailable

_TIMEOUT = 20  # seconds
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_TOO_MANY, _SERVER_ERRORS = 429, 500


def secure(uri: str) -> str:
    """The address, fit for secrets. Raises: ValueError unless it is https, or http on this machine."""
    parts = urlsplit(uri)
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return uri
    raise ValueError(f"Secrets travel over https only; {parts.scheme}://{parts.hostname} will not do.")


def get(uri: str) -> requests.Response:
    """Google's answer. Raises: GmailUnavailable, for every status but success too."""
    answer = _ask("GET", uri)
    if not answer.ok:
        raise GmailUnavailable(f"Google answered {answer.status_code}.")
    return answer


def post(uri: str, form: Mapping[str, str]) -> requests.Response:
    """Google's answer to a form, refusals included. Raises: GmailUnavailable if asking again may help."""
    return _ask("POST", uri, form)


def read(answer: requests.Response) -> dict[str, Any]:
    """The answer's JSON object. Raises: GmailUnavailable if it is none."""
    try:
        document = answer.json()
    except requests.JSONDecodeError as error:
        raise GmailUnavailable("Google's answer is not JSON.") from error
    if not isinstance(document, dict):
        raise GmailUnavailable("Google's answer is not a JSON object.")
    return document


def _ask(method: str, uri: str, form: Mapping[str, str] | None = None) -> requests.Response:
    try:
        answer = requests.request(method, uri, data=form, timeout=_TIMEOUT, allow_redirects=False)
    except requests.RequestException as error:
        raise GmailUnavailable("Google cannot be reached for now.") from error
    if answer.status_code >= _SERVER_ERRORS or answer.status_code == _TOO_MANY:
        raise GmailUnavailable(f"Google answered {answer.status_code}.")
    return answer
