"""What ciphers remember, and how much."""

from __future__ import annotations

import tracemalloc

from shared.adapters.sealing import MailboxCipher
from shared.mail.model import MailboxId


def test_all_ciphers_of_a_process_remember_hashes_within_one_bound() -> None:
    ciphers = [MailboxCipher(MailboxId(f"{number:x}"), bytes([number]) * 32) for number in range(96)]
    tracemalloc.start()
    first, *rest = (_after_hashing(third) for third in (ciphers[:32], ciphers[32:64], ciphers[64:]))
    tracemalloc.stop()
    assert all(abs(each - first) < first / 10 for each in rest)


def _after_hashing(ciphers: list[MailboxCipher]) -> int:
    """Bytes in use after each of them hashed a thousand terms."""
    for cipher in ciphers:
        cipher.hash_terms(f"w:{number}" for number in range(1_000))
    return tracemalloc.get_traced_memory()[0]
