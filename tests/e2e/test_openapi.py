"""The API does what its OpenAPI file says: schemathesis asks whatever the file allows, and what it forbids.

SEED=… makes it ask other questions.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.gateway import OPENAPI
from tests.small_stack import SmallStack, await_whole, running_small_stack

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
ENDING = ("sign_out", "sign_out_program", "erase_mailbox")  # they end the session that others are asked with


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallStack]:
    """A system of its own: its mailbox ends erased."""
    with running_small_stack(tmp_path_factory.mktemp("openapi")) as running:
        yield running


def asked(stack: SmallStack, folder: Path, seconds: int, *more: str, message_id: str = "18f") -> str:
    """What schemathesis says after so many seconds of asking, if it found nothing wrong."""
    url = stack.stack.service_url
    document = OPENAPI.read_text().replace("${public_url}", url).replace("18f0c0ffee15900d", message_id)
    (folder / "openapi.yaml").write_text(document)
    command = [str(Path(sys.executable).with_name("st")), "--config-file", str(HERE / "schemathesis.toml")]
    command += [
        "run",
        "openapi.yaml",
        "--url",
        url,
        "--checks",
        "all",
        "--max-time",
        str(seconds),
        "--no-color",
    ]
    command += ["--continue-on-failure", "--seed", os.environ.get("SEED", "1"), *more]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.e2e.schemathesis_hooks",
        "PYTHONPATH": str(ROOT),
        "NO_PROXY": "127.0.0.1",
    }
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    told = run.stdout.partition(" FAILURES ")[2] or run.stdout
    assert run.returncode == 0, told[:8_000] + run.stderr[-2_000:]
    return run.stdout


def test_without_a_token(stack: SmallStack, tmp_path: Path) -> None:
    assert "Selected: " in asked(stack, tmp_path, 15)


def test_with_a_token(stack: SmallStack, tmp_path: Path) -> None:
    visitor = stack.signed_in()
    await_whole(visitor)
    header = ["--header", f"Authorization: Bearer {visitor.http.cookies['session']}"]
    left_out = [word for name in ENDING for word in ("--exclude-operation-id", name)]
    message_id = visitor.found("")[0]
    asked(stack, tmp_path, 40, *header, *left_out, message_id=message_id)
    assert visitor.status()["status"] == "connected"
    asked(
        stack, tmp_path, 8, *header, *(word for name in ENDING for word in ("--include-operation-id", name))
    )
    assert visitor.get("/api/mailbox").status_code == 401
    assert "Traceback" not in stack.log.read_text()
