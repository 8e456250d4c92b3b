"""`make dev CLIENT_SECRET=client_secret.json PROJECT=…`: real Gmail, mirrored into a file on this machine.

Gmail publishes to a topic of your project; nobody can push to this machine, so the events are pulled. Needs
`gcloud auth application-default login`, the APIs of Gmail and Pub/Sub enabled, and http://localhost:8080 plus
/users/auth/google_oauth2/callback among the OAuth client's redirect URIs.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import google.auth
from google.api_core.exceptions import GoogleAPICallError

from infra.deploy.secrets import Client, NoClient, read_client
from infra.local.process import Process
from infra.local.pull_bridge import PullBridge, create_pull_subscription, let_gmail_publish
from infra.local.stack import answers, run_orderly, usable_port

_NAME = "mailbox-dev"
_STARTING_S = 60
_SWEEP_S = 60


def environment(client: Client, project: str, port: int, state: Path) -> dict[str, str]:
    """The settings of shared/config.py; every address of Google's is Google's own."""
    return {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PYTHONUNBUFFERED": "1",
        "PROFILE": "embedded",
        "DATA_DIR": str(state),
        "PUBLIC_URL": f"http://localhost:{port}",
        "OAUTH_CLIENT_ID": client.id,
        "OAUTH_CLIENT_SECRET": client.secret,
        "GMAIL_TOPIC": topic_of(project),
        "SYNC_PUSH_URL": f"http://127.0.0.1:{port}/doors/on_sync_requested/sync",
    }


def topic_of(project: str) -> str:
    """A topic of its own: Gmail keeps one push client for each mailbox and project."""
    return f"projects/{project}/topics/{_NAME}"


def _main() -> int:
    told: Mapping[str, str] = os.environ
    project, path = told.get("PROJECT", ""), told.get("CLIENT_SECRET", "")
    if not project or not path:
        print("Say both: make dev CLIENT_SECRET=client_secret.json PROJECT=my-project")
        return 2
    subscription = f"projects/{project}/subscriptions/{_NAME}"
    try:
        client = read_client(Path(path))
        create_pull_subscription(topic_of(project), subscription)
        let_gmail_publish(topic_of(project))
    except (NoClient, GoogleAPICallError) as known:
        print(known)
        return 1
    except google.auth.exceptions.DefaultCredentialsError:
        print("Sign in first: gcloud auth application-default login")
        return 1
    _serve(client, project, subscription)
    return 0


def _serve(client: Client, project: str, subscription: str) -> None:
    state = Path(".data") / "dev"
    port = usable_port(int(os.environ.get("PORT") or 0) or None)
    own = environment(client, project, port, state)
    with serving(own, port, subscription, topic_of(project)) as service:
        print(
            f"\n  Open {own['PUBLIC_URL']} and sign in. The mail lies in {state}. Ctrl-C ends everything.\n"
        )
        service.wait()


@contextmanager
def serving(own: Mapping[str, str], port: int, subscription: str, topic: str) -> Iterator[Process]:
    """Every door with these settings, and what the subscription holds brought to that of notifications."""
    command = ["-m", "infra.local.service", "--port", str(port), "--sweep-seconds", str(_SWEEP_S)]
    log = Path(own["DATA_DIR"]) / "logs" / "service.log"
    service = Process("service", [sys.executable, *command], own, log)
    try:
        service.wait_until(lambda: answers(f"http://127.0.0.1:{port}/"), _STARTING_S, lambda _: None)
        bridge = PullBridge(subscription, f"http://127.0.0.1:{port}/doors/on_gmail_notification/{topic}")
        try:
            yield service
        finally:
            bridge.close()
    finally:
        service.stop()


if __name__ == "__main__":
    run_orderly(_main)
