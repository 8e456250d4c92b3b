"""Bodies decoded from their transfer encoding (RFC 2045), however broken."""

from __future__ import annotations

import binascii
import re

_NOT_BASE64 = re.compile(rb"[^A-Za-z0-9+/]+")
_UUENCODED = frozenset({"x-uuencode", "uuencode", "x-uue"})
PACKINGS = frozenset({"base64", "quoted-printable"}) | _UUENCODED  # those that are more than a promise
_BEGIN = re.compile(rb"^begin [^\r\n]*(?:\r\n|\r|\n)", re.MULTILINE)


def transfer_decoded(data: bytes, encoding: str) -> bytes:
    """The bytes that were sent; as they stand if the encoding is unknown."""
    if encoding == "base64":
        return base64_decoded(data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    return _uudecoded(data) if encoding in _UUENCODED else data


def base64_decoded(data: bytes) -> bytes:
    """Up to the padding; what is no letter of Base64 is passed over, a stray last one left out."""
    bare = _NOT_BASE64.sub(b"", data.partition(b"=")[0])
    bare = bare[: len(bare) - (len(bare) % 4 == 1)]
    return binascii.a2b_base64(bare + b"=" * (-len(bare) % 4))


def _uudecoded(data: bytes) -> bytes:
    """What stands between its first and last line; lines that cannot be decoded are left out."""
    begin = _BEGIN.search(data)
    if begin is None:
        return data
    decoded = bytearray()
    for line in data[begin.end() :].splitlines():
        if line.strip() == b"end":
            break
        try:
            decoded += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(decoded)
