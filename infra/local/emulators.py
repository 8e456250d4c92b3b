"""The Firestore and Pub/Sub emulators of the Google Cloud CLI, on loopback, in memory.

`python -m infra.local.emulators --firestore-port 8085 --pubsub-port 8086` runs both until Ctrl-C.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import requests

from infra.local.free_port import free_port
from infra.local.process import Process, ProcessFailed

_OLDEST_JAVA = 17
_STARTING_S = 60.0
_FIRESTORE = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"
_ACK_DEADLINE_S = 600  # also how long a push waits for its answer
_CONFLICT = 409
# Java's second compiler makes code that pays after minutes, and takes most of a processor until then; the
# first begins after ten times fewer calls than it would.
_QUICK_JAVA = ("-XX:TieredStopAtLevel=1", "-XX:CompileThresholdScaling=0.1", "-XX:+UseSerialGC")


class EmulatorsMissing(ProcessFailed):
    """Something the emulators need is not on this machine; the message says what, and the remedy."""


@dataclass(frozen=True)
class Installation:
    """Where this machine has what the emulators need."""

    java: str
    firestore_jar: Path
    pubsub_jar: Path


@dataclass(frozen=True)
class Emulator:
    """A running emulator; `host` is host:port, as Google's libraries want it in …_EMULATOR_HOST."""

    host: str
    process: Process


def find_emulators() -> Installation:
    """The jars and a Java that runs them. Raises: EmulatorsMissing."""
    platform = _sdk() / "platform"
    return Installation(
        java=_java(),
        firestore_jar=_jar(platform, "cloud-firestore-emulator", "*firestore-emulator*.jar"),
        pubsub_jar=_jar(platform, "pubsub-emulator", "lib/*pubsub-emulator*.jar"),
    )


@contextlib.contextmanager
def start_firestore(port: int | None = None) -> Iterator[Emulator]:
    """A Firestore that answers and forgets everything when the block ends. Raises: ProcessFailed."""
    found = find_emulators()
    command = [
        found.java,
        *_QUICK_JAVA,
        "-Xmx2g",
        "-Duser.language=en",
        "-cp",
        str(found.firestore_jar),
        _FIRESTORE,
    ]
    with _running("Firestore emulator", command, port) as emulator:
        yield emulator


@contextlib.contextmanager
def start_pubsub(port: int | None = None) -> Iterator[Emulator]:
    """A Pub/Sub that answers and forgets everything when the block ends. Raises: ProcessFailed."""
    found = find_emulators()
    command = [found.java, *_QUICK_JAVA, "-Xmx512m", "-jar", str(found.pubsub_jar)]
    with _running("Pub/Sub emulator", command, port) as emulator:
        yield emulator


def create_push_subscriptions(project: str, endpoints: Mapping[str, str], host: str | None = None) -> None:
    """Topics (by full name), each with one subscription that pushes to its endpoint.

    Doing it again changes the endpoints only. `host`: by default what PUBSUB_EMULATOR_HOST says.
    """
    root = f"http://{host or os.environ['PUBSUB_EMULATOR_HOST']}/v1"
    with requests.Session() as session:
        session.trust_env = False  # a proxy has no business between us and ourselves
        for topic, endpoint in endpoints.items():
            subscription = f"projects/{project}/subscriptions/{topic.rpartition('/')[2]}-push"
            push = {"pushConfig": {"pushEndpoint": endpoint}}
            _create(session, f"{root}/{topic}", {})
            wanted = {
                "topic": topic,
                "ackDeadlineSeconds": _ACK_DEADLINE_S,
                "retryPolicy": {"minimumBackoff": "1s", "maximumBackoff": "60s"},
                **push,
            }
            if not _create(session, f"{root}/{subscription}", wanted):
                session.post(f"{root}/{subscription}:modifyPushConfig", json=push).raise_for_status()


def _create(session: requests.Session, url: str, body: Mapping[str, object]) -> bool:
    answer = session.put(url, json=body, timeout=30)
    if answer.status_code == _CONFLICT:
        return False
    answer.raise_for_status()
    return True


@contextlib.contextmanager
def _running(name: str, command: Sequence[str], port: int | None) -> Iterator[Emulator]:
    port = port or free_port()
    where = ["--host=127.0.0.1", f"--port={port}"]
    with tempfile.TemporaryDirectory(prefix="mailbox-emulator-") as folder:
        process = Process(name, [*command, *where], os.environ, Path(folder) / "log")
        try:
            process.wait_until(lambda: _answers(port), _STARTING_S, lambda _: None)
            yield Emulator(f"127.0.0.1:{port}", process)
        finally:
            process.stop()


def _answers(port: int) -> bool:
    with requests.Session() as session, contextlib.suppress(requests.RequestException):
        session.trust_env = False
        return session.get(f"http://127.0.0.1:{port}/", timeout=5).ok
    return False


def _sdk() -> Path:
    if told := os.environ.get("GOOGLE_CLOUD_SDK"):
        return Path(told)
    if gcloud := shutil.which("gcloud"):
        return Path(gcloud).resolve().parent.parent
    raise EmulatorsMissing(
        "The Google Cloud CLI is missing, whose emulators these are: install it "
        "(https://cloud.google.com/sdk/docs/install) or name its folder in GOOGLE_CLOUD_SDK."
    )


def _jar(platform: Path, component: str, pattern: str) -> Path:
    jars = sorted((platform / component).glob(pattern))
    if not jars:
        raise EmulatorsMissing(
            f"The {component} is not in {platform}: install it with "
            f"'gcloud components install {component}' or 'apt-get install google-cloud-cli-"
            f"{component.removeprefix('cloud-')}'."
        )
    return jars[-1]


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = str(Path(home) / "bin" / "java") if home else "java"
    try:
        told = subprocess.run([java, "-version"], capture_output=True, text=True, check=True).stderr
    except (OSError, subprocess.CalledProcessError):
        told = ""
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < _OLDEST_JAVA:
        raise EmulatorsMissing(
            f"The emulators need Java {_OLDEST_JAVA} or newer, and {java} "
            f"{f'is Java {version[1]}' if version else 'does not run'}: install one, e.g. with "
            f"'apt-get install openjdk-{_OLDEST_JAVA}-jre-headless', or name its folder in JAVA_HOME."
        )
    return java


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--firestore-port", type=int, required=True)
    parser.add_argument("--pubsub-port", type=int, required=True)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        with start_firestore(asked.firestore_port) as firestore, start_pubsub(asked.pubsub_port) as pubsub:
            print(f"export FIRESTORE_EMULATOR_HOST={firestore.host}")
            print(f"export PUBSUB_EMULATOR_HOST={pubsub.host}", flush=True)
            while firestore.process.is_running and pubsub.process.is_running:
                time.sleep(0.5)
            ended = pubsub if firestore.process.is_running else firestore
            raise ended.process.failure("ended by itself")
    except ProcessFailed as known:
        sys.exit(str(known))
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    _main()
