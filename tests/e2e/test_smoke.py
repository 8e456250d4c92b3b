from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.generated_mail import write_mbox

DEV_CORPUS = Path("../shared/corpora/dev_corpus.mbox.gz")
NUMBER = r"\d+(\.\d+)?"


def last_line_of_smoke(**options: str) -> str:
    environment = {**os.environ, **options}
    smoke = [sys.executable, "-m", "infra.local.smoke"]
    ran = subprocess.run(smoke, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout[-2_000:] + ran.stderr[-2_000:]
    return ran.stdout.splitlines()[-1]


def figures(profile: str, count: int) -> str:
    return (
        f"profile={profile} messages={count} mirrored={count} lost=0 full_sync_msgs_per_s={NUMBER} "
        f"push_to_searchable_ms_p50={NUMBER} push_to_searchable_ms_p95={NUMBER} "
        f"search_ms_p50={NUMBER} search_ms_p95={NUMBER}"
    )


def test_the_embedded_system_does_all_that_the_demo_shows(tmp_path: Path) -> None:
    mbox = write_mbox(tmp_path / "mail.mbox", 300)
    assert re.fullmatch(figures("embedded", 300), last_line_of_smoke(MBOX=str(mbox), PROFILE="embedded"))


@pytest.mark.emulators
def test_the_system_on_the_emulators_does_all_that_the_demo_shows(tmp_path: Path) -> None:
    mbox = write_mbox(tmp_path / "mail.mbox", 150)
    assert re.fullmatch(figures("emulators", 150), last_line_of_smoke(MBOX=str(mbox), PROFILE="emulators"))


@pytest.mark.corpora
@pytest.mark.skipif(not DEV_CORPUS.exists(), reason="needs ../shared/corpora/dev_corpus.mbox.gz")
def test_a_real_mailbox_of_many_years_is_mirrored_whole_in_less_than_300_mb() -> None:
    line = last_line_of_smoke(MBOX=str(DEV_CORPUS), PROFILE="embedded")  # exits otherwise above 300 MB
    assert re.fullmatch(figures("embedded", 7_767), line)
