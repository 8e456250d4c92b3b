"""Nothing secret is in git: `python -m infra.local.check_secrets`.

What only looks like it stands in .secrets.baseline, which `--accept` writes anew.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from detect_secrets.core.secrets_collection import SecretsCollection
from detect_secrets.settings import transient_settings

BASELINE = Path(".secrets.baseline")
_LEFT_OUT = (".secrets.baseline", "requirements.txt", "requirements-dev.txt")  # hashes
_PLUGINS = [
    {"name": "AWSKeyDetector"},
    {"name": "Base64HighEntropyString", "limit": 4.5},
    {"name": "GitHubTokenDetector"},
    {"name": "HexHighEntropyString", "limit": 3.0},
    {"name": "JwtTokenDetector"},
    {"name": "PrivateKeyDetector"},
    {"name": "SlackDetector"},
    {"name": "StripeDetector"},
]

Finding = tuple[str, str, str]  # file, kind, hash of the secret


def findings(files: list[str]) -> dict[Finding, int]:
    """What looks like a secret in these files, and in which line."""
    found = SecretsCollection()
    with transient_settings({"plugins_used": _PLUGINS}):
        for name in files:
            found.scan_file(name)
    return {(name, each.type, each.secret_hash): each.line_number for name, each in found}


def _main() -> int:
    listed = subprocess.run(["git", "ls-files", "-z"], capture_output=True, text=True, check=True)
    files = [name for name in listed.stdout.split("\0") if Path(name).is_file() and name not in _LEFT_OUT]
    found = findings(files)
    if "--accept" in sys.argv:
        BASELINE.write_text(json.dumps(sorted(found), indent=1) + "\n")
        return 0
    known = {tuple(each) for each in json.loads(BASELINE.read_text())}
    new = {finding: line for finding, line in found.items() if finding not in known}
    for (name, kind, _), line in new.items():
        print(f"{name}:{line}: {kind}")
    if new:
        print("Take it out of git; or, if it opens nothing: python -m infra.local.check_secrets --accept")
    return 1 if new else 0


if __name__ == "__main__":
    sys.exit(_main())
