"""`make rotate-keys`: everything that is wrapped is wrapped anew under the newest version of its master key.

With PROJECT (and REGION) those of the cloud: Cloud KMS makes a new version every ninety days, or now with
`gcloud kms keys versions create --primary`. Which databases and keys they are is asked of a door. Without it
those of the demo on this machine, which is found by the options that started it and gets new versions first.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import requests
from google.auth.environment_vars import GOOGLE_CLOUD_QUOTA_PROJECT
from google.auth.exceptions import DefaultCredentialsError

from functions.accounts.rotate_keys import rotate_keys
from infra.doctor.checks import Patient
from infra.doctor.google import HOSTS, Google, Refused, open_session
from infra.local.options import read_options
from infra.local.stack import run_orderly
from infra.local.wiring import Wiring
from shared import bootstrap
from shared.adapters.key_file import KeyFile
from shared.config import MissingSettings, Settings, read_settings

DOOR = "sign-in"  # any would do: all are told where keys are
WITHHELD = "OAUTH_CLIENT_SECRET,NAME_KEY,SESSION_KEY"  # rotation needs no secret


def settings_of_cloud(patient: Patient) -> Settings:
    """Those of the door, without its secrets. Raises: Refused, MissingSettings."""
    told = {name: value for name, value in patient.environment(DOOR).items() if value}
    return read_settings({**told, "WITHHELD": WITHHELD})


def settings_of_demo(environment: Mapping[str, str]) -> Settings:
    """Those of the demo that these options start. Raises: WrongOption."""
    options = read_options(environment)
    nowhere = "http://127.0.0.1:1"  # nothing is asked of the service or of Gmail
    wiring = Wiring(options, Path(".data") / options.state_name(), nowhere, nowhere)
    return read_settings({**wiring.environment(), **environment, "PROFILE": options.profile})


def place(own: Settings) -> str:
    """Whose keys are wrapped anew, so that nobody takes one for the other."""
    if own.is_local:
        return f"The demo on this machine, {own.data_dir}; for the cloud say PROJECT=my-project"
    return f"Project {own.project} in the cloud, its database {own.keys_database} and its keys in Cloud KMS"


def _settings(environment: Mapping[str, str]) -> Settings:
    project = environment.get("PROJECT", "")
    if not project:
        return settings_of_demo(environment)
    os.environ[GOOGLE_CLOUD_QUOTA_PROJECT] = project  # for Firestore's client and for Cloud KMS
    google = Google(open_session(project), requests.Session(), HOSTS)
    return settings_of_cloud(Patient(google, project, environment.get("REGION") or "us-central1"))


def _main() -> int:
    try:
        own = _settings(os.environ)
    except DefaultCredentialsError:
        print("Sign in first: gcloud auth application-default login")
        return 2
    except (Refused, MissingSettings) as known:
        print(f"Door {DOOR} does not tell where the keys are; look at PROJECT and REGION. {known}")
        return 2
    print(f"{place(own)}:", flush=True)
    if own.master_keys is None:
        KeyFile(own.data_dir / "keys.json").add_version()
    for progress in rotate_keys(bootstrap.build_world(own)):
        print(f"{progress.what}: {progress.seen} seen, {progress.renewed} renewed", flush=True)
    return 0


if __name__ == "__main__":
    run_orderly(_main)
