"""Settings: read at once, or refused with every missing name."""

from __future__ import annotations

from base64 import b64encode

import pytest

from shared.config import GOOGLE, MissingSettings, Profile, read_settings
from shared.mail.quota import Budget
from shared.ports.world import Limits

EMBEDDED = {
    "PROFILE": "embedded",
    "OAUTH_CLIENT_ID": "client",
    "OAUTH_CLIENT_SECRET": "secret",
    "PUBLIC_URL": "https://mail.example.com/",
    "GMAIL_TOPIC": "projects/p/topics/gmail",
    "DATA_DIR": "data",
    "SYNC_PUSH_URL": "http://127.0.0.1:1/",
}
MASTER_KEYS = {
    "CONTENT_KEY": "projects/p/locations/l/keyRings/r/cryptoKeys/content",
    "TOKENS_KEY": "projects/p/locations/l/keyRings/r/cryptoKeys/tokens",
    "NAME_KEY": b64encode(bytes(32)).decode(),
    "SESSION_KEY": "-----BEGIN PRIVATE KEY-----",
}
CLOUD = {
    **{name: value for name, value in EMBEDDED.items() if name not in {"DATA_DIR", "SYNC_PUSH_URL"}},
    **MASTER_KEYS,
    "PROFILE": "cloud",
    "PROJECT": "p",
    "SYNC_TOPIC": "projects/p/topics/sync",
    "PUSH_AUDIENCE": "https://push.example.com",
    "PUSH_SERVICE_ACCOUNT": "push@p.iam.gserviceaccount.com",
}


def test_what_is_not_said_is_googles_own_and_the_usual() -> None:
    own = read_settings(EMBEDDED)
    assert own.gmail_endpoint == GOOGLE["GMAIL_ENDPOINT"]
    assert own.public_url == "https://mail.example.com"
    assert own.limits == Limits(gmail_topic="projects/p/topics/gmail")


def test_limits_are_read_as_numbers() -> None:
    own = read_settings({**EMBEDDED, "UNITS_PER_MINUTE": "15000", "STEP_MS": "1000", "CONCURRENCY": "0"})
    assert (own.limits.units_per_minute, own.limits.step) == (15_000, 1_000)
    assert own.limits.concurrency == 1


def test_what_the_project_may_spend_is_read_beside_what_a_mailbox_may() -> None:
    quotas = {"PROJECT_UNITS_PER_MINUTE": "2000", "PROJECT_UNITS_PER_DAY": "30000"}
    assert read_settings({**EMBEDDED, **quotas}).limits.budget == Budget(2_000, 30_000, 6_000)


@pytest.mark.parametrize("text", ["many", "-1", "1.5", "1e3"])
def test_a_limit_that_is_no_number_is_refused_by_name(text: str) -> None:
    with pytest.raises(MissingSettings, match="UNITS_PER_MINUTE"):
        read_settings({**EMBEDDED, "UNITS_PER_MINUTE": text})


def test_every_missing_setting_is_named_at_once() -> None:
    with pytest.raises(MissingSettings) as refused:
        read_settings({"PROFILE": "cloud", "PUBLIC_URL": "https://mail.example.com"})
    for name in set(CLOUD) - {"PROFILE", "PUBLIC_URL"}:
        assert name in str(refused.value)


def test_a_door_does_without_the_secrets_that_its_deployment_withholds_and_without_no_others() -> None:
    secrets = ("OAUTH_CLIENT_SECRET", "NAME_KEY", "SESSION_KEY")
    without = {name: value for name, value in CLOUD.items() if name not in secrets}
    own = read_settings({**without, "WITHHELD": ",".join(secrets)})
    assert own.master_keys is not None
    assert (own.oauth_client_secret, own.master_keys.names, own.master_keys.sessions) == ("", b"", "")
    for name in secrets:
        with pytest.raises(MissingSettings, match=name):
            read_settings({**without, "WITHHELD": ",".join({*secrets} - {name})})
    with pytest.raises(MissingSettings, match="CONTENT_KEY"):
        read_settings({**CLOUD, "CONTENT_KEY": "", "WITHHELD": "CONTENT_KEY"})


@pytest.mark.parametrize("name", ["", "production"])
def test_an_unknown_profile_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(MissingSettings, match="embedded, emulators, cloud"):
        read_settings({**EMBEDDED, "PROFILE": name})


def test_the_cloud_cannot_do_without_the_pushers_identity() -> None:
    assert read_settings(CLOUD).profile is Profile.CLOUD
    for name in ("PUSH_AUDIENCE", "PUSH_SERVICE_ACCOUNT"):
        with pytest.raises(MissingSettings, match=name):
            read_settings({**CLOUD, name: ""})


def test_the_cloud_has_its_master_keys_in_kms_and_wrapped_keys_in_a_database_of_their_own() -> None:
    own = read_settings({**CLOUD, "KEYS_DATABASE": "elsewhere"})
    assert own.master_keys
    assert (own.master_keys.content, own.master_keys.tokens) == (CLOUD["CONTENT_KEY"], CLOUD["TOKENS_KEY"])
    assert own.master_keys.endpoint == GOOGLE["KMS_ENDPOINT"]
    assert (own.keys_database, read_settings(CLOUD).keys_database) == ("elsewhere", "keys")
    assert read_settings(EMBEDDED).master_keys is None
    assert read_settings({**EMBEDDED, **MASTER_KEYS}).master_keys == own.master_keys


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CONTENT_KEY", "content"),
        ("TOKENS_KEY", CLOUD["CONTENT_KEY"]),
        ("NAME_KEY", "c2hvcnQ="),
        ("NAME_KEY", "?"),
        ("NAME_KEY", ""),
        ("SESSION_KEY", ""),
    ],
)
def test_master_keys_that_cannot_be_meant_are_refused_by_name_and_never_shown(name: str, value: str) -> None:
    with pytest.raises(MissingSettings, match=name) as refused:
        read_settings({**EMBEDDED, **MASTER_KEYS, name: value})
    assert CLOUD["NAME_KEY"] not in str(refused.value)
