"""The secrets that a deployment begins with. Each is made once and goes straight to Secret Manager."""

from __future__ import annotations

import json
import secrets
from base64 import b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

_NAME_KEY_BYTES = 32


class NoClient(Exception):
    """The file is no client_secret.json of a web application; the message says what to download."""


@dataclass(frozen=True)
class Client:
    """An OAuth client of the kind Web application."""

    id: str
    secret: str


def read_client(path: Path) -> Client:
    """The client in the file that Google's console hands out. Raises: NoClient."""
    try:
        web = json.loads(path.read_text(encoding="utf-8"))["web"]
        return Client(web["client_id"], web["client_secret"])
    except (OSError, ValueError, KeyError, TypeError):
        raise NoClient(
            f"{path} is no client_secret.json of a web application: in the console, under Clients, make one "
            "of that kind and download its JSON."
        ) from None


def first_values(client: Client) -> Mapping[str, str]:
    """What each secret of infra/terraform/secrets.tf begins with."""
    session = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    return {
        "oauth-client-secret": client.secret,
        "session-key": session.decode(),
        "name-key": b64encode(secrets.token_bytes(_NAME_KEY_BYTES)).decode(),
    }
