"""notmuch (Debian's package) beside us: the same mail, the same queries, in a process that stays warm."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime, mktime_tz, parsedate_tz
from pathlib import Path

from infra.local.progress import Progress
from tests.bench.multiply import copied_date

PYTHON = "/usr/bin/python3"  # Debian's, which has the package's own bindings
_DATE = re.compile(rb"(?im)^date:.*(?:\n[ \t].*)*")
_MESSAGE_ID = re.compile(rb"(?im)^message-id:.*(?:\n[ \t].*)*")
_TIMER = Path(__file__).with_name("notmuch_timer.py")
_CONFIG = "[database]\npath={}\n[new]\ntags=\n[search]\nexclude_tags=\n"


class NotmuchMissing(Exception):
    """notmuch or its Python bindings are not here; the message says how to have them."""


def require_notmuch() -> None:
    """Return if it is here. Raises: NotmuchMissing."""
    asked = [PYTHON, "-c", "import notmuch2"]
    if shutil.which("notmuch") is None or subprocess.run(asked, capture_output=True, check=False).returncode:
        raise NotmuchMissing("Install Debian's packages notmuch and python3-notmuch2.")


class Notmuch:
    """A mailbox in notmuch."""

    def __init__(self, folder: Path) -> None:
        """Raises: NotmuchMissing."""
        require_notmuch()
        self._mail = folder / "maildir"
        self._config = folder / "notmuch-config"

    @property
    def is_filled(self) -> bool:
        """Whether that was done here before."""
        return self._config.with_suffix(".done").exists()

    def fill(self, originals: Sequence[bytes], count: int) -> None:
        """`count` messages: these, then copies of them, dated as ours are."""
        new = self._mail / "cur"
        for name in ("cur", "new", "tmp"):
            (self._mail / name).mkdir(parents=True)
        with Progress("Writing the mail for notmuch") as progress:
            for number, raw in enumerate(_copies(originals, count)):
                folder = new / f"{number // 10_000:03d}"
                folder.mkdir(exist_ok=True)
                (folder / f"{number}:2,").write_bytes(raw)
                progress.at(f"{number + 1:,} of {count:,}")
        self._config.write_text(_CONFIG.format(self._mail))
        with Progress("Indexing it with notmuch"):
            command = ["notmuch", f"--config={self._config}", "new", "--quiet", "--no-hooks"]
            subprocess.run(command, capture_output=True, check=True)
        self._config.with_suffix(".done").touch()

    @contextmanager
    def timing(self, queries: Sequence[str], limit: int) -> Iterator[Callable[[], list[float]]]:
        """Each call gives the milliseconds of each query: the newest `limit` rows, and how many match."""
        told = json.dumps({"config": str(self._config), "queries": queries, "limit": limit})
        command = [PYTHON, str(_TIMER)]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as timer:
            ask, answers = timer.stdin, timer.stdout
            assert ask is not None
            assert answers is not None

            def times() -> list[float]:
                print("again", file=ask, flush=True)
                found: list[float] = json.loads(answers.readline())
                return found

            print(told, file=ask)
            yield times


def _copies(originals: Sequence[bytes], count: int) -> Iterator[bytes]:
    for number in range(count):
        copy, place = divmod(number, len(originals))
        yield originals[place] if copy == 0 else _redated(originals[place], copy, number)


def _redated(raw: bytes, copy: int, number: int) -> bytes:
    head, blank, body = raw.partition(b"\n\n")
    dated = _DATE.search(head)
    told = parsedate_tz(dated.group().decode("latin-1")[5:]) if dated else None
    if told is not None:
        try:
            moved = datetime.fromtimestamp(copied_date(int(mktime_tz(told)) * 1_000, copy) / 1_000, UTC)
        except (ValueError, OverflowError):
            moved = datetime(2002, 1, 1, tzinfo=UTC)
        head = _DATE.sub(b"Date: " + format_datetime(moved).encode(), head, count=1)
    head = _MESSAGE_ID.sub(b"", head)
    return b"Message-ID: <copy%d@bench.example.com>\n" % number + head + blank + body
