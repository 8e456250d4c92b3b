"""The local service with a clock at the door of notifications: `GET /called` tells its last call."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from typing import Any

from infra.local.gateway import Application
from infra.local.service import Service, create_app, serve

PATH = "/called"
_DOOR = "/doors/on_gmail_notification/"


def clocked(application: Application) -> Application:
    """The application, and a place that tells in seconds of this machine's clock; 0: never yet."""
    called_at = 0.0

    def told(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        nonlocal called_at
        path = environ.get("PATH_INFO", "")
        if path == PATH:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(called_at).encode()]
        if path.startswith(_DOOR):
            called_at = time.time()
        answer: Iterable[bytes] = application(environ, start_response)
        return answer

    return told


class ClockedService(Service):
    """The service, clocked."""

    def load(self) -> Application:
        """Gunicorn's way to ask for the application."""
        return clocked(create_app())


if __name__ == "__main__":
    serve(ClockedService, __doc__)
