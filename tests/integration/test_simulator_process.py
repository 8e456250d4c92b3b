"""The simulator as outsiders use it: its process, Google's own client libraries, its README's program."""

import json
import os
import signal
import subprocess
import sys
import time
from base64 import b64decode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from google.auth.exceptions import RefreshError
from google.auth.transport.requests import Request
from google.oauth2 import id_token
from google.oauth2.credentials import Credentials
from google_auth_oauthlib.flow import Flow
from googleapiclient.discovery import build
from googleapiclient.http import BatchHttpRequest

from infra.local.corpus import as_mbox_entry
from tests.canned_http import Answer, canned_server

ROOT = Path(__file__).parents[2]
README = ROOT / "infra/local/gmail_simulator/README.md"
COMMAND = [sys.executable, "-m", "infra.local.gmail_simulator"]
READY = "Gmail simulator ready on "
ADA = "ada.lovelace@example.com"
CLIENT = "simulator.apps.example.com"
TOPIC = "projects/p/topics/gmail"
READ = "https://www.googleapis.com/auth/gmail.readonly"
EMAIL = "https://www.googleapis.com/auth/userinfo.email"
HOUR_MS = 3_600_000


@dataclass
class Running:
    """A simulator's process; `said` is what it wrote until it was ready."""

    process: subprocess.Popen[str]
    url: str
    said: list[str]

    def control(self, method: str, path: str, document: object = None) -> Any:
        answer = requests.request(method, f"{self.url}/control/{path}", json=document, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def deliver(self, subject: str) -> str:
        return str(self.control("POST", f"mailboxes/{ADA}/messages", {"subject": subject})["id"])

    def state(self) -> dict[str, Any]:
        told: dict[str, Any] = self.control("GET", f"mailboxes/{ADA}/state")
        return told


@contextmanager
def started(*options: object) -> Iterator[Running]:
    words = [*COMMAND, "--port", "0", *map(str, options)]
    with subprocess.Popen(words, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            said: list[str] = []
            for line in process.stdout:
                said.append(line)
                if line.startswith(READY):
                    break
            yield Running(process, said[-1].removeprefix(READY).strip(), said)
        finally:
            process.terminate()
            process.communicate()


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with started("--mbox", mbox(tmp_path_factory.mktemp("mail") / "mail.mbox", 25)) as simulator:
        yield simulator


def mbox(path: Path, count: int) -> Path:
    with path.open("wb") as out:
        for number in range(count):
            mail = EmailMessage()
            mail["From"], mail["To"] = "bob@example.net", ADA
            mail["Subject"], mail["Message-ID"] = f"Number {number}", f"<{number}@example.net>"
            mail.set_content(f"This is message {number}.")
            out.write(as_mbox_entry(mail.as_bytes()))
    return path


@pytest.fixture
def credentials(running: Running, monkeypatch: pytest.MonkeyPatch) -> Credentials:
    """What google_auth_oauthlib gets when the owner consents in a browser."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    secrets = {"client_id": CLIENT, "client_secret": "simulator"}
    uris = {"auth_uri": f"{running.url}/o/oauth2/v2/auth", "token_uri": f"{running.url}/token"}
    flow = Flow.from_client_config(
        {"web": {**secrets, **uris}}, ["openid", EMAIL, READ], redirect_uri="http://127.0.0.1:1/back"
    )
    consent_url, state = flow.authorization_url(prompt="consent")
    assert requests.get(consent_url, timeout=10).ok
    form = {name: values[0] for name, values in parse_qs(urlsplit(consent_url).query).items()}
    form |= {"account": ADA, "gmail": "on", "decision": "allow"}
    url = f"{running.url}/o/oauth2/v2/auth"
    back = requests.post(url, data=form, allow_redirects=False, timeout=10).headers["Location"]
    assert parse_qs(urlsplit(back).query)["state"] == [state]
    flow.fetch_token(authorization_response=back)
    flow.oauth2session.close()
    found: Credentials = flow.credentials
    return found


@pytest.fixture
def gmail(running: Running, credentials: Credentials) -> Iterator[Any]:
    options = {"api_endpoint": f"{running.url}/"}
    with build(
        "gmail", "v1", credentials=credentials, static_discovery=True, client_options=options
    ) as service:
        yield service


@pytest.fixture
def transport() -> Iterator[Request]:
    with requests.Session() as session:
        yield Request(session)


# --- Google's libraries, with nothing but other addresses


def test_the_program_of_the_readme_runs_as_it_stands(running: Running, tmp_path: Path) -> None:
    code = README.read_text().split("```python\n", 1)[1].split("```", 1)[0]
    (tmp_path / "program.py").write_text(code)
    words = [sys.executable, "-W", "error", str(tmp_path / "program.py"), running.url]
    ran = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert ran.returncode == 0, ran.stderr
    lines = ran.stdout.splitlines()
    assert len(lines) == 10
    assert all(line.startswith("This is message ") for line in lines)


def test_an_id_token_is_verified_by_googles_library(
    running: Running, credentials: Credentials, transport: Request
) -> None:
    certificates = f"{running.url}/oauth2/v1/certs"
    claims = id_token.verify_token(credentials.id_token, transport, CLIENT, certificates)
    assert (claims["iss"], claims["email"]) == (running.url, ADA)


def test_access_is_refreshed_when_the_hour_is_over(
    running: Running, credentials: Credentials, gmail: Any
) -> None:
    first = credentials.token
    assert gmail.users().getProfile(userId="me").execute()["emailAddress"] == ADA
    running.control("POST", "clock", {"advance_ms": HOUR_MS})
    assert gmail.users().getProfile(userId="me").execute()["emailAddress"] == ADA
    assert credentials.token != first


def test_a_withdrawn_grant_is_told_as_google_tells_it(
    running: Running, credentials: Credentials, transport: Request
) -> None:
    running.control("POST", f"mailboxes/{ADA}/revoke")
    with pytest.raises(RefreshError) as refused:
        credentials.refresh(transport)  # type: ignore[no-untyped-call]
    assert refused.value.args[0] == "invalid_grant: Token has been expired or revoked."
    assert not refused.value.retryable


def test_a_batch_answers_call_by_call(running: Running, gmail: Any) -> None:
    messages = gmail.users().messages()
    ids = [each["id"] for each in messages.list(userId="me", maxResults=30).execute()["messages"]]
    answers: dict[str, Any] = {}

    def keep(request_id: str, answer: Any, error: Any) -> None:
        answers[request_id] = error or answer

    batch = BatchHttpRequest(callback=keep, batch_uri=f"{running.url}/batch")
    for message_id in [*ids, "00000000000000ff"]:
        batch.add(messages.get(userId="me", id=message_id), request_id=message_id)
    batch.execute()
    assert answers.pop("00000000000000ff").status_code == 404
    assert [answer["id"] for answer in answers.values()] == ids


def test_a_question_too_long_for_an_address_is_answered(running: Running, gmail: Any) -> None:
    message_id = running.deliver("Zanzibar")
    query = "subject:zanzibar " + " ".join(f"-subject:x{number}" for number in range(400))
    found = gmail.users().messages().list(userId="me", q=query).execute()
    assert [each["id"] for each in found["messages"]] == [message_id]


# --- notifications


def wait_until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    while not is_so():
        assert time.monotonic() < deadline, "waited 10 s in vain"
        time.sleep(0.01)


def access_token(simulator: Running) -> str:
    """By hand, where the library is not what is tested."""
    asked = {
        "client_id": CLIENT,
        "redirect_uri": "http://localhost:1/",
        "response_type": "code",
        "scope": READ,
    }
    form = {**asked, "account": ADA, "gmail": "on", "decision": "allow", "access_type": "offline"}
    url = f"{simulator.url}/o/oauth2/v2/auth"
    back = requests.post(url, data=form, allow_redirects=False, timeout=10).headers["Location"]
    form = {"grant_type": "authorization_code", "code": parse_qs(urlsplit(back).query)["code"][0]}
    form |= {"client_id": CLIENT, "client_secret": "simulator", "redirect_uri": "http://localhost:1/"}
    token = requests.post(f"{simulator.url}/token", data=form, timeout=10).json()["access_token"]
    return str(token)


def call(
    simulator: Running, token: str, method: str, path: str, document: object = None
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"}
    url = f"{simulator.url}/gmail/v1/users/me/{path}"
    return requests.request(method, url, json=document, headers=headers, timeout=10)


def test_a_watch_notifies_and_then_every_change_does_until_it_is_acknowledged(tmp_path: Path) -> None:
    statuses = [503, 200, 200]
    with (
        canned_server(lambda _: Answer(status=statuses.pop(0))) as door,
        started("--state", tmp_path, "--push-endpoint", f"{door.url}/push") as simulator,
    ):
        watched = call(simulator, access_token(simulator), "POST", "watch", {"topicName": TOPIC}).json()
        wait_until(lambda: len(door.asked) == 2)  # refused once, delivered the second time
        simulator.control("POST", "clock", {"advance_ms": 1_000})
        simulator.deliver("Hello")
        wait_until(lambda: len(door.asked) == 3)
        wait_until(lambda: simulator.control("GET", "health")["pushes_waiting"] == 0)
        now = simulator.state()["historyId"]
        stands = simulator.control("GET", f"mailboxes/{ADA}/watch")
    told = [json.loads(b64decode(json.loads(each.body)["message"]["data"])) for each in door.asked]
    assert [each["emailAddress"] for each in told] == [ADA] * 3
    assert [each["historyId"] for each in told] == [int(watched["historyId"])] * 2 + [int(now)]
    assert stands == {"topicName": TOPIC, "expiration": watched["expiration"]}


# --- the process


def test_all_that_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    mail = mbox(tmp_path / "mail.mbox", 30)
    options = ("--state", tmp_path / "state", "--mbox", mail)
    with started(*options) as simulator:
        token, message_id = access_token(simulator), simulator.deliver("Kept")
        simulator.control("POST", f"mailboxes/{ADA}/messages/{message_id}/labels", {"add": ["STARRED"]})
        simulator.control("POST", "clock", {"advance_ms": HOUR_MS // 2})
        before = simulator.state()
        os.kill(simulator.process.pid, signal.SIGKILL)
        simulator.process.wait()
    with started(*options) as simulator:
        assert simulator.state() == before
        assert len(before["messages"]) == 31
        assert call(simulator, token, "GET", "profile").json()["messagesTotal"] == 31
        simulator.control("POST", "clock", {"advance_ms": HOUR_MS // 2})
        assert call(simulator, token, "GET", "profile").status_code == 401


def test_a_mailbox_begins_with_so_much_mail_as_is_asked_for(tmp_path: Path) -> None:
    with started(
        "--mbox", mbox(tmp_path / "mail.mbox", 9), "--limit", 4, "--account", "b@example.com"
    ) as simulator:
        state = simulator.control("GET", "mailboxes/b@example.com/state")
        lines = requests.get(
            f"{simulator.url}/control/mailboxes/B@example.com/state", params={"format": "lines"}, timeout=10
        ).text.splitlines()
    assert len(state["messages"]) == 4
    assert [json.loads(line) for line in lines] == [*state["messages"], {"historyId": state["historyId"]}]
    assert any("4 messages" in line for line in simulator.said)


def test_sigterm_ends_it_soon_and_orderly() -> None:
    with started() as simulator:
        simulator.deliver("Hello")
        began = time.monotonic()
        simulator.process.terminate()
        assert simulator.process.wait(10) == 0
        assert time.monotonic() - began < 2


def test_one_port_and_one_state_are_for_one_simulator(tmp_path: Path) -> None:
    with started("--state", tmp_path) as first:
        port = first.url.rpartition(":")[2]
        for options, told in ((["--port", port], "taken"), (["--port", "0", "--state", tmp_path], "in use")):
            ran = subprocess.run(
                [*COMMAND, *map(str, options)],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=False,
                timeout=30,
            )
            assert ran.returncode == 1
            assert told in ran.stderr
            assert len(ran.stderr.splitlines()) == 1
