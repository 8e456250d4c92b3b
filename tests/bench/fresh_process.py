"""A door in a process of its own, as Cloud Run starts it: told by stdin, timed, answered by stdout.

Times are of the machine's monotonic clock, which all processes share, and of this process's processor time.
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

LOADED = "the door is loaded"


def main() -> None:
    """Load the door, ask it twice, tell when."""
    told: dict[str, Any] = json.load(sys.stdin)
    import functions_framework  # noqa: PLC0415 - what is measured begins here

    app = functions_framework.create_app(target=told["door"], source=told["source"])  # type: ignore[no-untyped-call]
    print(LOADED, file=sys.stderr)
    moments, statuses = [_moment()], []
    browser = app.test_client()
    for _ in range(2):
        statuses.append(browser.open(**told["request"]).status_code)
        moments.append(_moment())
    json.dump({"moments": moments, "statuses": statuses}, sys.stderr)


def _moment() -> tuple[float, float]:
    return time.monotonic(), time.process_time()


main()
