"""The simulator through Google's own client library: its answers are what the discovery document promises."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import google_auth_httplib2
import httplib2
import pytest
import requests
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError
from googleapiclient.http import BatchHttpRequest, HttpRequest

from tests import simulator as simulators
from tests.discovery import Discovery

EVERYTHING = "https://mail.google.com/"
READING = "https://www.googleapis.com/auth/gmail.readonly"
METADATA = "https://www.googleapis.com/auth/gmail.metadata"
TOPIC = "projects/p/topics/gmail"
NOBODY = "00000000000000ff"
LETTER = b"""From: Ann <ann@example.com>\r
To: owner@example.com\r
Subject: =?utf-8?q?D=C3=A4cher?= and roofs\r
Message-ID: <roof@example.com>\r
Date: Mon, 5 Jan 2026 10:00:00 +0000\r
MIME-Version: 1.0\r
Content-Type: multipart/mixed; boundary=outer\r
\r
--outer\r
Content-Type: multipart/alternative; boundary=inner\r
\r
--inner\r
Content-Type: text/plain; charset=utf-8\r
\r
The roof & the "walls".\r
--inner\r
Content-Type: text/html; charset=utf-8\r
\r
<p>The <b>roof</b></p>\r
--inner--\r
--outer\r
Content-Type: application/pdf\r
Content-Disposition: attachment; filename="plan.pdf"\r
Content-Transfer-Encoding: base64\r
\r
JVBERi0xLjQ=\r
--outer--\r
"""
REPLY = b"""From: owner@example.com\r
To: ann@example.com\r
Subject: Re: =?utf-8?q?D=C3=A4cher?= and roofs\r
Message-ID: <walls@example.com>\r
In-Reply-To: <roof@example.com>\r
References: <roof@example.com>\r
\r
And the walls?\r
"""


@dataclass
class Client:
    """Google's client library, every answer held against the discovery document."""

    users: Any
    batch_uri: str
    http: Any
    discovery: Discovery = field(default_factory=Discovery)

    def ask(self, request: HttpRequest) -> Any:
        answer = request.execute()
        self.check(request.methodId, answer)
        return answer

    def check(self, method_id: str, answer: object) -> None:
        assert self.discovery.faults(method_id, answer) == []

    def refusal(self, request: HttpRequest) -> tuple[int, str]:
        with pytest.raises(HttpError) as refused:
            request.execute()
        error = json.loads(refused.value.content)["error"]
        assert error["code"] == refused.value.status_code
        return int(error["code"]), str(error["errors"][0]["reason"])

    def batch(self, asked: list[HttpRequest]) -> list[tuple[Any, HttpError | None]]:
        answers: dict[str, tuple[Any, HttpError | None]] = {}
        batch = BatchHttpRequest(
            callback=lambda name, answer, refused: answers.update({name: (answer, refused)}),
            batch_uri=self.batch_uri,
        )
        for number, request in enumerate(asked):
            batch.add(request, request_id=str(number))
        batch.execute(http=self.http)
        return [answers[str(number)] for number in range(len(asked))]


@pytest.fixture(scope="module")
def simulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[simulators.Simulator]:
    with simulators.running_simulator(tmp_path_factory.mktemp("simulator")) as running:
        yield running


def sign_in(simulator: simulators.Simulator, scope: str) -> Client:
    client = {"client_id": simulators.CLIENT_ID, "redirect_uri": simulators.REDIRECT_URI}
    consent = {**client, "response_type": "code", "scope": scope, "state": "s", "access_type": "offline"}
    page = f"{simulator.url}/o/oauth2/v2/auth?{urlencode({**consent, 'prompt': 'consent'})}"
    form = {**client, "client_secret": simulators.CLIENT_SECRET, "grant_type": "authorization_code"}
    told = {**form, "code": simulator.sign_in(page)["code"]}
    tokens = requests.post(f"{simulator.url}/token", data=told, timeout=30).json()
    credentials = Credentials(tokens["access_token"])  # type: ignore[no-untyped-call]  # typed in part
    http = google_auth_httplib2.AuthorizedHttp(credentials, http=httplib2.Http())
    at = {"api_endpoint": f"{simulator.url}/"}
    service = build("gmail", "v1", http=http, static_discovery=True, client_options=at)
    return Client(service.users(), f"{simulator.url}/batch", http)


@pytest.fixture(scope="module")
def gmail(simulator: simulators.Simulator) -> Iterator[Client]:
    client = sign_in(simulator, EVERYTHING)
    yield client
    client.http.close()


def insert(gmail: Client, raw: bytes = LETTER, **more: Any) -> dict[str, Any]:
    body = {"raw": urlsafe_b64encode(raw).decode(), **more}
    answer: dict[str, Any] = gmail.ask(gmail.users.messages().insert(userId="me", body=body))
    return answer


def test_a_mailbox_says_whose_it_is_and_how_much_is_in_it(gmail: Client) -> None:
    insert(gmail)
    profile = gmail.ask(gmail.users.getProfile(userId="me"))
    assert profile["emailAddress"] == simulators.OWNER
    assert profile["messagesTotal"] >= profile["threadsTotal"] >= 1
    assert gmail.ask(gmail.users.getProfile(userId=simulators.OWNER)) == profile


def test_another_persons_mailbox_is_not_shown(gmail: Client) -> None:
    assert gmail.refusal(gmail.users.getProfile(userId="somebody.else@example.com"))[0] == 403


@pytest.mark.parametrize("form", ["full", "metadata", "minimal", "raw"])
def test_a_message_comes_in_every_format(gmail: Client, form: str) -> None:
    sent = insert(gmail, labelIds=["INBOX", "UNREAD"])
    message = gmail.ask(gmail.users.messages().get(userId="me", id=sent["id"], format=form))
    assert {"id", "threadId", "labelIds", "historyId", "internalDate", "sizeEstimate"} <= set(message)
    assert set(message["labelIds"]) == {"INBOX", "UNREAD"}
    assert ("payload" in message) == (form in {"full", "metadata"})
    if form == "raw":
        assert urlsafe_b64decode(message["raw"]) == LETTER
    if form == "metadata":
        assert "parts" not in message["payload"]


def test_metadata_shows_the_headers_asked_for(gmail: Client) -> None:
    sent = insert(gmail)
    asked = gmail.users.messages().get(
        userId="me", id=sent["id"], format="metadata", metadataHeaders=["subject", "To"]
    )
    assert {each["name"] for each in gmail.ask(asked)["payload"]["headers"]} == {"Subject", "To"}


def test_an_attachment_is_fetched_by_its_id(gmail: Client) -> None:
    sent = insert(gmail)
    message = gmail.ask(gmail.users.messages().get(userId="me", id=sent["id"]))
    alternative, pdf = message["payload"]["parts"]
    assert [part["mimeType"] for part in alternative["parts"]] == ["text/plain", "text/html"]
    assert (pdf["filename"], pdf["mimeType"], pdf["body"]["size"]) == ("plan.pdf", "application/pdf", 8)
    attachments = gmail.users.messages().attachments()
    asked = attachments.get(userId="me", messageId=sent["id"], id=pdf["body"]["attachmentId"])
    assert urlsafe_b64decode(gmail.ask(asked)["data"]) == b"%PDF-1.4"
    wrong = attachments.get(userId="me", messageId=sent["id"], id="AAAA")
    assert gmail.refusal(wrong)[0] in {400, 404}


def test_a_listing_goes_on_where_its_page_ended(gmail: Client) -> None:
    ids = {insert(gmail)["id"] for _ in range(5)}
    seen: list[str] = []
    request = gmail.users.messages().list(userId="me", maxResults=2, includeSpamTrash=True)
    while request is not None:
        page = gmail.ask(request)
        seen += [each["id"] for each in page.get("messages", ())]
        request = gmail.users.messages().list_next(request, page)
    assert len(seen) == len(set(seen))
    assert ids <= set(seen)
    assert gmail.refusal(gmail.users.messages().list(userId="me", pageToken="nonsense"))[0] == 400


def test_labels_asked_for_must_all_be_there(gmail: Client) -> None:
    both, one = insert(gmail, labelIds=["STARRED", "IMPORTANT"]), insert(gmail, labelIds=["STARRED"])
    asked = gmail.users.messages().list(userId="me", labelIds=["STARRED", "IMPORTANT"])
    listed = {each["id"] for each in gmail.ask(asked)["messages"]}
    assert both["id"] in listed
    assert one["id"] not in listed


def test_spam_and_trash_are_listed_only_on_demand(gmail: Client) -> None:
    sent = insert(gmail, labelIds=["SPAM"])

    def listed(**more: Any) -> set[str]:
        answer = gmail.ask(gmail.users.messages().list(userId="me", maxResults=500, **more))
        return {each["id"] for each in answer.get("messages", ())}

    assert sent["id"] not in listed()
    assert sent["id"] in listed(includeSpamTrash=True)
    assert sent["id"] in listed(labelIds=["SPAM"])
    assert sent["id"] in listed(q="in:spam")


def test_a_conversation_is_one_thread(gmail: Client) -> None:
    first, second = insert(gmail), insert(gmail, REPLY)
    assert first["threadId"] == second["threadId"]
    thread = gmail.ask(gmail.users.threads().get(userId="me", id=first["threadId"]))
    assert {first["id"], second["id"]} <= {each["id"] for each in thread["messages"]}
    listed = gmail.ask(gmail.users.threads().list(userId="me", maxResults=500))["threads"]
    assert first["threadId"] in {each["id"] for each in listed}
    for change in ("trash", "untrash"):
        gmail.ask(getattr(gmail.users.threads(), change)(userId="me", id=first["threadId"]))
    body = {"addLabelIds": ["STARRED"]}
    gmail.ask(gmail.users.threads().modify(userId="me", id=first["threadId"], body=body))
    assert gmail.ask(gmail.users.threads().delete(userId="me", id=first["threadId"])) == ""
    assert gmail.refusal(gmail.users.threads().get(userId="me", id=first["threadId"])) == (404, "notFound")


def test_every_change_to_a_message_is_in_history(gmail: Client) -> None:
    messages = gmail.users.messages()
    start = gmail.ask(gmail.users.getProfile(userId="me"))["historyId"]
    one, other = insert(gmail, labelIds=["INBOX"])["id"], insert(gmail)["id"]
    star = {"addLabelIds": ["STARRED"], "removeLabelIds": ["INBOX"]}
    assert "STARRED" in gmail.ask(messages.modify(userId="me", id=one, body=star))["labelIds"]
    assert "TRASH" in gmail.ask(messages.trash(userId="me", id=one))["labelIds"]
    assert "TRASH" not in gmail.ask(messages.untrash(userId="me", id=one))["labelIds"]
    gmail.ask(messages.batchModify(userId="me", body={"ids": [one, other], "addLabelIds": ["UNREAD"]}))
    gmail.ask(messages.delete(userId="me", id=one))
    gmail.ask(messages.batchDelete(userId="me", body={"ids": [other]}))
    answer = gmail.ask(gmail.users.history().list(userId="me", startHistoryId=start, maxResults=500))
    ids = [int(each["id"]) for each in answer["history"]]
    assert ids == sorted(set(ids))
    assert int(answer["historyId"]) >= ids[-1] > ids[0] > int(start)
    kinds = {kind for each in answer["history"] for kind in each if kind not in {"id", "messages"}}
    assert kinds == {"messagesAdded", "messagesDeleted", "labelsAdded", "labelsRemoved"}


def test_history_is_read_page_by_page_and_by_kind(gmail: Client) -> None:
    start = gmail.ask(gmail.users.getProfile(userId="me"))["historyId"]
    ids = [insert(gmail, labelIds=["INBOX"])["id"] for _ in range(3)]
    gmail.ask(gmail.users.messages().modify(userId="me", id=ids[0], body={"removeLabelIds": ["INBOX"]}))
    seen: list[str] = []
    request = gmail.users.history().list(
        userId="me", startHistoryId=start, maxResults=1, historyTypes=["messageAdded"]
    )
    while request is not None:
        page = gmail.ask(request)
        records = page.get("history", [])
        assert len(records) <= 1
        seen += [each["messagesAdded"][0]["message"]["id"] for each in records]
        request = gmail.users.history().list_next(request, page)
    assert seen == ids


def test_a_start_that_is_no_history_id_is_refused(gmail: Client) -> None:
    for start in ("0", "x"):
        assert gmail.refusal(gmail.users.history().list(userId="me", startHistoryId=start))[0] == 400
    assert gmail.refusal(gmail.users.history().list(userId="me", startHistoryId="1")) == (404, "notFound")


def test_labels_can_be_made_renamed_counted_and_deleted(gmail: Client) -> None:
    labels = gmail.users.labels()
    made = gmail.ask(labels.create(userId="me", body={"name": "Roofs"}))
    assert gmail.refusal(labels.create(userId="me", body={"name": "roofs"}))[0] == 409
    sent = insert(gmail, labelIds=[made["id"], "UNREAD"])
    totals = gmail.ask(labels.get(userId="me", id=made["id"]))
    assert (totals["messagesTotal"], totals["messagesUnread"], totals["type"]) == (1, 1, "user")
    assert gmail.ask(labels.patch(userId="me", id=made["id"], body={"name": "Walls"}))["name"] == "Walls"
    body = {"id": made["id"], "name": "Doors", "labelListVisibility": "labelHide"}
    assert (
        gmail.ask(labels.update(userId="me", id=made["id"], body=body))["labelListVisibility"] == "labelHide"
    )
    named = {each["id"]: each for each in gmail.ask(labels.list(userId="me"))["labels"]}
    assert named[made["id"]]["name"] == "Doors"
    assert named["INBOX"]["type"] == "system"
    gmail.ask(labels.delete(userId="me", id=made["id"]))
    message = gmail.ask(gmail.users.messages().get(userId="me", id=sent["id"], format="minimal"))
    assert made["id"] not in message["labelIds"]
    assert gmail.refusal(labels.delete(userId="me", id="INBOX"))[0] == 400
    assert gmail.refusal(labels.get(userId="me", id=made["id"]))[0] == 404


def test_a_label_that_does_not_exist_cannot_be_put_on(gmail: Client) -> None:
    sent = insert(gmail)
    body = {"addLabelIds": ["Label_4711"]}
    assert gmail.refusal(gmail.users.messages().modify(userId="me", id=sent["id"], body=body))[0] == 400


def test_an_imported_message_has_its_own_date(gmail: Client) -> None:
    messages = gmail.users.messages()
    body = {"raw": urlsafe_b64encode(LETTER).decode()}
    sent = gmail.ask(messages.import_(userId="me", body=body))
    found = gmail.ask(messages.get(userId="me", id=sent["id"], format="minimal"))
    assert found["internalDate"] == "1767607200000"


RELATED = b"""--b\r
Content-Type: application/json\r
\r
{"labelIds": ["INBOX"]}\r
--b\r
Content-Type: message/rfc822\r
\r
%b\r
--b--\r
"""


@pytest.mark.parametrize(
    ("kind", "body", "labels"),
    [
        ("message/rfc822", LETTER, []),
        ("multipart/related; boundary=b", RELATED % LETTER, ["INBOX"]),
    ],
)
def test_an_uploaded_message_stays_byte_for_byte(
    simulator: simulators.Simulator, gmail: Client, kind: str, body: bytes, labels: list[str]
) -> None:
    url = f"{simulator.url}/upload/gmail/v1/users/me/messages?uploadType=multipart"
    status, content = gmail.http.request(url, "POST", body=body, headers={"Content-Type": kind})
    assert status["status"] == "200"
    answer = json.loads(content)
    gmail.check("gmail.users.messages.insert", answer)
    raw = gmail.ask(gmail.users.messages().get(userId="me", id=answer["id"], format="raw"))
    assert urlsafe_b64decode(raw["raw"]) == LETTER
    assert raw.get("labelIds", []) == labels


def test_a_watch_is_promised_and_stopped(gmail: Client) -> None:
    watch = gmail.ask(gmail.users.watch(userId="me", body={"topicName": TOPIC}))
    profile = gmail.ask(gmail.users.getProfile(userId="me"))
    assert int(watch["historyId"]) <= int(profile["historyId"])
    gmail.ask(gmail.users.stop(userId="me"))


def test_the_parts_of_a_batch_are_answered_each_on_its_own(gmail: Client) -> None:
    sent, messages = insert(gmail), gmail.users.messages()
    good, missing, changed = gmail.batch(
        [
            messages.get(userId="me", id=sent["id"]),
            messages.get(userId="me", id=NOBODY),
            messages.modify(userId="me", id=sent["id"], body={"addLabelIds": ["STARRED"]}),
        ]
    )
    gmail.check("gmail.users.messages.get", good[0])
    assert good[1] is None
    assert missing[1] is not None
    assert missing[1].status_code == 404
    assert changed[0]["labelIds"] == ["STARRED"]


def test_a_batch_has_at_most_a_hundred_parts(gmail: Client) -> None:
    def profiles(number: int) -> list[HttpRequest]:
        return [gmail.users.getProfile(userId="me") for _ in range(number)]

    assert len(gmail.batch(profiles(100))) == 100
    with pytest.raises(HttpError) as refused:
        gmail.batch(profiles(101))
    assert refused.value.status_code == 400


def test_fields_that_are_not_asked_for_are_left_out(gmail: Client) -> None:
    sent = insert(gmail, labelIds=["INBOX"])
    asked = gmail.users.messages().get(userId="me", id=sent["id"], fields="id,payload(mimeType,headers/name)")
    message = gmail.ask(asked)
    assert set(message) == {"id", "payload"}
    assert set(message["payload"]) == {"mimeType", "headers"}
    assert set(message["payload"]["headers"][0]) == {"name"}


def test_whoever_may_only_read_changes_nothing(simulator: simulators.Simulator, gmail: Client) -> None:
    sent, reader = insert(gmail), sign_in(simulator, READING)
    messages = reader.users.messages()
    assert reader.ask(messages.get(userId="me", id=sent["id"]))["id"] == sent["id"]
    for refused in (
        messages.trash(userId="me", id=sent["id"]),
        messages.delete(userId="me", id=sent["id"]),
        reader.users.labels().create(userId="me", body={"name": "Mine"}),
    ):
        assert reader.refusal(refused) == (403, "insufficientPermissions")
    reader.http.close()


def test_whoever_may_only_see_metadata_reads_no_text(simulator: simulators.Simulator, gmail: Client) -> None:
    sent, reader = insert(gmail), sign_in(simulator, METADATA)
    messages = reader.users.messages()
    reader.ask(messages.get(userId="me", id=sent["id"], format="metadata"))
    for refused in (
        messages.get(userId="me", id=sent["id"]),
        messages.get(userId="me", id=sent["id"], format="raw"),
        messages.list(userId="me", q="roof"),
    ):
        assert reader.refusal(refused)[0] == 403
    reader.http.close()


def test_a_token_that_is_none_is_refused(simulator: simulators.Simulator) -> None:
    answer = requests.get(
        f"{simulator.url}/gmail/v1/users/me/profile", headers={"Authorization": "Bearer none"}, timeout=30
    )
    assert answer.status_code == 401
    assert answer.json()["error"]["errors"][0]["reason"] == "authError"
