"""The settings of one process, read once from the environment; nothing else reads the environment."""

from __future__ import annotations

from collections.abc import Mapping
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
}
_NEEDED = ("PROFILE", "OAUTH_CLIENT_ID", "OAUTH_CLIENT_SECRET", "PUBLIC_URL", "GMAIL_TOPIC", "DATA_DIR")
_NEEDED_BY = {
    Profile.EMBEDDED: ("SYNC_PUSH_URL",),
    Profile.EMULATORS: ("PROJECT", "SYNC_TOPIC", "FIRESTORE_EMULATOR_HOST", "PUBSUB_EMULATOR_HOST"),
    Profile.CLOUD: ("PROJECT", "SYNC_TOPIC", "PUSH_AUDIENCE", "PUSH_SERVICE_ACCOUNT"),
}


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting, checked."""

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
    data_dir: Path  # key file (in the cloud a mounted secret, the same for every instance), SQLite file
    project: str
    sync_topic: str  # projects/P/topics/T
    sync_push_url: str  # where the in-process queue delivers
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
    missing = [name for name in (*_NEEDED, *_NEEDED_BY[profile]) if not environment.get(name)]
    if missing:
        raise MissingSettings(f"Set these environment variables: {', '.join(missing)}.")
    url = {name: environment.get(name, default) for name, default in GOOGLE.items()}
    return Settings(
        profile=profile,
        public_url=environment["PUBLIC_URL"].rstrip("/"),
        oauth_client_id=environment["OAUTH_CLIENT_ID"],
        oauth_client_secret=environment["OAUTH_CLIENT_SECRET"],
        gmail_endpoint=url["GMAIL_ENDPOINT"].rstrip("/") + "/",
        oauth_auth_uri=url["OAUTH_AUTH_URI"],
        oauth_token_uri=url["OAUTH_TOKEN_URI"],
        oauth_revoke_uri=url["OAUTH_REVOKE_URI"],
        oauth_certs_uri=url["OAUTH_CERTS_URI"],
        oauth_issuer=url["OAUTH_ISSUER"],
        data_dir=Path(environment["DATA_DIR"]),
        project=environment.get("PROJECT", ""),
        sync_topic=environment.get("SYNC_TOPIC", ""),
        sync_push_url=environment.get("SYNC_PUSH_URL", ""),
        push_audience=environment.get("PUSH_AUDIENCE", ""),
        push_service_account=environment.get("PUSH_SERVICE_ACCOUNT", ""),
        limits=_limits(environment),
    )


def _profile(name: str) -> Profile:
    try:
        return Profile(name)
    except ValueError:
        raise MissingSettings(f"Set PROFILE to one of {', '.join(Profile)}; it is {name!r}.") from None


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
    )


def _number(environment: Mapping[str, str], name: str, usual: int) -> int:
    text = environment.get(name, "")
    if not text:
        return usual
    if not text.isdecimal():
        raise MissingSettings(f"Set {name} to a whole number; it is {text!r}.")
    return int(text)
