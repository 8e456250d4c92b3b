from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

LOOK = """
import sys, time
began = time.perf_counter()
import main
print(f"import main took {(time.perf_counter() - began) * 1000:.0f} ms")
clients = ("google.cloud.firestore", "google.cloud.pubsub", "googleapiclient", "google_auth_oauthlib", "grpc")
print(*sorted(name for name in sys.modules if name.startswith(clients)))
"""


def test_importing_the_doors_loads_no_google_client(capsys: pytest.CaptureFixture[str]) -> None:
    looked = subprocess.run([sys.executable, "-c", LOOK], capture_output=True, text=True, check=True)
    took, loaded = looked.stdout.split("\n")[:2]
    with capsys.disabled():
        print(took)  # noqa: T201 - a figure to watch, too dependent on the machine to assert
    assert loaded == ""


BUILD = """
import os, sys
from shared.bootstrap import build_world
from shared.config import read_settings
build_world(read_settings(os.environ))
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"googleapiclient", "httplib2"}))
"""


def test_a_world_in_which_nobody_opens_gmail_loads_no_client_of_it(tmp_path: Path) -> None:
    own = {"PROFILE": "embedded", "OAUTH_CLIENT_ID": "c", "OAUTH_CLIENT_SECRET": "s", "GMAIL_TOPIC": "t"}
    own |= {
        "PUBLIC_URL": "http://127.0.0.1:1",
        "SYNC_PUSH_URL": "http://127.0.0.1:1/",
        "DATA_DIR": str(tmp_path),
    }
    looked = subprocess.run(
        [sys.executable, "-c", BUILD], capture_output=True, text=True, check=True, env=own
    )
    assert looked.stdout.strip() == ""
