"""Runs lieer on Debian's Python, which has notmuch's bindings, against the simulated Gmail; told by stdin."""

import json
import sys
from typing import Any

from googleapiclient import discovery
from googleapiclient.http import BatchHttpRequest
from lieer.gmailieer import Gmailieer  # type: ignore[import-not-found]  # of the bench's own folder only
from lieer.remote import Remote  # type: ignore[import-not-found]  # as above

told = json.load(sys.stdin)
_build = discovery.build


def build_here(*names: str, **more: Any) -> Any:
    """Its client, pointed at the simulated Gmail."""
    service = _build(*names, **more, static_discovery=True, client_options={"api_endpoint": told["endpoint"]})
    service.new_batch_http_request = lambda callback: BatchHttpRequest(
        callback=callback, batch_uri=f"{told['endpoint']}batch"
    )
    return service


discovery.build = build_here
Remote.query = ""  # the simulator would look into every message for it
sys.argv = ["gmi", *told["arguments"]]
Gmailieer().main()
