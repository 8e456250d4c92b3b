"""Who a call comes from, as the access token says."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """The mailbox that a token opens, and what the token allows there (whole scope URLs)."""

    address: str
    scopes: frozenset[str]
