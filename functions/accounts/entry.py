"""The doors of signing in and out, and of leaving for good."""

from __future__ import annotations

import re
from http import HTTPStatus

from flask import Request, Response

from functions.accounts.begin_sign_in import LIFE, BegunSignIn, begin_sign_in
from functions.accounts.erase_mailbox import erase_mailbox as erase
from functions.accounts.find_receipt import find_receipt, plainly
from functions.accounts.finish_sign_in import Returned, finish_sign_in
from functions.accounts.sign_out import sign_out as end_sessions
from shared import edge
from shared.bootstrap import world
from shared.errors import NotSignedIn

_SIGN_IN_COOKIE, _SIGN_IN_PATH = "sign_in", "/users/auth"
_SESSION_LIFE_S = 3_600
_RECEIPT_PATH = re.compile(r"/api/receipts/([0-9a-f]{32,64})")


@edge.page_door
def sign_in(_request: Request) -> Response:
    """To Google's consent page."""
    return _to_google(begin_sign_in(world()))


@edge.page_door
def oauth_callback(request: Request) -> Response:
    """Back from Google's consent page, on to the mail."""
    brought = request.args
    returned = Returned(
        state=brought.get("state", ""),
        kept_state=request.cookies.get(_SIGN_IN_COOKIE, ""),
        code=brought.get("code", ""),
        error=brought.get("error", ""),
    )
    signed_in = finish_sign_in(world(), returned)
    if isinstance(signed_in, BegunSignIn):
        return _to_google(signed_in)
    answer = _redirect("/mails", HTTPStatus.SEE_OTHER)
    edge.set_cookie(answer, edge.SESSION_COOKIE, signed_in.token, seconds=_SESSION_LIFE_S)
    edge.clear_cookie(answer, _SIGN_IN_COOKIE, path=_SIGN_IN_PATH)
    return answer


@edge.page_door
def sign_out(request: Request) -> Response:
    """The session and the sync ended, the grant given back."""
    edge.require_same_origin(request)
    is_form = request.method == "POST" and not edge.wants_json(request)
    try:
        session = edge.session_of(request)
        end_sessions(world(), session.mailbox_id, session.epoch)
    except NotSignedIn:
        if not is_form:
            raise
    answer = _redirect("/", HTTPStatus.SEE_OTHER) if is_form else Response(status=HTTPStatus.NO_CONTENT)
    edge.clear_cookie(answer, edge.SESSION_COOKIE)
    return answer


@edge.http_door
def erase_mailbox(request: Request) -> edge.Answer:
    """Everything of the mailbox gone, here and at Google."""
    edge.require_same_origin(request)
    session = edge.claimed_session(request)
    receipt = erase(world(), session)
    return edge.Answer(plainly(receipt), {"mailbox_id": session.mailbox_id}, HTTPStatus.ACCEPTED)


@edge.http_door
def read_receipt(request: Request) -> edge.Answer:
    """How far an erasure is, for whoever has its receipt."""
    named = _RECEIPT_PATH.fullmatch(request.path)
    return edge.Answer(plainly(find_receipt(world(), named[1] if named else "")))


def _to_google(begun: BegunSignIn) -> Response:
    answer = _redirect(begun.url, HTTPStatus.FOUND)
    seconds = LIFE // 1000
    edge.set_cookie(answer, _SIGN_IN_COOKIE, begun.state, seconds=seconds, path=_SIGN_IN_PATH)
    return answer


def _redirect(to: str, status: HTTPStatus) -> Response:
    return Response(status=status, headers={"Location": to})
