"""`PROJECT=… CLIENT_SECRET=client_secret.json python -m infra.deploy`; for owners of the project."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from infra.deploy.deployment import CommandFailed, Deployment
from infra.deploy.secrets import NoClient, read_client

OPTIONS = {
    "REGION": "region",
    "PUBLIC_URL": "public_url",
    "ALERT_EMAIL": "alert_email",
    "BILLING_ACCOUNT": "billing_account",
    "FIRESTORE_LOCATION": "firestore_location",
    "GATEWAY_REGION": "gateway_region",
    "RUNBOOK_URL": "runbook_url",
}


class Terminal:
    """A Shell that shows each command before it runs it."""

    def run(self, command: Sequence[str], stdin: str = "") -> str:
        print("$", *command[:6], "…" if len(command) > 6 else "", flush=True)  # noqa: PLR2004
        done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, text=True, check=False)
        if done.returncode != 0:
            raise CommandFailed(f"{' '.join(command[:6])} failed; what it said stands above.")
        return done.stdout

    def succeeds(self, command: Sequence[str]) -> bool:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0


def main() -> int:
    """The process's answer."""
    told = os.environ
    if missing := [name for name in ("PROJECT", "CLIENT_SECRET") if not told.get(name)]:
        print(f"Say {' and '.join(missing)}: make deploy PROJECT=my-project CLIENT_SECRET=client_secret.json")
        return 2
    if absent := [tool for tool in ("gcloud", "terraform") if shutil.which(tool) is None]:
        print(f"Install {' and '.join(absent)} first.")
        return 2
    variables = {name: told[option] for option, name in OPTIONS.items() if told.get(option)}
    try:
        client = read_client(Path(told["CLIENT_SECRET"]))
        outputs = Deployment(Terminal(), told["PROJECT"], client, variables).deploy()
    except (CommandFailed, NoClient) as known:
        print(known)
        return 1
    print(f"\nThe OAuth client has to know this redirect URI: {outputs['redirect_uri']}")
    print(f"Then look whether all is well: make doctor PROJECT={told['PROJECT']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
