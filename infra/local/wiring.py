"""What the processes of the local stack are told about one another. Everything listens on 127.0.0.1 only.

The client id and secret are invented; they open nothing.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.options import Options

ADDRESS = "ada.lovelace@example.com"
NAME = "Ada Lovelace"
PROJECT = "mailbox-local"
GMAIL_TOPIC = f"projects/{PROJECT}/topics/gmail"
SYNC_TOPIC = f"projects/{PROJECT}/topics/sync"
_CLIENT_ID = "local-demo.apps.example.com"
_CLIENT_SECRET = "local-demo"  # noqa: S105 - invented; the simulator's only client
_NO_QUOTA = "100000000"  # the demo's Gmail is on this machine; waiting for its quota would show nothing
_NO_LAG = "1000"  # and it shows every change at once, which the real one takes up to a minute for


@dataclass(frozen=True)
class Wiring:
    """Where everything is.

    `service`: the module that is run; `emulators`: the variables by which Google's libraries find the
    emulators; `gmail`: options of the simulator that go over the usual ones.
    """

    options: Options
    state: Path
    service_url: str
    simulator_url: str
    emulators: Mapping[str, str] = field(default_factory=dict)
    gmail: Mapping[str, object] = field(default_factory=dict)
    service: str = "infra.local.service"

    def push_endpoints(self) -> dict[str, str]:
        """The door that each topic pushes to."""
        doors = f"{self.service_url}/doors"
        return {
            GMAIL_TOPIC: f"{doors}/on_gmail_notification/{GMAIL_TOPIC}",
            SYNC_TOPIC: f"{doors}/on_sync_requested/{SYNC_TOPIC}",
        }

    def simulator_command(self, mail: Path) -> list[str]:
        """Gmail, filled with this mail."""
        words: dict[str, object] = {
            "port": self.simulator_url.rpartition(":")[2],
            "state": self.state / "gmail",
            "mbox": mail,
            "account": ADDRESS,
            "name": NAME,
            "seed": self.options.seed,
            "client-id": _CLIENT_ID,
            "client-secret": _CLIENT_SECRET,
            "redirect-uri": f"{self.service_url}/users/auth/google_oauth2/callback",
            "units-per-minute": 0,
        }
        if self.options.limit is not None:
            words["limit"] = self.options.limit
        if self.options.profile == "emulators":
            words["pubsub"] = self.emulators["PUBSUB_EMULATOR_HOST"]
        else:
            words["push-endpoint"] = self.push_endpoints()[GMAIL_TOPIC]
        words |= self.gmail
        told = [text for name, word in words.items() for text in (f"--{name}", str(word))]
        return ["-m", "infra.local.gmail_simulator", *told]

    def service_command(self, sweep_seconds: int) -> list[str]:
        """Every door, and a clock that sweeps."""
        port = self.service_url.rpartition(":")[2]
        return ["-m", self.service, "--port", port, "--sweep-seconds", str(sweep_seconds)]

    def environment(self) -> dict[str, str]:
        """The settings of shared/config.py, and of what this machine has only what a process needs."""
        google = self.simulator_url
        return {
            **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
            "NO_PROXY": "127.0.0.1,localhost",
            "PYTHONUNBUFFERED": "1",
            "PROFILE": self.options.profile,
            "DATA_DIR": str(self.state / "mailbox"),
            "PUBLIC_URL": self.service_url,
            "OAUTH_CLIENT_ID": _CLIENT_ID,
            "OAUTH_CLIENT_SECRET": _CLIENT_SECRET,
            "OAUTH_AUTH_URI": f"{google}/o/oauth2/v2/auth",
            "OAUTH_TOKEN_URI": f"{google}/token",
            "OAUTH_REVOKE_URI": f"{google}/revoke",
            "OAUTH_CERTS_URI": f"{google}/oauth2/v1/certs",
            "OAUTH_ISSUER": google,
            "GMAIL_ENDPOINT": f"{google}/",
            "GMAIL_TOPIC": GMAIL_TOPIC,
            "PROJECT": PROJECT,
            "SYNC_TOPIC": SYNC_TOPIC,
            "SYNC_PUSH_URL": self.push_endpoints()[SYNC_TOPIC],
            "UNITS_PER_MINUTE": _NO_QUOTA,
            "PROJECT_UNITS_PER_MINUTE": _NO_QUOTA,
            "PROJECT_UNITS_PER_DAY": _NO_QUOTA,
            "STEP_MS": "10000",
            "SIGN_INS_PER_MINUTE": _NO_QUOTA,
            "SEARCHES_PER_MINUTE": _NO_QUOTA,
            "SUGGESTIONS_PER_MINUTE": _NO_QUOTA,
            "READINGS_PER_MINUTE": _NO_QUOTA,
            "SETTLING_MS": _NO_LAG,
            **self.emulators,
        }
