"""What the doctor looks at. Each check yields findings; one that could not look says so as a finding too."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from infra.doctor.google import Document, Google, Refused

GMAIL = "serviceAccount:gmail-api-push@system.gserviceaccount.com"
PUSHES = {"gmail-push": "on-gmail-notification", "sync-push": "on-sync-requested"}
SCOPE = "https://www.googleapis.com/auth/gmail.readonly"
# collection, field: what searching, reading a thread, the sweep, retries and erasing stand on
INDEXES = (
    ("index", "t"),
    ("messages", "thread_id"),
    ("sync", "due_at"),
    ("outstanding", "next_try"),
    ("addresses", "mailbox_id"),
)
SUSPICIOUSLY_MANY = 3  # grants that ended within two weeks
_CANARY_S, _LOOK_EVERY_S = 90, 3


@dataclass(frozen=True)
class Finding:
    """Something is wrong, and what would help."""

    what: str
    remedy: str


@dataclass(frozen=True)
class Patient:
    """One deployment. `wait` lets seconds pass."""

    google: Google
    project: str
    region: str
    wait: Callable[[float], None] = time.sleep

    @property
    def deploy(self) -> str:
        """The command that puts right what Terraform makes, and tells it image and address."""
        return f"make deploy PROJECT={self.project} CLIENT_SECRET=client_secret.json"

    def environment(self, service: str) -> Mapping[str, str]:
        """What a door is told. Raises: Refused."""
        container = self.door(service)["template"]["containers"][0]
        return {each["name"]: each.get("value", "") for each in container.get("env", ())}

    def door(self, service: str) -> Document:
        """A door's Cloud Run service. Raises: Refused."""
        return self.google.get(
            "run", f"/v2/projects/{self.project}/locations/{self.region}/services/{service}"
        )


Check = Callable[[Patient], Iterator[Finding]]


def topic_is_in_the_clients_project(patient: Patient) -> Iterator[Finding]:
    """Gmail takes watches only for a topic in the project that owns the OAuth client."""
    told = patient.environment("sign-in")
    topic_project = told["GMAIL_TOPIC"].split("/")[1]
    number = patient.google.get("resources", f"/v3/projects/{topic_project}")["name"].partition("/")[2]
    owner = told["OAUTH_CLIENT_ID"].partition("-")[0]
    if owner != number:
        yield Finding(
            f"The OAuth client belongs to project number {owner}, the topic to {topic_project} ({number}).",
            "Make an OAuth client (Web application) in the project of the topic, and deploy with its secret.",
        )


def gmail_may_publish(patient: Patient) -> Iterator[Finding]:
    """Without the grant a watch is refused."""
    policy = patient.google.get("pubsub", f"/v1/projects/{patient.project}/topics/gmail:getIamPolicy")
    publishers = {
        member
        for binding in policy.get("bindings", ())
        if binding["role"] == "roles/pubsub.publisher"
        for member in binding["members"]
    }
    if GMAIL in publishers:
        return
    if _only_own_domain(patient):
        yield Finding(
            "The organisation's policy iam.allowedPolicyMemberDomains keeps Gmail from the topic.",
            f"Have an administrator make an exception (docs/operations.md), then run {patient.deploy}",
        )
    else:
        yield Finding(
            "Gmail may not publish to the topic.",
            f"Grant it roles/pubsub.publisher on topic gmail ({GMAIL}), or run {patient.deploy}",
        )


def _only_own_domain(patient: Patient) -> bool:
    path = f"/v2/projects/{patient.project}/policies/iam.allowedPolicyMemberDomains:getEffectivePolicy"
    try:
        rules = patient.google.get("policies", path).get("spec", {}).get("rules", ())
    except Refused:
        return False
    return any("values" in rule or rule.get("denyAll") for rule in rules)


def pushes_carry_what_doors_ask_for(patient: Patient) -> Iterator[Finding]:
    """A wrong audience or account is answered 401, and everything waits for the sweep."""
    for name, service in PUSHES.items():
        subscription = patient.google.get("pubsub", f"/v1/projects/{patient.project}/subscriptions/{name}")
        push = subscription.get("pushConfig", {})
        token, told = push.get("oidcToken", {}), patient.environment(service)
        wrong = [
            f"{what} is {has or 'missing'}, the door expects {wants}"
            for what, has, wants in (
                ("audience", token.get("audience", ""), told["PUSH_AUDIENCE"]),
                ("account", token.get("serviceAccountEmail", ""), told["PUSH_SERVICE_ACCOUNT"]),
            )
            if has != wants
        ]
        if not push.get("pushEndpoint", "").startswith(told["PUSH_AUDIENCE"]):
            wrong.append(f"it pushes to {push.get('pushEndpoint') or 'nowhere'}")
        if wrong:
            yield Finding(f"Subscription {name}: {'; '.join(wrong)}.", f"Run {patient.deploy}")


def the_sweep_is_on(patient: Patient) -> Iterator[Finding]:
    """Without it nothing that was missed is ever found."""
    path = f"/v1/projects/{patient.project}/locations/{patient.region}/jobs/sweep"
    job = patient.google.get("scheduler", path)
    resume = f"gcloud scheduler jobs resume sweep --project={patient.project} --location={patient.region}"
    if job.get("state") != "ENABLED":
        yield Finding(f"The sweep's schedule is {job.get('state', 'unknown')}.", f"Run: {resume}")
    elif code := job.get("status", {}).get("code", 0):
        yield Finding(
            f"The last sweep failed (code {code}).",
            "Look at the log of door sweep; 7 and 16 mean that the scheduler's account may not call it: "
            f"run {patient.deploy}",
        )


def queries_have_their_indexes(patient: Patient) -> Iterator[Finding]:
    """An exempt field without its own override makes a query fail, in the cloud only."""
    for collection, field in INDEXES:
        path = (
            f"/v1/projects/{patient.project}/databases/(default)/collectionGroups/{collection}/fields/{field}"
        )
        config = patient.google.get("firestore", path).get("indexConfig", {})
        orders = {
            part.get("order") for index in config.get("indexes", ()) for part in index.get("fields", ())
        }
        if config.get("usesAncestorConfig") or "ASCENDING" not in orders:
            yield Finding(f"{collection}.{field} has no index of its own.", f"Run {patient.deploy}")


def the_redirect_uri_is_known(patient: Patient) -> Iterator[Finding]:
    """Google's consent page refuses an address that the OAuth client does not name."""
    told = patient.environment("sign-in")
    redirect_uri = f"{told['PUBLIC_URL']}/users/auth/google_oauth2/callback"
    asked = {
        "client_id": told["OAUTH_CLIENT_ID"],
        "redirect_uri": redirect_uri,
        "response_type": "code",
        "scope": SCOPE,
    }
    sent_to = patient.google.redirection("accounts", "/o/oauth2/v2/auth", asked)
    error = _auth_error(sent_to)
    if "redirect_uri_mismatch" in error:
        yield Finding(
            f"The OAuth client does not know {redirect_uri}.",
            "Add it to the client's authorised redirect URIs in the console; it takes some minutes.",
        )
    elif error:
        yield Finding(
            f"Google's consent page refuses the OAuth client: {error}.", "Look at it in the console."
        )


def _auth_error(url: str) -> str:
    """The words within the error that Google's page is sent to; they stand in base64."""
    told = parse_qs(urlsplit(url).query).get("authError", [""])[0]
    raw = base64.urlsafe_b64decode(told + "=" * (-len(told) % 4))
    return "".join(chr(byte) for byte in raw if chr(byte).isascii() and chr(byte).isprintable())[:100]


def grants_do_not_end_in_crowds(patient: Patient) -> Iterator[Finding]:
    """No API tells whether the consent screen is in Testing; grants that end after seven days do."""
    entries = _lines(patient, 'jsonPayload."done.held_up"="access_revoked"', days=14)
    if len(entries) >= SUSPICIOUSLY_MANY:
        yield Finding(
            f"{len(entries)} or more grants ended within two weeks.",
            "If the consent screen says Testing, grants end after a week: publish it (docs/operations.md).",
        )


def a_notification_arrives(patient: Patient) -> Iterator[Finding]:
    """One of a mailbox that is none: the door lets it go, and says so in its log line."""
    notification = json.dumps({"emailAddress": "doctor@mailbox.invalid", "historyId": 1}).encode()
    message = {"data": base64.b64encode(notification).decode()}
    topic = f"/v1/projects/{patient.project}/topics/gmail:publish"
    (message_id,) = patient.google.post("pubsub", topic, {"messages": [message]})["messageIds"]
    for _ in range(_CANARY_S // _LOOK_EVERY_S):
        if _lines(patient, f'jsonPayload.message_id="{message_id}"', days=1):
            return
        patient.wait(_LOOK_EVERY_S)
    yield Finding(
        f"A notification that was sent did not arrive within {_CANARY_S} s.",
        "Look at subscription gmail-push and at the log of door on_gmail_notification.",
    )


def _lines(patient: Patient, words: str, days: int) -> list[Document]:
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - days * 86_400))
    asked = {
        "resourceNames": [f"projects/{patient.project}"],
        "filter": f'resource.type="cloud_run_revision" AND timestamp>="{since}" AND {words}',
        "pageSize": 50,
    }
    return list(patient.google.post("logging", "/v2/entries:list", asked).get("entries", ()))


CHECKS: tuple[Check, ...] = (
    topic_is_in_the_clients_project,
    gmail_may_publish,
    pushes_carry_what_doors_ask_for,
    the_sweep_is_on,
    queries_have_their_indexes,
    the_redirect_uri_is_known,
    grants_do_not_end_in_crowds,
    a_notification_arrives,
)


def examine(patient: Patient) -> Iterator[tuple[str, list[Finding]]]:
    """Every check by its name, with what it found."""
    for check in CHECKS:
        name = check.__name__.replace("_", " ")
        try:
            findings = list(check(patient))
        except Refused as refused:
            findings = [Finding(f"Google refused ({refused.status}): {refused}", _remedy(patient, refused))]
        except (KeyError, IndexError, ValueError) as odd:
            findings = [
                Finding(f"An answer was not understood ({odd!r}).", "Is this the project of Mailbox?")
            ]
        yield name, findings


def _remedy(patient: Patient, refused: Refused) -> str:
    if refused.status in {401, 403}:
        return (
            "Run as somebody who may look (gcloud auth application-default login): "
            "roles Viewer and Service Usage Consumer."
        )
    return f"It is not there: look at PROJECT and REGION, or run {patient.deploy}"
