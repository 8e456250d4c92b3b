from __future__ import annotations

import subprocess
import sys

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
