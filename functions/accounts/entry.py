"""The doors of signing in and out, and of leaving for good."""

from __future__ import annotations

import json
import re
from http import HTTPStatus

from flask import Request, Response

from functions.accounts.begin_sign_in import LIFE, BegunSignIn, begin_sign_in
from functions.accounts.change_settings import change_settings as change
from functions.accounts.change_settings import read_choice
from functions.accounts.erase_mailbox import erase_mailbox as erase
from functions.accounts.exchange_code import BroughtCode
from functions.accounts.exchange_code import exchange_code as exchange
from functions.accounts.find_receipt import find_receipt, plainly
from functions.accounts.finish_sign_in import Returned, finish_sign_in
from functions.accounts.heed_security_event import heed_security_event
from functions.accounts.sign_out import sign_out as end_sessions
from shared import edge
from shared.bootstrap import world
from shared.errors import InvalidRequest, NotSignedIn
from shared.mail.model import MailboxId

_SIGN_IN_COOKIE, _SIGN_IN_PATH = "sign_in", "/users/auth"
_MOST_CODE, _MOST_ADDRESS, _MOST_VERIFIER = 4_096, 2_048, 128
_RECEIPT_PATH = re.compile(r"/api/receipts/([0-9a-f]{32,64})")


@edge.page_door
def sign_in(request: Request) -> Response:
    """To Google's consent page; `?account=choose` for another of one's accounts."""
    edge.within_rate(request, edge.Rate.SIGN_IN)
    account = request.args.get("account")
    if account not in {None, "choose"}:
        raise InvalidRequest("This is no way to sign in.", field="account", hint="Give choose, or nothing.")
    return _to_google(begin_sign_in(world(), choose_account=account == "choose"))


@edge.page_door
def oauth_callback(request: Request) -> Response:
    """Back from Google's consent page, on to the mail."""
    edge.within_rate(request, edge.Rate.SIGN_IN)
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
    edge.within_rate(request, edge.Rate.SIGN_IN, signed_in.mailbox_id)
    answer = _redirect("/mails", HTTPStatus.SEE_OTHER)
    edge.set_cookie(answer, edge.SESSION_COOKIE, signed_in.token, seconds=edge.SESSION_SECONDS)
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
def exchange_code(request: Request) -> edge.Answer:
    """A session for a program that ran consent itself."""
    edge.require_same_origin(request)
    edge.within_rate(request, edge.Rate.SIGN_IN)
    body = edge.json_body(request)
    brought = BroughtCode(
        code=edge.text_of(body, "code", _MOST_CODE, is_needed=True),
        redirect_uri=edge.text_of(body, "redirect_uri", _MOST_ADDRESS, is_needed=True),
        code_verifier=edge.text_of(body, "code_verifier", _MOST_VERIFIER),
        nonce=edge.text_of(body, "nonce", _MOST_VERIFIER),
    )
    signed_in = exchange(world(), brought)
    edge.within_rate(request, edge.Rate.SIGN_IN, signed_in.mailbox_id)
    return _token_answer(signed_in.mailbox_id, signed_in.token)


@edge.http_door
def renew_session(request: Request) -> edge.Answer:
    """A fresh token for a program whose own is good still; browsers are given theirs unasked."""
    edge.require_same_origin(request)
    if not edge.bearer_token(request):
        raise NotSignedIn("Send the token as Authorization: Bearer.")
    session, now = edge.session_of(request), world().now()
    token = world().sessions.issue(session.mailbox_id, session.epoch, now, session.signed_in_at)
    return _token_answer(session.mailbox_id, token)


@edge.http_door
def session_keys(_request: Request) -> Response:
    """The public keys of session tokens, for API Gateway and whoever else verifies them."""
    keys = json.dumps(world().sessions.public_keys())
    answer = Response(keys, content_type="application/jwk-set+json")
    answer.headers["Cache-Control"] = "public, max-age=300"
    return answer


@edge.http_door
def receive_security_event(request: Request) -> Response | edge.Answer:
    """Google tells of an account in danger (RFC 8935: 202, or 400 and why)."""
    try:
        events = world().security_events.verify(edge.text_body(request).strip())
    except NotSignedIn:
        refusal = {"err": "authentication_failed", "description": "This is no event of Google's for us."}
        return edge.Answer(refusal, {"refused": True}, HTTPStatus.BAD_REQUEST)
    heeded = [heed_security_event(world(), event) for event in events]
    figures = {
        "kinds": " ".join(each.kind for each in heeded),
        "done": " ".join(each.done for each in heeded),
        "mailbox_id": next((each.mailbox_id for each in heeded if each.mailbox_id), None),
    }
    return edge.Answer({"events": len(heeded)}, figures, HTTPStatus.ACCEPTED)


@edge.http_door
def change_settings(request: Request) -> edge.Answer:
    """Another language or time zone."""
    edge.require_same_origin(request)
    session = edge.session_of(request)
    choice = read_choice(edge.json_body(request))
    mailbox = change(world(), session, choice)
    chosen = {"language": mailbox.language, "time_zone": mailbox.time_zone}
    return edge.Answer(chosen, {"mailbox_id": session.mailbox_id})


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


def _token_answer(mailbox_id: MailboxId, token: str) -> edge.Answer:
    document = {"token": token, "token_type": "Bearer", "expires_in": edge.SESSION_SECONDS}
    return edge.Answer(document, {"mailbox_id": mailbox_id})


def _to_google(begun: BegunSignIn) -> Response:
    answer = _redirect(begun.url, HTTPStatus.FOUND)
    seconds = LIFE // 1000
    edge.set_cookie(answer, _SIGN_IN_COOKIE, begun.state, seconds=seconds, path=_SIGN_IN_PATH)
    return answer


def _redirect(to: str, status: HTTPStatus) -> Response:
    return Response(status=status, headers={"Location": to})
