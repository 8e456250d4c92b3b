"""The settings of one process, read once from the environment; nothing else reads the environment."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from shared.ports.world import Limits


class Profile(StrEnum):
    """Which adapters stand behind the ports."""

    EMBEDDED = "embedded"
    EMULATORS = "emulators"
    CLOUD = "cloud"


class MissingSettings(Exception):
    """Some settings are missing or wrong; the message names every one."""


GOOGLE = {
    "GMAIL_ENDPOINT": "https://gmail.googleapis.com/",
    "OAUTH_AUTH_URI": "https://accounts.google.com/o/oauth2/v2/auth",
    "OAUTH_TOKEN_URI": "https://oauth2.googleapis.com/token",
    "OAUTH_REVOKE_URI": "https://oauth2.googleapis.com/revoke",
    "OAUTH_CERTS_URI": "https://www.googleapis.com/oauth2/v1/certs",
    "OAUTH_ISSUER": "https://accounts.google.com",
    "KMS_ENDPOINT": "https://cloudkms.googleapis.com",
}
_NEEDED = ("PROFILE", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "PUBLIC_URL", "GMAIL_TOPIC")
_MASTER_KEYS = ("CONTENT_KEY", "TOKENS_KEY", "NAME_KEY", "SESSION_KEY")
_SECRETS = frozenset({"OAUTH_CLIENT_SECRET", "NAME_KEY", "SESSION_KEY"})  # which a door may do without
_NEEDED_BY = {
    Profile.EMBEDDED: ("DATA_DIR", "SYNC_PUSH_URL"),
    Profile.EMULATORS: (
        "DATA_DIR",
        "PROJECT",
        "SYNC_TOPIC",
        "FIRESTORE_EMULATOR_HOST",
        "PUBSUB_EMULATOR_HOST",
    ),
    Profile.CLOUD: ("PROJECT", "SYNC_TOPIC", "PUSH_AUDIENCE", "PUSH_SERVICE_ACCOUNT", *_MASTER_KEYS),
}
# API Gateway, and Google's front end before the door, which adds the gateway's own address.
_PROXIES = {Profile.EMBEDDED: 0, Profile.EMULATORS: 0, Profile.CLOUD: 2}
_KMS_KEY = re.compile(r"projects/[^/]+/locations/[^/]+/keyRings/[^/]+/cryptoKeys/[^/]+")
_NAME_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class MasterKeys:
    """Where master keys are when they are not in a key file."""

    content: str  # the CryptoKey that wraps data keys: projects/P/locations/L/keyRings/R/cryptoKeys/K
    tokens: str  # the one that wraps OAuth tokens
    names: bytes  # under which addresses and subjects are hashed
    sessions: str  # EC P-256 private keys (PEM): the first signs session tokens, all of them verify
    endpoint: str


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, checked; secrets that are withheld from this door are empty."""

    profile: Profile
    public_url: str  # where browsers reach us, without a trailing slash
    oauth_client_id: str
    oauth_client_secret: str
    gmail_endpoint: str
    oauth_auth_uri: str
    oauth_token_uri: str
    oauth_revoke_uri: str
    oauth_certs_uri: str
    oauth_issuer: str
    data_dir: Path  # key file and SQLite file; the cloud has neither
    project: str
    keys_database: str  # the Firestore database of wrapped data keys, of which there are no backups
    master_keys: MasterKeys | None  # None: in a key file
    sync_topic: str  # projects/P/topics/T
    sync_push_url: str  # where the in-process queue delivers
    proxies: int  # of ours before a door, each of which adds an address to X-Forwarded-For
    push_audience: str  # empty: pushes carry no token (local profiles, on loopback only)
    push_service_account: str
    limits: Limits

    @property
    def is_local(self) -> bool:
        """Whether this is a machine of one person, listening on loopback only."""
        return self.profile is not Profile.CLOUD


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that an environment holds. Raises: MissingSettings, naming every one at once."""
    profile = _profile(environment.get("PROFILE", ""))
    if missing := _missing(environment, (*_NEEDED, *_NEEDED_BY[profile])):
        raise MissingSettings(f"Set these environment variables: {', '.join(missing)}.")
    url = {name: environment.get(name, default) for name, default in GOOGLE.items()}
    return Settings(
        profile=profile,
        public_url=environment["PUBLIC_URL"].rstrip("/"),
        oauth_client_id=environment["OAUTH_CLIENT_ID"],
        oauth_client_secret=environment.get("OAUTH_CLIENT_SECRET", ""),
        gmail_endpoint=url["GMAIL_ENDPOINT"].rstrip("/") + "/",
        oauth_auth_uri=url["OAUTH_AUTH_URI"],
        oauth_token_uri=url["OAUTH_TOKEN_URI"],
        oauth_revoke_uri=url["OAUTH_REVOKE_URI"],
        oauth_certs_uri=url["OAUTH_CERTS_URI"],
        oauth_issuer=url["OAUTH_ISSUER"],
        data_dir=Path(environment.get("DATA_DIR", "")),
        project=environment.get("PROJECT", ""),
        keys_database=environment.get("KEYS_DATABASE") or "keys",
        master_keys=_master_keys(environment, url["KMS_ENDPOINT"]),
        sync_topic=environment.get("SYNC_TOPIC", ""),
        sync_push_url=environment.get("SYNC_PUSH_URL", ""),
        proxies=_number(environment, "PROXIES", _PROXIES[profile]),
        push_audience=environment.get("PUSH_AUDIENCE", ""),
        push_service_account=environment.get("PUSH_SERVICE_ACCOUNT", ""),
        limits=_limits(environment),
    )


def _profile(name: str) -> Profile:
    try:
        return Profile(name)
    except ValueError:
        raise MissingSettings(f"Set PROFILE to one of {', '.join(Profile)}; it is {name!r}.") from None


def _missing(environment: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """Those that are not there, but for the secrets that the deployment withholds from this door."""
    withheld = _SECRETS.intersection(environment.get("WITHHELD", "").split(","))
    return [name for name in names if not environment.get(name) and name not in withheld]


def _master_keys(environment: Mapping[str, str], endpoint: str) -> MasterKeys | None:
    """Of the cloud, and of a local profile that is told of a stand-in."""
    if not any(environment.get(name) for name in _MASTER_KEYS):
        return None
    if missing := _missing(environment, _MASTER_KEYS):
        raise MissingSettings(f"Set these environment variables: {', '.join(missing)}.")
    for name in ("CONTENT_KEY", "TOKENS_KEY"):
        if not _KMS_KEY.fullmatch(environment[name]):
            raise MissingSettings(f"Set {name} to projects/P/locations/L/keyRings/R/cryptoKeys/K.")
    if environment["CONTENT_KEY"] == environment["TOKENS_KEY"]:
        raise MissingSettings("Set TOKENS_KEY to another key than CONTENT_KEY.")
    return MasterKeys(
        content=environment["CONTENT_KEY"],
        tokens=environment["TOKENS_KEY"],
        names=_name_key(environment["NAME_KEY"]) if environment.get("NAME_KEY") else b"",
        sessions=environment.get("SESSION_KEY", ""),
        endpoint=endpoint.rstrip("/"),
    )


def _name_key(text: str) -> bytes:
    try:
        key = b64decode(text, validate=True)
    except ValueError:
        key = b""
    if len(key) != _NAME_KEY_BYTES:
        raise MissingSettings(f"Set NAME_KEY to {_NAME_KEY_BYTES} random bytes in base64.")
    return key


def _limits(environment: Mapping[str, str]) -> Limits:
    usual = Limits()
    return Limits(
        gmail_topic=environment["GMAIL_TOPIC"],
        units_per_minute=_number(environment, "UNITS_PER_MINUTE", usual.units_per_minute),
        project_units_per_minute=_number(
            environment, "PROJECT_UNITS_PER_MINUTE", usual.project_units_per_minute
        ),
        project_units_per_day=_number(environment, "PROJECT_UNITS_PER_DAY", usual.project_units_per_day),
        concurrency=max(1, _number(environment, "CONCURRENCY", usual.concurrency)),
        step=_number(environment, "STEP_MS", usual.step),
        settling=_number(environment, "SETTLING_MS", usual.settling),
        poll_after=_number(environment, "POLL_AFTER_MS", usual.poll_after),
        sign_ins_per_minute=_number(environment, "SIGN_INS_PER_MINUTE", usual.sign_ins_per_minute),
        searches_per_minute=_number(environment, "SEARCHES_PER_MINUTE", usual.searches_per_minute),
        suggestions_per_minute=_number(environment, "SUGGESTIONS_PER_MINUTE", usual.suggestions_per_minute),
        readings_per_minute=_number(environment, "READINGS_PER_MINUTE", usual.readings_per_minute),
    )


def _number(environment: Mapping[str, str], name: str, usual: int) -> int:
    text = environment.get(name, "")
    if not text:
        return usual
    if not text.isdecimal():
        raise MissingSettings(f"Set {name} to a whole number; it is {text!r}.")
    return int(text)
