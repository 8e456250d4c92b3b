"""Bloom filters: small sets that may seem to hold more than was put into them, never less (Bloom, 1970)."""

from collections.abc import Collection

_BITS_EACH, _LEAST_BITS, _MOST_BITS = 8, 64, 8_192
_ONE = ord("1")
_ONE = ord("1")
_SECOND = 16  # bits further on in a hash, its second place is read


def filter_of(hashes: Collection[int]) -> bytes:
    """A filter that holds these hashes of 32 bits: one to two bytes for each, 1 KB at most.

    One of 25 or fewer others seems to be there too, more of them where the largest is too small.
    """
    bits = min(max(_LEAST_BITS, 1 << (_BITS_EACH * len(hashes)).bit_length()), _MOST_BITS)
    digits, mask = bytearray(b"0" * bits), bits - 1
    for each in hashes:
        digits[each & mask] = digits[each >> _SECOND & mask] = _ONE
    return int(digits, 2).to_bytes(bits // 8)


def may_hold(filter_: bytes, hash_: int) -> bool:
    """Whether the hash may have been put into the filter; an empty one tells nothing."""
    mask = 8 * len(filter_) - 1
    return not filter_ or (_is_set(filter_, hash_ & mask) and _is_set(filter_, hash_ >> _SECOND & mask))


def _is_set(filter_: bytes, place: int) -> bool:
    return bool(filter_[place >> 3] & 128 >> (place & 7))
