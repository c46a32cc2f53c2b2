"""Verify Ed25519 and ES256 signatures in plain Python, for a verifier that travels as one file.

`cryptography` does this thirty times faster and is used wherever it is installed (`signature_library`). Without it, an
auditor's machine still verifies, with nothing but the standard library. Nothing secret is ever handled here: no key is
read, nothing is signed, so that time may depend on the values. The names are those of `cryptography`, of which this
is the part that a verifier needs, and the verdicts are its verdicts: on what RFC 8032 leaves open (encodings of a key
that are not canonical), this accepts what OpenSSL accepts. Tests compare the two on Wycheproof's kinds of edge cases.

Sources: RFC 8032, sections 5.1.3 and 5.1.7 (Ed25519, without the cofactor); FIPS 186-5, section 6.4.2 (ECDSA);
SP 800-186, section 3.2.1.3 (P-256). Addition formulas: Hisil-Wong-Carter-Dawson 2008 (twisted Edwards, a = -1) and
dbl-2001-b, add-1998-cmo-2 of the Explicit-Formulas Database (short Weierstrass, a = -3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

_WINDOW: Final = 4  # bits of a scalar that are looked up at a time
_SCALAR_BITS: Final = 256

_P: Final = 2**255 - 19
_L: Final = 2**252 + 27742317777372353535851937790883648493
_D: Final = -121665 * pow(121666, -1, _P) % _P
_SQRT_MINUS_1: Final = pow(2, (_P - 1) // 4, _P)

_Q: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
_G: Final = (
    0x6B17D1F2E12C4247F8BCE6E563A440F277037D812DEB33A0F4A13945D898C296,
    0x4FE342E2FE1A7F9B8EE7EB4A7C0F9E162BCE33576B315ECECBB6406837BF51F5,
    1,
)

Point: TypeAlias = tuple[int, ...]  # extended coordinates on the Edwards curve, Jacobian ones on P-256
Table: TypeAlias = tuple[Point, ...]  # the multiples 0 to 15 of a point


class InvalidSignature(Exception):  # noqa: N818 - the name that `cryptography` gives it
    """A signature that does not hold."""


@dataclass(frozen=True, slots=True)
class Ed25519PublicKey:
    """The 32 bytes of a key. Bytes that are no point make a key for which no signature holds."""

    raw: bytes

    @classmethod
    def from_public_bytes(cls, data: bytes) -> Ed25519PublicKey:
        """Take the bytes of a key; whether they are a point shows when something is verified."""
        return cls(data)

    def public_bytes_raw(self) -> bytes:
        """Give the bytes back."""
        return self.raw

    def verify(self, signature: bytes, data: bytes) -> None:
        """Verify R || S over some bytes.

        Raises:
            InvalidSignature: it does not hold, S is not below the group's order, or R is another spelling of its point.
        """
        table = _edwards_opposite_table(self.raw)
        claimed, scalar = signature[:32], int.from_bytes(signature[32:], "little")
        if table is None or len(signature) != 64 or scalar >= _L:  # noqa: PLR2004 - RFC 8032, 5.1.7
            raise InvalidSignature
        challenge = int.from_bytes(hashlib.sha512(claimed + self.raw + data).digest(), "little") % _L
        point = _sum_of_multiples(
            ((scalar, _edwards_base()), (challenge, table)), _edwards_add, _edwards_double, _EDWARDS_ZERO
        )
        # The point is encoded and compared, as OpenSSL does it: an R that is not canonical equals no encoding.
        if _edwards_encode(point) != claimed:
            raise InvalidSignature


class SECP256R1:
    """The only curve that is known here: P-256."""


class SHA256:
    """The only hash that is signed here."""


@dataclass(frozen=True, slots=True)
class ECDSA:
    """How an ES256 key signs."""

    algorithm: SHA256
    deterministic_signing: bool = False


@dataclass(frozen=True, slots=True)
class EllipticCurvePublicNumbers:
    """The coordinates of a key."""

    x: int
    y: int
    curve: SECP256R1

    def public_key(self) -> EllipticCurvePublicKey:
        """Give the key.

        Raises:
            ValueError: the coordinates are not a point of the curve.
        """
        x, y = self.x, self.y
        if not (0 <= x < _Q and 0 <= y < _Q) or (y * y - (x * x * x - 3 * x + _B)) % _Q:
            raise ValueError("expected a point on the curve")
        return EllipticCurvePublicKey(self)


@dataclass(frozen=True, slots=True)
class EllipticCurvePublicKey:
    """A P-256 key."""

    numbers: EllipticCurvePublicNumbers

    def public_numbers(self) -> EllipticCurvePublicNumbers:
        """Give the coordinates."""
        return self.numbers

    def verify(self, signature: bytes, data: bytes, signature_algorithm: ECDSA) -> None:  # noqa: ARG002 - SHA-256 alone
        """Verify a signature as `encode_dss_signature` wrote it.

        Raises:
            InvalidSignature: it does not hold, or r or s is not between 1 and the group's order.
        """
        r, s = decode_dss_signature(signature)
        if len(signature) != 64 or not (0 < r < _N and 0 < s < _N):  # noqa: PLR2004 - r || s
            raise InvalidSignature
        inverse = pow(s, -1, _N)
        digest = int.from_bytes(hashlib.sha256(data).digest(), "big")
        x, _, z = _sum_of_multiples(
            ((digest * inverse % _N, _weierstrass_base()), (r * inverse % _N, _weierstrass_table(self.numbers))),
            _weierstrass_add,
            _weierstrass_double,
            _WEIERSTRASS_ZERO,
        )
        if z == 0 or x * pow(z, -2, _Q) % _Q % _N != r:
            raise InvalidSignature


def encode_dss_signature(r: int, s: int) -> bytes:
    """Write r || s in 64 bytes: only the keys above read it, so that DER would be a detour."""
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def decode_dss_signature(signature: bytes) -> tuple[int, int]:
    """Read r and s back."""
    return int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")


def _sum_of_multiples(
    terms: Sequence[tuple[int, Table]],
    add: Callable[[Point, Point], Point],
    double: Callable[[Point], Point],
    zero: Point,
) -> Point:
    """Add multiples of points in one pass over the bits of all scalars (Straus), four bits at a time."""
    total = zero
    for shift in range(_SCALAR_BITS - _WINDOW, -1, -_WINDOW):
        for _ in range(_WINDOW):
            total = double(total)
        for scalar, table in terms:
            if digit := scalar >> shift & 15:
                total = add(total, table[digit])
    return total


def _multiples(point: Point, add: Callable[[Point, Point], Point], zero: Point) -> Table:
    table = [zero]
    for _ in range(15):
        table.append(add(table[-1], point))
    return tuple(table)


_EDWARDS_ZERO: Final = (0, 1, 1, 0)


def _edwards_add(left: Point, right: Point) -> Point:
    """Add extended coordinates; complete, so that no pair of points needs a case of its own."""
    x1, y1, z1, t1 = left
    x2, y2, z2, t2 = right
    a, b = (y1 - x1) * (y2 - x2) % _P, (y1 + x1) * (y2 + x2) % _P
    c, d = 2 * t1 * t2 * _D % _P, 2 * z1 * z2 % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _edwards_double(point: Point) -> Point:
    x, y, z, _ = point
    a, b = x * x % _P, y * y % _P
    h, g = a + b, a - b
    e, f = h - (x + y) * (x + y) % _P, 2 * z * z % _P + g
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _edwards_encode(point: Point) -> bytes:
    x, y, z, _ = point
    inverse = pow(z, -1, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | (x & 1) << 255).to_bytes(32, "little")


@lru_cache(maxsize=1024)  # of keys, whose points are costly to find; a bundle has some tens
def _edwards_opposite_table(raw: bytes) -> Table | None:
    """Give the multiples of the opposite of a key's point; None for bytes that are no point.

    The point is negated and not the scalar: for a point of small order, minus k modulo the large order is another.
    """
    point = _edwards_decode(raw)
    if point is None:
        return None
    x, y, z, t = point
    return _multiples((-x % _P, y, z, -t % _P), _edwards_add, _EDWARDS_ZERO)


@lru_cache(maxsize=1)
def _edwards_base() -> Table:
    point = _edwards_decode((4 * pow(5, -1, _P) % _P).to_bytes(32, "little"))
    assert point is not None  # noqa: S101 - the base point is a point
    return _multiples(point, _edwards_add, _EDWARDS_ZERO)


def _edwards_decode(raw: bytes) -> Point | None:
    """Read a point; None for bytes that are none. As OpenSSL: y is taken modulo p, and -0 is 0."""
    if len(raw) != 32:  # noqa: PLR2004 - RFC 8032, 5.1.5
        return None
    encoded = int.from_bytes(raw, "little")
    sign, y = encoded >> 255, (encoded & (1 << 255) - 1) % _P
    u, v = (y * y - 1) % _P, (_D * y * y + 1) % _P
    x = u * v**3 * pow(u * v**7, (_P - 5) // 8, _P) % _P  # RFC 8032, 5.1.3, step 2
    if (v * x * x + u) % _P == 0:
        x = x * _SQRT_MINUS_1 % _P
    if (v * x * x - u) % _P:
        return None
    if x & 1 != sign:
        x = -x % _P
    return x, y, 1, x * y % _P


_WEIERSTRASS_ZERO: Final = (1, 1, 0)


def _weierstrass_double(point: Point) -> Point:
    x, y, z = point
    delta, gamma = z * z % _Q, y * y % _Q
    beta, alpha = x * gamma % _Q, 3 * (x - delta) * (x + delta) % _Q
    doubled = (alpha * alpha - 8 * beta) % _Q
    return doubled, (alpha * (4 * beta - doubled) - 8 * gamma * gamma) % _Q, 2 * y * z % _Q


def _weierstrass_add(left: Point, right: Point) -> Point:
    if not left[2] or not right[2]:
        return right if not left[2] else left
    x1, y1, z1 = left
    x2, y2, z2 = right
    square1, square2 = z1 * z1 % _Q, z2 * z2 % _Q
    u1, u2 = x1 * square2 % _Q, x2 * square1 % _Q
    s1, s2 = y1 * z2 * square2 % _Q, y2 * z1 * square1 % _Q
    if u1 == u2:
        return _weierstrass_double(left) if s1 == s2 else _WEIERSTRASS_ZERO
    h, r = u2 - u1, s2 - s1
    hh = h * h % _Q
    hhh, v = h * hh % _Q, u1 * hh % _Q
    x = (r * r - hhh - 2 * v) % _Q
    return x, (r * (v - x) - s1 * hhh) % _Q, z1 * z2 * h % _Q


@lru_cache(maxsize=1024)
def _weierstrass_table(numbers: EllipticCurvePublicNumbers) -> Table:
    return _multiples((numbers.x, numbers.y, 1), _weierstrass_add, _WEIERSTRASS_ZERO)


@lru_cache(maxsize=1)
def _weierstrass_base() -> Table:
    return _multiples(_G, _weierstrass_add, _WEIERSTRASS_ZERO)
