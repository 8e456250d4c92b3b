"""`make rotate-keys`: everything that is wrapped is wrapped anew under the newest version of its master key.

On this machine a new version is made first. In the cloud Cloud KMS makes one every ninety days, or now:
`gcloud kms keys versions create --primary`; this command then needs the environment of a door that may use
both keys. The state of the demo is found by the options that started it.
"""

from __future__ import annotations

import os
from pathlib import Path

from functions.accounts.rotate_keys import rotate_keys
from infra.local.options import read_options
from infra.local.stack import run_orderly
from infra.local.wiring import Wiring
from shared import bootstrap
from shared.adapters.key_file import KeyFile
from shared.config import Profile, Settings, read_settings


def _settings() -> Settings:
    if os.environ.get("PROFILE") == Profile.CLOUD:
        return read_settings(os.environ)
    options = read_options(os.environ)
    nowhere = "http://127.0.0.1:1"  # nothing is asked of the service or of Gmail
    wiring = Wiring(options, Path(".data") / options.state_name(), nowhere, nowhere)
    return read_settings({**wiring.environment(), **os.environ, "PROFILE": options.profile})


def _main() -> int:
    own = _settings()
    if own.master_keys is None:
        KeyFile(own.data_dir / "keys.json").add_version()
    for progress in rotate_keys(bootstrap.build_world(own)):
        print(f"{progress.what}: {progress.seen} seen, {progress.renewed} renewed", flush=True)
    return 0


if __name__ == "__main__":
    run_orderly(_main)
