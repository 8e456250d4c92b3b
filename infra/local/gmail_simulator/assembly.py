"""Puts the parts of the simulator together."""

from __future__ import annotations

from collections.abc import Mapping

from infra.local.gmail_simulator import authorization, deliveries
from infra.local.gmail_simulator.api import GmailApi
from infra.local.gmail_simulator.applications import Application
from infra.local.gmail_simulator.authorization import Authorization
from infra.local.gmail_simulator.clock import Clock
from infra.local.gmail_simulator.commands import Commands
from infra.local.gmail_simulator.control import Control
from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.deliveries import Deliveries, Send
from infra.local.gmail_simulator.exchange import Reply, Request
from infra.local.gmail_simulator.faults import Faults
from infra.local.gmail_simulator.grants import Grants
from infra.local.gmail_simulator.id_tokens import SigningKey
from infra.local.gmail_simulator.identity import Identity
from infra.local.gmail_simulator.mailboxes import Mailboxes
from infra.local.gmail_simulator.notices import Notices
from infra.local.gmail_simulator.oauth import OAuth
from infra.local.gmail_simulator.options import Options
from infra.local.gmail_simulator.push import Watches
from infra.local.gmail_simulator.quota import Quota
from infra.local.gmail_simulator.switchboard import Part, Switchboard


class Simulator:
    """All parts, standing on one database, speaking under one URL."""

    def __init__(self, options: Options, database: Database, url: str) -> None:
        clock = Clock(database)
        self.mailboxes = Mailboxes(database, clock, options.seed, options.history_kept_ms)
        self.deliveries = Deliveries(database, clock, _send(options))
        faults = Faults(options.seed)
        notices = Notices(self.deliveries, faults)
        watches = Watches(database, clock, notices.publish, self.mailboxes.history_id)
        self.mailboxes.on_change = watches.changed
        grants = Grants(database, clock)
        application = Application(options.client_id, options.client_secret, options.redirect_uris)
        identity = Identity(SigningKey(database), url, self._names)
        oauth = OAuth(application, grants, identity)
        quota = Quota(clock, options.units_per_minute, options.concurrency)
        api = GmailApi(self.mailboxes, oauth.authenticate, watches, quota, faults)
        commands = Commands(self.mailboxes, grants, watches, clock)
        control = Control(self.mailboxes, commands, self.deliveries, clock, faults, quota)
        named = _parts(Authorization(application, self.mailboxes, grants), oauth, identity, grants)
        self.switchboard = Switchboard(named, control.answer, api.answer)

    def _names(self) -> Mapping[str, str]:
        return dict(self.mailboxes.all())


def _send(options: Options) -> Send:
    if options.pubsub:
        return deliveries.to_pubsub(options.pubsub)
    if options.push_endpoint:
        return deliveries.to_endpoint(options.push_endpoint)
    return deliveries.to_nobody


def _parts(
    consent: Authorization, oauth: OAuth, identity: Identity, grants: Grants
) -> dict[tuple[str, str], Part]:
    def user_info(request: Request) -> Reply:
        return identity.user_info(oauth.authenticate, request)

    def token_info(request: Request) -> Reply:
        return identity.token_info(grants, request)

    return {
        ("GET", authorization.PATH): consent.show,
        ("POST", authorization.PATH): consent.decide,
        ("GET", "/o/oauth2/auth"): consent.show,
        ("POST", "/token"): oauth.token,
        ("POST", "/oauth2/v4/token"): oauth.token,
        ("POST", "/revoke"): oauth.revoke,
        ("POST", "/o/oauth2/revoke"): oauth.revoke,
        ("GET", "/tokeninfo"): token_info,
        ("POST", "/tokeninfo"): token_info,
        ("GET", "/oauth2/v3/userinfo"): user_info,
        ("GET", "/oauth2/v1/certs"): identity.certificates,
        ("GET", "/oauth2/v3/certs"): identity.key_set,
        ("GET", "/.well-known/openid-configuration"): identity.configuration,
    }
