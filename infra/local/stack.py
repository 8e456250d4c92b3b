"""Starts the whole system on this machine and ends exactly what it started: `python -m infra.local.stack`.

Gmail simulator ──pushes──▶ service process (every door, behind the local gateway) ◀── browser
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import requests

from infra.local.corpus import corpus
from infra.local.free_port import free_port
from infra.local.npm_package import PackageMissing
from infra.local.options import Options, WrongOption, read_options
from infra.local.process import Process, ProcessFailed
from infra.local.progress import Progress
from infra.local.wiring import ADDRESS, PROJECT, Wiring

_USUAL_PORT = 8080
_STARTING_S = 60
_LOADING_S = 1_800  # a mailbox of millions of messages is filled once


class Stack:
    """The processes of one local system, whose state lies in `state` and survives them."""

    def __init__(
        self,
        options: Options,
        state: Path,
        settings: Mapping[str, str] | None = None,
        sweep_seconds: int = 5,
        gmail: Mapping[str, object] | None = None,
        service: str = "infra.local.service",
    ) -> None:
        """`settings` go over the service's usual ones (shared/config.py), `gmail` over the simulator's.

        `service`: another module that serves every door.
        """
        self.service_url = f"http://127.0.0.1:{options.port or free_port()}"
        self.simulator_url = f"http://127.0.0.1:{free_port()}"
        self._wiring = Wiring(
            options, state, self.service_url, self.simulator_url, gmail=gmail or {}, service=service
        )
        self._settings = dict(settings or {})
        self._sweep_seconds = sweep_seconds
        self._running: list[Process] = []
        self._others = contextlib.ExitStack()

    def start(self) -> None:
        """Return when all of it answers; if it fails nothing is left running. Raises: ProcessFailed."""
        options = self._wiring.options
        try:
            if options.profile == "emulators":
                self._start_emulators()
            mail = options.mbox or corpus(Path(".cache"))
            gmail = self._wiring.simulator_command(mail)
            self._start("Gmail simulator", gmail, f"{self.simulator_url}/control/health", _LOADING_S)
            self._start_service()
        except BaseException:
            self.stop()
            raise

    @property
    def service(self) -> Process:
        """The service process."""
        return self._running[-1]

    @property
    def logs(self) -> Path:
        """The folder of what the processes write."""
        return self._wiring.state / "logs"

    def environment(self) -> dict[str, str]:
        """The settings of the service."""
        return {**self._wiring.environment(), **self._settings}

    def watch(self) -> None:
        """Return never; a process that ends by itself is told. Raises: ProcessFailed."""
        while True:
            for process in self._running:
                if not process.is_running:
                    raise process.failure("ended by itself")
            time.sleep(0.5)

    def stop(self) -> None:
        """End what was started, last first."""
        while self._running:
            self._running.pop().stop()
        self._others.close()

    def kill(self) -> None:
        """End all at once and unprepared, as a power cut would."""
        while self._running:
            self._running.pop().kill()
        self._others.close()

    def restart_service(self, *, is_new: bool = False) -> None:
        """The service in another process, Gmail going on; `is_new`: with an empty store."""
        self._running.pop().stop()
        if is_new:
            shutil.rmtree(self._wiring.state / "mailbox")
        self._start_service()

    def _start_service(self) -> None:
        service = self._wiring.service_command(self._sweep_seconds)
        self._start("service", service, f"{self.service_url}/", _STARTING_S)

    def _start(self, name: str, command: list[str], health: str, within_s: float) -> None:
        if answers(health):
            raise ProcessFailed(f"The {name} cannot start: something else answers at {health} already.")
        log = self.logs / f"{name.lower().replace(' ', '_')}.log"
        with Progress(f"Starting the {name}") as progress:
            process = Process(name, [sys.executable, *command], self.environment(), log)
            self._running.append(process)
            process.wait_until(lambda: answers(health), within_s, progress.at)

    def _start_emulators(self) -> None:
        from infra.local import emulators  # noqa: PLC0415 - the embedded demo needs none of it

        with Progress("Starting the Firestore and Pub/Sub emulators"):
            firestore = self._others.enter_context(emulators.start_firestore())
            pubsub = self._others.enter_context(emulators.start_pubsub())
            hosts = {"FIRESTORE_EMULATOR_HOST": firestore.host, "PUBSUB_EMULATOR_HOST": pubsub.host}
            os.environ.update(hosts)  # where Google's libraries look
            self._wiring = replace(self._wiring, emulators=hosts)
            emulators.create_push_subscriptions(PROJECT, self._wiring.push_endpoints())


@contextlib.contextmanager
def running(stack: Stack) -> Iterator[Stack]:
    """The stack, started, for as long as the block lasts."""
    stack.start()
    try:
        yield stack
    finally:
        stack.stop()


def run_orderly(command: Callable[[], int]) -> None:
    """Run a command so that Ctrl-C and SIGTERM end it orderly and known failures are told without a trace."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        sys.exit(command())
    except (ProcessFailed, PackageMissing, WrongOption) as known:
        sys.exit(str(known))
    except KeyboardInterrupt:
        print("\nEnded.")
        sys.exit(130)


def answers(url: str) -> bool:
    """Whether a server is there and well."""
    with requests.Session() as session, contextlib.suppress(requests.RequestException):
        session.trust_env = False  # a proxy has no business between us and ourselves
        return session.get(url, timeout=5).ok
    return False


def usable_port(asked: int | None) -> int:
    """The port asked for, else the usual one, else any: for those whose address a person has to know."""
    try:
        with socket.create_server(("127.0.0.1", asked or _USUAL_PORT)) as server:
            return int(server.getsockname()[1])
    except OSError:
        if asked:
            raise WrongOption(f"PORT {asked} is taken on this machine: give another one.") from None
    return free_port()


def _demo() -> int:
    told = read_options(os.environ)
    options = replace(told, port=usable_port(told.port))
    state = Path(".data") / options.state_name()
    with running(Stack(options, state)) as stack:
        print(f"\n  Open {stack.service_url} and sign in as {ADDRESS}.\n")
        print("  Send yourself a message and watch it arrive:")
        print(f"    curl {stack.simulator_url}/control/mailboxes/{ADDRESS}/messages \\")
        print(
            "      --json '" + '{"from": "you@example.com", "subject": "Hello", "text": "Here I am."}' + "'"
        )
        print(f"\n  State and logs are in {state}. Ctrl-C ends everything.\n", flush=True)
        stack.watch()
    return 0


if __name__ == "__main__":
    run_orderly(_demo)
