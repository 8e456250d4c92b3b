"""The local service with a clock at the door of notifications: `GET /called` tells of its last call."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any

from infra.local.gateway import Application
from infra.local.service import Service, create_app, serve

PATH = "/called"
_DOOR = "/doors/on_gmail_notification/"


def clocked(application: Application) -> Application:
    """The application, and a place that tells when the door was called, and when that was published.

    In seconds of this machine's clock; 0: never yet.
    """
    call = {"called_at": 0.0, "published_at": 0.0}

    def told(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == PATH:
            start_response("200 OK", [("Content-Type", "application/json")])
            return [json.dumps(call).encode()]
        if path.startswith(_DOOR):
            call["called_at"] = time.time()
            body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
            call["published_at"] = datetime.fromisoformat(
                json.loads(body)["message"]["publishTime"]
            ).timestamp()
            environ = {**environ, "wsgi.input": BytesIO(body)}
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
