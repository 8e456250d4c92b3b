"""Cloud KMS on this machine: its REST API as far as symmetric keys go. Keys live in memory and end with it.

`python -m infra.local.kms_stand_in --port 8090`. A key is made the first time somebody names it; versions are
added, made primary, disabled and destroyed as in the cloud. Nobody is asked who they are: loopback only.
"""

from __future__ import annotations

import argparse
import json
import re
import secrets
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.adapters.cloud_kms import crc32c

_NAME = r"projects/[^/:]+/locations/[^/:]+/keyRings/[^/:]+/cryptoKeys/[^/:]+"
_CALL = re.compile(rf"/v1/(?P<key>{_NAME})(?:/cryptoKeyVersions(?:/(?P<version>\d+))?)?(?::(?P<method>\w+))?")
_NONCE, _HEAD = 12, 4  # bytes; what is wrapped begins with the number of its version


class Refused(Exception):
    """An answer of KMS that is an error."""

    def __init__(self, status: HTTPStatus, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


@dataclass
class CryptoKey:
    """Versions by number; the state of each is KMS's word for it."""

    name: str
    keys: dict[int, bytes] = field(default_factory=dict)
    states: dict[int, str] = field(default_factory=dict)
    primary: int = 0

    def add(self) -> dict[str, Any]:
        """One more version, not primary unless it is the first."""
        number = len(self.states) + 1
        self.keys[number], self.states[number] = secrets.token_bytes(32), "ENABLED"
        self.primary = self.primary or number
        return self.version(number)

    def version(self, number: int) -> dict[str, Any]:
        """A version as KMS shows it."""
        if number not in self.states:
            raise Refused(HTTPStatus.NOT_FOUND, "NOT_FOUND", "There is no such version.")
        return {"name": f"{self.name}/cryptoKeyVersions/{number}", "state": self.states[number]}

    def material(self, number: int) -> AESGCM:
        """What an enabled version encrypts with."""
        if self.states.get(number) != "ENABLED":
            raise Refused(HTTPStatus.BAD_REQUEST, "FAILED_PRECONDITION", "This version is not enabled.")
        return AESGCM(self.keys[number])

    def destroy(self, number: int) -> dict[str, Any]:
        """The version's key gone; KMS waits some days before it does that."""
        self.version(number)
        self.keys.pop(number, None)
        self.states[number] = "DESTROYED"
        return self.version(number)


@dataclass
class KmsStandIn:
    """Every key that was asked for, and `calls`: what was done with which key. Fault: `fails_with`."""

    keys: dict[str, CryptoKey] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    fails_with: HTTPStatus | None = None
    _lock: Lock = field(default_factory=Lock)

    def answer(self, http_method: str, path: str, body: bytes) -> tuple[HTTPStatus, dict[str, Any]]:
        """What KMS answers."""
        with self._lock:
            if self.fails_with is not None:
                return self.fails_with, {"error": {"code": self.fails_with, "status": "AS_TOLD"}}
            try:
                return HTTPStatus.OK, self._called(http_method, path, body)
            except Refused as refused:
                told = {"code": refused.status, "message": str(refused), "status": refused.reason}
                return refused.status, {"error": told}

    def _called(self, http_method: str, path: str, body: bytes) -> dict[str, Any]:
        called = _CALL.fullmatch(path)
        if called is None:
            raise Refused(HTTPStatus.NOT_FOUND, "NOT_FOUND", "There is no such method.")
        key = self._key(called["key"])
        asked = json.loads(body or b"{}")
        is_version = "/cryptoKeyVersions" in path
        method = called["method"] or {"GET": "get", "POST": "create"}.get(http_method, "")
        number = int(called["version"] or 0)
        self.calls.append((method, key.name))
        if is_version and method == "create":
            return key.add()
        if is_version and method == "destroy":
            return key.destroy(number)
        return self._of_key(key, method, asked)

    def _of_key(self, key: CryptoKey, method: str, asked: Mapping[str, Any]) -> dict[str, Any]:
        if method == "get":
            return _shown(key)
        if method == "encrypt":
            return _encrypt(key, asked)
        if method == "decrypt":
            return _decrypt(key, asked)
        if method == "updatePrimaryVersion":
            key.version(int(asked["cryptoKeyVersionId"]))
            key.primary = int(asked["cryptoKeyVersionId"])
            return _shown(key)
        raise Refused(HTTPStatus.NOT_FOUND, "NOT_FOUND", "There is no such method.")

    def _key(self, name: str) -> CryptoKey:
        if name not in self.keys:
            self.keys[name] = CryptoKey(name)
            self.keys[name].add()
        return self.keys[name]


def _shown(key: CryptoKey) -> dict[str, Any]:
    return {"name": key.name, "purpose": "ENCRYPT_DECRYPT", "primary": key.version(key.primary)}


def _encrypt(key: CryptoKey, asked: Mapping[str, Any]) -> dict[str, Any]:
    plain, context = _sent(asked, "plaintext"), _sent(asked, "additionalAuthenticatedData")
    nonce = secrets.token_bytes(_NONCE)
    sealed = key.material(key.primary).encrypt(nonce, plain, context)
    wrapped = key.primary.to_bytes(_HEAD, "big") + nonce + sealed
    return {
        "name": key.version(key.primary)["name"],
        **_sending("ciphertext", wrapped),
        "verifiedPlaintextCrc32c": "plaintextCrc32c" in asked,
        "verifiedAdditionalAuthenticatedDataCrc32c": "additionalAuthenticatedDataCrc32c" in asked,
        "protectionLevel": "SOFTWARE",
    }


def _decrypt(key: CryptoKey, asked: Mapping[str, Any]) -> dict[str, Any]:
    wrapped, context = _sent(asked, "ciphertext"), _sent(asked, "additionalAuthenticatedData")
    number = int.from_bytes(wrapped[:_HEAD], "big")
    unreadable = Refused(
        HTTPStatus.BAD_REQUEST,
        "INVALID_ARGUMENT",
        "Decryption failed: verify that 'name' refers to the correct CryptoKey.",
    )
    if number not in key.states:
        raise unreadable
    try:
        plain = key.material(number).decrypt(wrapped[_HEAD:][:_NONCE], wrapped[_HEAD + _NONCE :], context)
    except (InvalidTag, ValueError):
        raise unreadable from None
    used = {"usedPrimary": number == key.primary, "protectionLevel": "SOFTWARE"}
    return {**_sending("plaintext", plain), **used}


def _sent(asked: Mapping[str, Any], name: str) -> bytes:
    part = b64decode(asked.get(name, ""))
    told = asked.get(f"{name}Crc32c")
    if told is not None and int(told) != crc32c(part):
        raise Refused(HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT", f"The checksum of {name} is another.")
    return part


def _sending(name: str, part: bytes) -> dict[str, Any]:
    return {name: b64encode(part).decode(), f"{name}Crc32c": str(crc32c(part))}


def _server(kms: KmsStandIn, port: int) -> ThreadingHTTPServer:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, document = kms.answer(self.command, self.path.partition("?")[0], body)
            answer = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = _serve  # noqa: N815 - names that http.server looks for

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.daemon_threads, server.block_on_close = True, False
    return server


@contextmanager
def running_kms() -> Iterator[tuple[str, KmsStandIn]]:
    """A stand-in on a free port for as long as the block lasts: its address, and its inside."""
    kms = KmsStandIn()
    with _server(kms, 0) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", kms
        finally:
            server.shutdown()
            thread.join()


def _main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8090)
    with _server(KmsStandIn(), parser.parse_args().port) as server:
        print(f"Cloud KMS stand-in ready on http://127.0.0.1:{server.server_port}", flush=True)
        server.serve_forever()


if __name__ == "__main__":
    _main()
