"""Starts the simulator: `python -m infra.local.gmail_simulator --mbox mail.mbox.gz`. Ctrl-C ends it."""

from __future__ import annotations

import fcntl
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from infra.local.gmail_simulator.assembly import Simulator
from infra.local.gmail_simulator.database import Database
from infra.local.gmail_simulator.mbox import read_mbox
from infra.local.gmail_simulator.options import Options, WrongOption, read_options
from infra.local.gmail_simulator.server import Server


def main() -> None:
    """Run until SIGTERM or Ctrl-C."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        options = read_options()
        with _folder(options.state) as folder, _bound(options.port) as server:
            _serve(options, Database(folder / "gmail.sqlite3"), server)
    except WrongOption as wrong:
        sys.exit(str(wrong))
    except KeyboardInterrupt:
        print("\nEnded.")


def _serve(options: Options, database: Database, server: Server) -> None:
    simulator = Simulator(options, database, server.url)
    simulator.mailboxes.create(options.account, options.name)
    if options.mbox is not None:
        _fill(simulator, options, options.mbox)
    simulator.deliveries.start()
    server.listen(simulator.switchboard.answer)
    print(f"Gmail simulator ready on {server.url}", flush=True)
    try:
        server.serve_forever(poll_interval=0.05)
    finally:
        simulator.deliveries.stop()


def _fill(simulator: Simulator, options: Options, mbox: Path) -> None:
    """The mailbox as it begins; done once, however often the simulator starts."""
    address = simulator.mailboxes.find(options.account) or options.account

    def progress(count: int) -> None:
        print(f"Filling {address}: {count:,} messages", flush=True)

    simulator.mailboxes.fill(address, read_mbox(mbox), options.limit, progress)


@contextmanager
def _bound(port: int) -> Iterator[Server]:
    try:
        server = Server(port)
    except OSError:
        raise WrongOption(f"--port {port} is taken: give another one, or 0 for any.") from None
    with server:
        yield server


@contextmanager
def _folder(state: Path | None) -> Iterator[Path]:
    """The state's folder, for us alone; without a name one that is gone afterwards."""
    if state is None:
        with tempfile.TemporaryDirectory(prefix="gmail-simulator-") as temporary:
            yield Path(temporary)
        return
    try:
        state.mkdir(parents=True, exist_ok=True)
        lock = os.open(state / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise WrongOption(f"--state {state}: {error.strerror}; give a folder that can be written.") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise WrongOption(f"--state {state} is in use by another simulator: end that one.") from None
    try:
        yield state
    finally:
        os.close(lock)


if __name__ == "__main__":
    main()
