"""`PROJECT=… python -m infra.doctor`: prints each check with what it found; exits 0 if all is well."""

from __future__ import annotations

import os
import sys

import requests
from google.auth.exceptions import DefaultCredentialsError

from infra.doctor.checks import Patient, examine
from infra.doctor.google import HOSTS, Google, open_session


def main() -> int:
    """How many findings there are, as the process's answer."""
    project = os.environ.get("PROJECT", "")
    if not project:
        print("Say which project: make doctor PROJECT=my-project")
        return 2
    try:
        session = open_session(project)
    except DefaultCredentialsError:
        print("Sign in first: gcloud auth application-default login")
        return 2
    region = os.environ.get("REGION") or "us-central1"
    found = 0
    for name, findings in examine(Patient(Google(session, requests.Session(), HOSTS), project, region)):
        print(f"{'ok' if not findings else '!!'}  {name}", flush=True)
        for finding in findings:
            print(f"      {finding.what}\n      {finding.remedy}", flush=True)
        found += len(findings)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
