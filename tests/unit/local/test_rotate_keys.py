"""Keys are rotated where the command was told, and it says where that is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import requests

from infra.doctor.checks import Patient
from infra.doctor.google import HOSTS, Google, Refused
from infra.local.options import WrongOption
from infra.local.rotate_keys import DOOR, place, settings_of_cloud, settings_of_demo
from shared.config import Settings
from tests.canned_http import Answer, Asked, canned_server
from tests.unit.test_config import CLOUD

SECRETS = {"OAUTH_CLIENT_SECRET", "NAME_KEY", "SESSION_KEY"}
SERVICE = f"/v2/projects/p/locations/europe-west1/services/{DOOR}"


def asked_of_the_door() -> Settings:
    """What the command makes of a door as Cloud Run tells of it: of secrets it tells no value."""
    env = [
        {"name": name, "valueSource": {}} if name in SECRETS else {"name": name, "value": value}
        for name, value in CLOUD.items()
    ]

    def respond(asked: Asked) -> Answer:
        document = {"template": {"containers": [{"env": env}]}}
        return Answer(json.dumps(document).encode()) if asked.path == SERVICE else Answer(b"none", 404)

    with canned_server(respond) as server, requests.Session() as session:
        session.trust_env = False
        google = Google(session, session, dict.fromkeys(HOSTS, server.url))
        with pytest.raises(Refused):
            settings_of_cloud(Patient(google, "p", "us-central1"))
        return settings_of_cloud(Patient(google, "p", "europe-west1"))


def test_in_the_cloud_the_keys_are_those_that_doors_use_and_no_secret_is_read() -> None:
    own = asked_of_the_door()
    assert own.master_keys is not None
    assert (own.master_keys.content, own.master_keys.tokens) == (CLOUD["CONTENT_KEY"], CLOUD["TOKENS_KEY"])
    assert (own.oauth_client_secret, own.master_keys.names, own.master_keys.sessions) == ("", b"", "")


def test_the_demo_is_never_taken_for_the_cloud() -> None:
    demo = settings_of_demo({"PROFILE": "embedded"})
    assert demo.is_local
    assert demo.data_dir == Path(".data/embedded/mailbox")
    assert place(demo).startswith("The demo on this machine, .data/embedded/mailbox;")
    assert place(asked_of_the_door()).startswith("Project p in the cloud,")
    with pytest.raises(WrongOption, match="embedded, emulators"):
        settings_of_demo({"PROFILE": "cloud"})
