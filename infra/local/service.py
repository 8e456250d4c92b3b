"""Every door in one process: `python -m infra.local.service --port 8080 [--sweep-seconds 5]`.

Each door is loaded by functions-framework, as in the cloud. Public doors stand behind the local gateway;
those that Pub/Sub and Cloud Scheduler call are at /doors/<door>/….
"""

from __future__ import annotations

import argparse
import threading
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import functions_framework
import requests
from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]
from werkzeug.exceptions import NotFound

from infra.local.gateway import Application, Gateway, read_document, read_routes

MAIN = Path(__file__).parent.parent.parent / "main.py"
EVENT_DOORS = ("on_gmail_notification", "on_sync_requested", "sweep")
_PREFIX = "/doors/"
_THREADS = 16
_KEEP_ALIVE_S = 30


def create_app() -> Application:
    """The WSGI application of all doors."""
    routes = read_routes(read_document())
    doors = {name: load_door(name) for name in {*EVENT_DOORS, *(route.door for route in routes)}}
    gateway = Gateway(routes, doors)

    def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path: str = environ.get("PATH_INFO", "")
        if not path.startswith(_PREFIX):
            return gateway(environ, start_response)
        name, slash, rest = path.removeprefix(_PREFIX).partition("/")
        door = doors[name] if name in EVENT_DOORS else NotFound()
        inner = {**environ, "SCRIPT_NAME": f"{_PREFIX}{name}", "PATH_INFO": slash + rest or "/"}
        answer: Iterable[bytes] = door(inner, start_response)
        return answer

    return application


def load_door(name: str) -> Application:
    """One door as functions-framework serves it."""
    return functions_framework.create_app(target=name, source=str(MAIN))  # type: ignore[no-untyped-call]


class Service(BaseApplication):  # type: ignore[misc] # gunicorn has no types
    """One gunicorn worker with threads, on loopback."""

    def __init__(self, port: int, sweep_seconds: float) -> None:
        self._port = port
        self._sweep_seconds = sweep_seconds
        super().__init__()

    def load_config(self) -> None:
        """Gunicorn's settings."""
        settings = {
            "bind": f"127.0.0.1:{self._port}",
            "worker_class": "gthread",
            "threads": _THREADS,
            "keepalive": _KEEP_ALIVE_S,
            "timeout": 0,  # a step of sync may take its minute
            "graceful_timeout": 5,
            "limit_request_line": 0,  # the gateway's is the limit, as in the cloud
            "control_socket_disable": True,
            "post_worker_init": self._begin_sweeping,
        }
        for name, value in settings.items():
            self.cfg.set(name, value)

    def load(self) -> Application:
        """Gunicorn's way to ask for the application."""
        return create_app()

    def _begin_sweeping(self, _worker: object) -> None:
        if self._sweep_seconds > 0:
            threading.Thread(target=self._sweep_for_ever, name="sweep", daemon=True).start()

    def _sweep_for_ever(self) -> None:
        """Cloud Scheduler's part."""
        url = f"http://127.0.0.1:{self._port}{_PREFIX}sweep"
        with requests.Session() as session:
            session.trust_env = False  # a proxy has no business between us and ourselves
            while True:
                threading.Event().wait(self._sweep_seconds)
                try:
                    session.post(url, timeout=60)
                except requests.RequestException as error:
                    print(f"The sweep failed: {type(error).__name__}", flush=True)


def serve(kind: type[Service], description: str | None) -> None:
    """Run it as the command line says."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--sweep-seconds", type=float, default=0)
    asked = parser.parse_args()
    kind(asked.port, asked.sweep_seconds).run()


if __name__ == "__main__":
    serve(Service, __doc__)
