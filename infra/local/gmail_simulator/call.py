"""One call of the API, and what is asked in it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from infra.local.gmail_simulator.exchange import Request
from infra.local.gmail_simulator.refusals import bad_request

_MOST, _USUAL = 500, 100
_MOST_AT_ONCE = 1_000  # ids of batchModify and batchDelete

Document = dict[str, Any]


@dataclass(frozen=True)
class Call:
    """One call: whose mailbox, the ids in its path, the request."""

    address: str
    request: Request
    named: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The id in the path."""
        return self.named["id"]

    def asked(self, name: str) -> str:
        """A parameter; empty if it is not there."""
        return self.request.asked(name)

    def each(self, name: str) -> list[str]:
        """Every value of a repeated parameter."""
        return self.request.query.get(name, [])

    def body(self) -> Document:
        """The JSON object sent. Raises: ApiError."""
        try:
            return self.request.document()
        except ValueError as error:
            raise bad_request("Invalid JSON payload received.", "parseError") from error

    def texts(self, name: str) -> list[str]:
        """A list of texts in the JSON object, empty if it is not there. Raises: ApiError."""
        told = self.body().get(name)
        if told is None:
            return []
        if not isinstance(told, list) or not all(isinstance(each, str) for each in told):
            raise bad_request(f"Invalid value at '{name}': a list of texts is needed")
        return told

    def text(self, name: str) -> str:
        """A text in the JSON object, empty if it is not there. Raises: ApiError."""
        told = self.body().get(name)
        if told is not None and not isinstance(told, str):
            raise bad_request(f"Invalid value at '{name}': a text is needed")
        return told or ""

    def label_changes(self) -> tuple[list[str], list[str]]:
        """Labels to put on, and to take off. Raises: ApiError."""
        return self.texts("addLabelIds"), self.texts("removeLabelIds")

    def ids(self) -> list[str]:
        """The messages that a call for many of them names. Raises: ApiError."""
        ids = self.texts("ids")
        if not 0 < len(ids) <= _MOST_AT_ONCE:
            raise bad_request(f"ids: between 1 and {_MOST_AT_ONCE} message ids")
        return ids

    def limit(self) -> int:
        """The size of a page. Raises: ApiError."""
        told = self.asked("maxResults")
        if not told:
            return _USUAL
        if not (told.isascii() and told.isdecimal()):
            raise bad_request(f"Invalid value at 'max_results': {told[:50]}")
        return max(1, min(int(told[:9]), _MOST))
