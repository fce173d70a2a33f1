"""The public key of a Curve25519 private key: X25519 with the base point, RFC 7748 section 5.

Not in constant time: it works on keys of this host, once for each plan, for root alone.
"""

from __future__ import annotations

_P = 2**255 - 19
_A24 = 121665
_BASE = 9


def public_key(private: bytes) -> bytes:
    """32 octets of 32; ValueError for another length. The bits that don't count are set as they must be."""
    if len(private) != 32:
        raise ValueError("a private key has 32 octets")
    scalar = int.from_bytes(private, "little") & ~7 & ~(1 << 255) | 1 << 254
    return _ladder(scalar, _BASE).to_bytes(32, "little")


def _ladder(scalar: int, u: int) -> int:
    x2, z2, x3, z3 = 1, 0, u, 1
    for position in range(254, -1, -1):
        bit = scalar >> position & 1
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
        x2, z2, x3, z3 = _step(u, (x2, z2), (x3, z3))
        if bit:
            x2, z2, x3, z3 = x3, z3, x2, z2
    return x2 * pow(z2, _P - 2, _P) % _P


def _step(u: int, double: tuple[int, int], other: tuple[int, int]) -> tuple[int, int, int, int]:
    """One point doubled, and the sum of both, of which `u` is the difference."""
    a, b = (double[0] + double[1]) % _P, (double[0] - double[1]) % _P
    c, d = other[0] + other[1], other[0] - other[1]
    aa, bb, da, cb = a * a % _P, b * b % _P, d * a % _P, c * b % _P
    e = aa - bb
    return aa * bb % _P, e * (aa + _A24 * e) % _P, (da + cb) ** 2 % _P, u * (da - cb) ** 2 % _P
