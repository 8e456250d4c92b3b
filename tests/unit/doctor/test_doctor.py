"""Each thing that goes wrong is found, alone, with its remedy; a sound deployment has no findings."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from infra.doctor.checks import CHECKS, GMAIL, INDEXES, Finding, Patient, examine
from infra.doctor.google import HOSTS, Google, open_session
from infra.doctor.replay import open_clients
from tests.canned_http import Answer, Asked, CannedServer, canned_server

PROJECT, NUMBER, REGION = "mailbox-test", "123456789", "us-central1"
RUN = f"/v2/projects/{PROJECT}/locations/{REGION}/services"
PUBSUB = f"/v1/projects/{PROJECT}"
JOB = f"/v1/projects/{PROJECT}/locations/{REGION}/jobs/sweep"
FIELDS = f"/v1/projects/{PROJECT}/databases/(default)/collectionGroups"
POLICY = f"/v2/projects/{PROJECT}/policies/iam.allowedPolicyMemberDomains:getEffectivePolicy"
PUSHER = f"pusher@{PROJECT}.iam.gserviceaccount.com"


class Cloud:
    """A sound deployment, as Google's APIs tell of it; tests spoil it."""

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {
            f"/v3/projects/{PROJECT}": {"name": f"projects/{NUMBER}"},
            f"{PUBSUB}/topics/gmail:getIamPolicy": {
                "bindings": [{"role": "roles/pubsub.publisher", "members": [GMAIL]}]
            },
            f"{PUBSUB}/topics/gmail:publish": {"messageIds": ["77"]},
            POLICY: {"spec": {"rules": [{"allowAll": True}]}},
            JOB: {"state": "ENABLED"},
        }
        for door in ("sign-in", "on-gmail-notification", "on-sync-requested"):
            self.answers[f"{RUN}/{door}"] = self._door(door)
        for name, door in (("gmail-push", "on-gmail-notification"), ("sync-push", "on-sync-requested")):
            self.answers[f"{PUBSUB}/subscriptions/{name}"] = self._push(door)
        for collection, field in INDEXES:
            ascending = [{"fields": [{"fieldPath": field, "order": "ASCENDING"}]}]
            self.answers[f"{FIELDS}/{collection}/fields/{field}"] = {"indexConfig": {"indexes": ascending}}
        self.ended_grants = 0
        self.is_canary_logged = True
        self.sent_to = "https://accounts.google.com/v3/signin/identifier?flowName=OAuth"

    @staticmethod
    def _door(door: str) -> dict[str, Any]:
        told = {
            "GMAIL_TOPIC": f"projects/{PROJECT}/topics/gmail",
            "OAUTH_CLIENT_ID": f"{NUMBER}-abc.apps.googleusercontent.com",
            "PUBLIC_URL": "https://mailbox.example.com",
            "PUSH_AUDIENCE": f"https://{door}.example.com",
            "PUSH_SERVICE_ACCOUNT": PUSHER,
        }
        env = [{"name": name, "value": value} for name, value in told.items()]
        return {"template": {"containers": [{"env": env}]}}

    @staticmethod
    def _push(door: str) -> dict[str, Any]:
        url = f"https://{door}.example.com"
        return {
            "pushConfig": {
                "pushEndpoint": f"{url}/x",
                "oidcToken": {"audience": url, "serviceAccountEmail": PUSHER},
            }
        }

    def set_environment(self, door: str, name: str, value: str) -> None:
        for each in self.answers[f"{RUN}/{door}"]["template"]["containers"][0]["env"]:
            if each["name"] == name:
                each["value"] = value

    def respond(self, asked: Asked) -> Answer:
        path = asked.path.partition("?")[0]
        if path == "/o/oauth2/v2/auth":
            return Answer(status=302, headers={"Location": self.sent_to})
        if path == "/v2/entries:list":
            return _json({"entries": [{}] * self._count(json.loads(asked.body)["filter"])})
        if path not in self.answers:
            return Answer(b"no such thing", 404)
        answer = self.answers[path]
        return answer if isinstance(answer, Answer) else _json(answer)

    def _count(self, words: str) -> int:
        assert "resource.type" in words
        return int(self.is_canary_logged) if 'message_id="77"' in words else self.ended_grants


def _json(document: object) -> Answer:
    return Answer(json.dumps(document).encode())


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


@pytest.fixture
def stand_in(cloud: Cloud) -> Iterator[CannedServer]:
    with canned_server(cloud.respond) as server:
        yield server


def findings(server: CannedServer) -> list[Finding]:
    with requests.Session() as session:
        session.trust_env = False
        google = Google(session, session, dict.fromkeys(HOSTS, server.url))
        patient = Patient(google, PROJECT, REGION, wait=lambda _: None)
        return [finding for _, found in examine(patient) for finding in found]


def the_only(server: CannedServer) -> Finding:
    (finding,) = findings(server)
    assert finding.remedy
    return finding


def test_a_sound_deployment_has_no_findings(stand_in: CannedServer) -> None:
    assert findings(stand_in) == []
    assert any(asked.path.endswith("topics/gmail:publish") for asked in stand_in.asked)


def test_a_topic_in_another_project_than_the_oauth_client(cloud: Cloud, stand_in: CannedServer) -> None:
    cloud.set_environment("sign-in", "OAUTH_CLIENT_ID", "987-abc.apps.googleusercontent.com")
    assert "987" in the_only(stand_in).what


def test_a_missing_publisher_grant(cloud: Cloud, stand_in: CannedServer) -> None:
    cloud.answers[f"{PUBSUB}/topics/gmail:getIamPolicy"] = {}
    assert the_only(stand_in).what == "Gmail may not publish to the topic."


@pytest.mark.parametrize("rule", [{"values": {"allowedValues": ["C0abc"]}}, {"denyAll": True}])
def test_an_organisation_that_allows_its_own_domain_only(
    cloud: Cloud, stand_in: CannedServer, rule: dict[str, Any]
) -> None:
    cloud.answers[f"{PUBSUB}/topics/gmail:getIamPolicy"] = {}
    cloud.answers[POLICY] = {"spec": {"rules": [rule]}}
    assert "iam.allowedPolicyMemberDomains" in the_only(stand_in).what


def test_a_policy_that_may_not_be_looked_at_hides_nothing(cloud: Cloud, stand_in: CannedServer) -> None:
    cloud.answers[f"{PUBSUB}/topics/gmail:getIamPolicy"] = {}
    cloud.answers[POLICY] = Answer(b"denied", 403)
    assert the_only(stand_in).what == "Gmail may not publish to the topic."


@pytest.mark.parametrize("name", ["PUSH_AUDIENCE", "PUSH_SERVICE_ACCOUNT"])
def test_a_push_with_another_audience_or_account(cloud: Cloud, stand_in: CannedServer, name: str) -> None:
    cloud.set_environment("on-sync-requested", name, "https://else.example.com")
    finding = the_only(stand_in)
    assert "sync-push" in finding.what
    assert "https://else.example.com" in finding.what


def test_a_push_without_a_token(cloud: Cloud, stand_in: CannedServer) -> None:
    del cloud.answers[f"{PUBSUB}/subscriptions/gmail-push"]["pushConfig"]["oidcToken"]
    assert "audience is missing" in the_only(stand_in).what


def test_a_schedule_that_is_off(cloud: Cloud, stand_in: CannedServer) -> None:
    cloud.answers[JOB] = {"state": "PAUSED"}
    finding = the_only(stand_in)
    assert "PAUSED" in finding.what
    assert "resume sweep" in finding.remedy


def test_a_sweep_that_fails(cloud: Cloud, stand_in: CannedServer) -> None:
    cloud.answers[JOB] = {"state": "ENABLED", "status": {"code": 7}}
    assert "code 7" in the_only(stand_in).what


@pytest.mark.parametrize(("collection", "field"), INDEXES)
def test_a_missing_index(cloud: Cloud, stand_in: CannedServer, collection: str, field: str) -> None:
    cloud.answers[f"{FIELDS}/{collection}/fields/{field}"] = {"indexConfig": {"usesAncestorConfig": True}}
    assert f"{collection}.{field}" in the_only(stand_in).what


@pytest.mark.parametrize(
    ("error", "told"), [("redirect_uri_mismatch", "does not know"), ("deleted_client", "deleted_client")]
)
def test_a_redirect_uri_that_the_client_does_not_know(
    cloud: Cloud, stand_in: CannedServer, error: str, told: str
) -> None:
    wrapped = base64.urlsafe_b64encode(b"\x0a\x15" + error.encode() + b"\x12\x02hm").decode().rstrip("=")
    cloud.sent_to = f"https://accounts.google.com/signin/oauth/error?authError={wrapped}&client_id=x"
    assert told in the_only(stand_in).what


def test_grants_that_end_as_those_of_a_consent_screen_in_testing_do(
    cloud: Cloud, stand_in: CannedServer
) -> None:
    cloud.ended_grants = 5
    assert "Testing" in the_only(stand_in).remedy


def test_a_notification_that_does_not_arrive(cloud: Cloud, stand_in: CannedServer) -> None:
    cloud.is_canary_logged = False
    assert "did not arrive" in the_only(stand_in).what


@pytest.mark.parametrize(("status", "told"), [(403, "Service Usage Consumer"), (404, "make deploy")])
def test_what_may_not_be_looked_at_is_said(
    cloud: Cloud, stand_in: CannedServer, status: int, told: str
) -> None:
    cloud.answers[JOB] = Answer(b"no", status)
    assert told in the_only(stand_in).remedy


def test_an_answer_that_is_not_understood_is_a_finding_too(cloud: Cloud, stand_in: CannedServer) -> None:
    cloud.answers[f"{PUBSUB}/topics/gmail:publish"] = {}
    assert "not understood" in the_only(stand_in).what


def test_what_terraform_makes_is_put_right_by_a_deployment(cloud: Cloud, stand_in: CannedServer) -> None:
    """Terraform by itself is told neither image nor address, and would take the doors away."""
    cloud.answers[f"{PUBSUB}/topics/gmail:getIamPolicy"] = {}
    cloud.set_environment("on-sync-requested", "PUSH_AUDIENCE", "https://else.example.com")
    cloud.answers[JOB] = {"state": "ENABLED", "status": {"code": 7}}
    collection, field = INDEXES[0]
    cloud.answers[f"{FIELDS}/{collection}/fields/{field}"] = {}
    found = findings(stand_in)
    cloud.answers[POLICY] = {"spec": {"rules": [{"denyAll": True}]}}
    found += findings(stand_in)
    assert len(found) == 8
    assert all(f"make deploy PROJECT={PROJECT}" in finding.remedy for finding in found)


def test_the_project_that_is_looked_at_is_the_one_that_is_billed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever signed in with gcloud has no project that Google's APIs are enabled in."""
    signed_in = {"type": "authorized_user", "client_id": "i", "client_secret": "s", "refresh_token": "r"}
    (tmp_path / "credentials.json").write_text(json.dumps(signed_in))
    monkeypatch.delenv("PUBSUB_EMULATOR_HOST", raising=False)
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(tmp_path / "credentials.json"))
    assert open_session(PROJECT).credentials.quota_project_id == PROJECT  # type: ignore[attr-defined]
    publisher, subscriber = open_clients(PROJECT)
    assert publisher.transport._credentials.quota_project_id == PROJECT
    assert subscriber.transport._credentials.quota_project_id == PROJECT
    publisher.stop()
    subscriber.close()


def test_every_check_says_what_holds_when_it_finds_nothing() -> None:
    assert len({check.__name__ for check in CHECKS}) == len(CHECKS)
    assert all(check.__doc__ for check in CHECKS)
