"""Gmail's API: which call it is, whether it may be made, what it costs, and its answer.

Prices and scopes: https://developers.google.com/workspace/gmail/api/reference/quota (since 2026-05) and the
discovery document.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from infra.local.gmail_simulator.accounts import Account
from infra.local.gmail_simulator.batch import answer_batch
from infra.local.gmail_simulator.call import Call, Document
from infra.local.gmail_simulator.calls import Calls, Watches
from infra.local.gmail_simulator.exchange import Reply, Request, json_reply
from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.label_calls import LabelCalls
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.partial import select
from infra.local.gmail_simulator.quota import Quota
from infra.local.gmail_simulator.refusals import ApiError, insufficient_scope, not_found
from infra.local.gmail_simulator.thread_calls import ThreadCalls

_ALL, _GMAIL = "https://mail.google.com/", "https://www.googleapis.com/auth/gmail."
CHANGE = frozenset({_ALL, f"{_GMAIL}modify"})
READ = CHANGE | {f"{_GMAIL}readonly"}
SEE = READ | {f"{_GMAIL}metadata"}
INSERT = CHANGE | {f"{_GMAIL}insert"}
LABELS = CHANGE | {f"{_GMAIL}labels"}
DELETE = frozenset({_ALL})
_USER = re.compile(r"(?:/upload)?/gmail/v1/users/(?P<user>[^/]+)/(?P<rest>.+)")
_ONE = re.compile(r"/(?:messages|threads)/[^/]+$")  # shown in the format asked for
_BATCH = frozenset({"/batch", "/batch/gmail/v1"})
_METADATA_FORMATS = frozenset({"metadata", "minimal"})


@dataclass(frozen=True)
class Method:
    """One method of the API."""

    verb: str
    path: re.Pattern[str]
    units: int
    scopes: frozenset[str]
    does: Callable[[Call], Document | None]


class GmailApi:
    """Answers every request under /gmail/, /upload/gmail/ and /batch."""

    def __init__(
        self,
        mailboxes: Mailboxes,
        authenticate: Callable[[str], Account],
        watches: Watches,
        quota: Quota,
        faults: Faults,
    ) -> None:
        self._authenticate = authenticate
        self._quota = quota
        self._faults = faults
        self._clock = mailboxes.clock
        calls, threads = Calls(mailboxes, watches, faults), ThreadCalls(mailboxes, faults)
        self._methods = tuple(
            Method(verb, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path)), units, scopes, does)
            for verb, path, units, scopes, does in _table(calls, threads, LabelCalls(mailboxes))
        )

    def answer(self, request: Request) -> Reply:
        """The reply; a refusal is Gmail's JSON error."""
        try:
            if request.path in _BATCH:
                return answer_batch(request, self._answer_part)
            return self._answer(request)
        except ApiError as refused:
            return _refusal(refused)

    def _answer_part(self, request: Request) -> Reply:
        try:
            self._faults.refuse_part()
            return self._answer(request)
        except ApiError as refused:
            return _refusal(refused)

    def _answer(self, request: Request) -> Reply:
        found = _USER.fullmatch(request.path)
        if found is None:
            raise not_found("Method not found.")
        method, named = self._method(request, found["rest"])
        account = self._authenticate(request.headers.get("authorization", ""))
        if found["user"] not in {"me", account.address}:
            raise ApiError(403, "forbidden", f"Delegation denied for {account.address}")
        _check_scope(method, account, request)
        self._faults.refuse(account.address, self._clock())
        with self._quota.charged(account.address, method.units):
            self._faults.delay()
            document = method.does(Call(account.address, request, named))
        if document is None:
            return Reply(HTTPStatus.NO_CONTENT)
        is_pretty = request.asked("prettyPrint") != "false"
        return json_reply(select(document, request.asked("fields")), is_pretty=is_pretty)

    def _method(self, request: Request, rest: str) -> tuple[Method, dict[str, str]]:
        for method in self._methods:
            found = method.path.fullmatch(rest)
            if found and method.verb == request.method:
                return method, found.groupdict()
        raise not_found("Method not found.")


def _check_scope(method: Method, account: Account, request: Request) -> None:
    """Raises: ApiError. Whoever may only see metadata neither searches nor reads bodies."""
    held = method.scopes & account.scopes
    if not held:
        raise insufficient_scope()
    if held != {f"{_GMAIL}metadata"}:
        return
    if request.asked("q"):
        raise ApiError(403, "forbidden", "Metadata scope does not support 'q' parameter")
    is_get = request.method == "GET" and _ONE.search(request.path)
    if is_get and (request.asked("format") or "full") not in _METADATA_FORMATS:
        raise ApiError(403, "forbidden", "Metadata scope doesn't allow format FULL")


def _refusal(refused: ApiError) -> Reply:
    return json_reply(refused.document(), refused.status, refused.headers)


def _table(
    calls: Calls, threads: ThreadCalls, labels: LabelCalls
) -> tuple[tuple[str, str, int, frozenset[str], Callable[[Call], Document | None]], ...]:
    return (
        ("GET", "profile", 1, SEE, calls.get_profile),
        ("POST", "watch", 100, SEE, calls.watch),
        ("POST", "stop", 50, SEE, calls.stop),
        ("GET", "history", 2, SEE, calls.list_history),
        ("GET", "messages", 5, SEE, calls.list_messages),
        ("POST", "messages", 25, INSERT, calls.insert),
        ("POST", "messages/import", 25, INSERT, calls.import_message),
        ("POST", "messages/batchModify", 50, CHANGE, calls.batch_modify),
        ("POST", "messages/batchDelete", 50, DELETE, calls.batch_delete),
        ("GET", "messages/{id}", 20, SEE, calls.get_message),
        ("DELETE", "messages/{id}", 10, DELETE, calls.delete_message),
        ("POST", "messages/{id}/modify", 5, CHANGE, calls.modify_message),
        ("POST", "messages/{id}/trash", 5, CHANGE, calls.trash_message),
        ("POST", "messages/{id}/untrash", 5, CHANGE, calls.untrash_message),
        ("GET", "messages/{message}/attachments/{id}", 20, READ, calls.get_attachment),
        ("GET", "threads", 10, SEE, threads.list_threads),
        ("GET", "threads/{id}", 40, SEE, threads.get_thread),
        ("DELETE", "threads/{id}", 20, DELETE, threads.delete_thread),
        ("POST", "threads/{id}/modify", 10, CHANGE, threads.modify_thread),
        ("POST", "threads/{id}/trash", 10, CHANGE, threads.trash_thread),
        ("POST", "threads/{id}/untrash", 10, CHANGE, threads.untrash_thread),
        ("GET", "labels", 1, SEE | LABELS, labels.list_labels),
        ("POST", "labels", 5, LABELS, labels.create_label),
        ("GET", "labels/{id}", 1, SEE | LABELS, labels.get_label),
        ("PUT", "labels/{id}", 5, LABELS, labels.update_label),
        ("PATCH", "labels/{id}", 5, LABELS, labels.update_label),
        ("DELETE", "labels/{id}", 5, LABELS, labels.delete_label),
    )
