"""The names under which a mailbox is known, before they are hashed."""

from base64 import b64encode
from hashlib import sha512

_PREFIX = 16


def token_names(refresh_token: str) -> tuple[str, str]:
    """The names by which Google's security events call a refresh token: how it begins, and its hash."""
    twice = sha512(sha512(refresh_token.encode()).digest()).digest()
    return f"prefix:{refresh_token[:_PREFIX]}", f"hash_base64_sha512_sha512:{b64encode(twice).decode()}"


def address_name(address: str) -> str:
    """The name of an address: the same in any letter case."""
    return f"address:{address.strip().casefold()}"


def subject_name(subject: str) -> str:
    """The name of a Google account, which stays when its address changes."""
    return f"sub:{subject}"
