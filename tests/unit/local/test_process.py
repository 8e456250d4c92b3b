from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from infra.local.process import Process, ProcessFailed, memory_mb, peak_memory_mb, processor_seconds


def start(folder: Path, script: str) -> Process:
    return Process("helper", [sys.executable, "-c", script], os.environ, folder / "helper.log")


def test_a_process_is_ended_with_everything_it_started(tmp_path: Path) -> None:
    script = (
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'])\n"
        f"open({str(tmp_path / 'child')!r}, 'w').write(str(child.pid))\n"
        "print('up', flush=True)\n"
        "time.sleep(60)\n"
    )
    process = start(tmp_path, script)
    process.wait_until(lambda: "up" in (tmp_path / "helper.log").read_text(), 30, lambda _: None)
    child = int((tmp_path / "child").read_text())
    process.stop()
    assert not process.is_running
    assert "State:\tZ" in status_of(child) or not status_of(child)


def status_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return ""


def test_a_process_that_ends_while_starting_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    process = start(tmp_path, "print('no port left'); raise SystemExit(3)")
    with pytest.raises(ProcessFailed, match=r"The helper ended while starting.*\n.*no port left"):
        process.wait_until(lambda: False, 30, lambda _: None)
    process.stop()


def test_a_process_that_does_not_get_ready_is_told(tmp_path: Path) -> None:
    process = start(tmp_path, "import time; time.sleep(60)")
    with pytest.raises(ProcessFailed, match="The helper was not ready"):
        process.wait_until(lambda: False, 0.2, lambda _: None)
    process.kill()
    assert not process.is_running


def test_memory_of_a_process_is_that_of_its_group(tmp_path: Path) -> None:
    process = start(
        tmp_path, "import time; held = bytearray(50_000_000); print('up', flush=True); time.sleep(60)"
    )
    process.wait_until(lambda: "up" in (tmp_path / "helper.log").read_text(), 30, lambda _: None)
    memory = peak_memory_mb(process.pid)
    process.stop()
    assert memory > 50


def test_processor_time_and_memory_are_those_of_a_process_and_what_it_started(tmp_path: Path) -> None:
    busy = "import time\nheld = bytes(40 << 20)\nwhile time.process_time() < 0.3: pass\n"
    script = f"import subprocess, sys, time\nsubprocess.run([sys.executable, '-c', {busy!r}])\n"
    script += "print('done', flush=True)\ntime.sleep(60)\n"
    process = start(tmp_path, script)
    process.wait_until(lambda: "done" in (tmp_path / "helper.log").read_text(), 30, lambda _: None)
    assert 0.3 <= processor_seconds(process.pid) < 10
    assert 5 < memory_mb(process.pid) <= peak_memory_mb(process.pid)
    process.stop()
    assert processor_seconds(process.pid) == 0
