"""Signatures verified in plain Python get the verdicts that `cryptography` gives, on honest and on crafted ones."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature as TheirInvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import example, given, settings
from hypothesis import strategies as st

from filiere_schemas.provenance import plain_signatures as plain

P, L = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
Q = 2**256 - 2**224 + 2**192 + 2**96 - 1
N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
MESSAGE = b"one lot of raw milk"
ED = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
ED_PUBLIC = ED.public_key().public_bytes_raw()
EC = ec.derive_private_key(0xC0FFEE, ec.SECP256R1())
EC_PUBLIC = EC.public_key().public_numbers()
SIGNATURE = ED.sign(MESSAGE)


def ed25519_verdicts(key: bytes, signature: bytes, message: bytes) -> tuple[bool, bool]:
    """Theirs and ours."""
    try:
        ed25519.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        theirs = True
    except TheirInvalidSignature:
        theirs = False
    try:
        plain.Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        ours = True
    except plain.InvalidSignature:
        ours = False
    return theirs, ours


def es256_verdicts(x: int, y: int, r: int, s: int, message: bytes) -> tuple[bool, bool]:
    """Theirs and ours; a key that is refused verifies nothing."""
    try:
        key = ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key()
        key.verify(encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
        theirs = True
    except (ValueError, TheirInvalidSignature):
        theirs = False
    try:
        numbers = plain.EllipticCurvePublicNumbers(x, y, plain.SECP256R1())
        ecdsa = plain.ECDSA(plain.SHA256())
        numbers.public_key().verify(plain.encode_dss_signature(r, s), message, ecdsa)
        ours = True
    except (ValueError, plain.InvalidSignature):
        ours = False
    return theirs, ours


def an_es256_signature(message: bytes = MESSAGE, secret: int = 0xC0FFEE, nonce: int = 12345) -> tuple[int, int]:
    """Sign with a nonce of our choice, as an attacker may."""
    r = ec.derive_private_key(nonce, ec.SECP256R1()).public_key().public_numbers().x % N
    digest = int.from_bytes(hashlib.sha256(message).digest(), "big")
    return r, (digest + r * secret) * pow(nonce, -1, N) % N


def small_order_points() -> list[bytes]:
    """Encodings of points of order 1, 2, 4 and 8, canonical and not, with either sign bit."""
    order_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
    ys = [0, 1, P - 1, P, P + 1, order_8, P - order_8]
    return [(y | sign << 255).to_bytes(32, "little") for y in ys for sign in (0, 1)]


R, S = SIGNATURE[:32], int.from_bytes(SIGNATURE[32:], "little")
CRAFTED = {
    "honest": (ED_PUBLIC, SIGNATURE),
    "S + L, the same modulo the order": (ED_PUBLIC, R + (S + L).to_bytes(32, "little")),
    "S = 0": (ED_PUBLIC, R + bytes(32)),
    "S = L": (ED_PUBLIC, R + L.to_bytes(32, "little")),
    "S all ones": (ED_PUBLIC, R + b"\xff" * 32),
    "R with the other sign": (ED_PUBLIC, R[:31] + bytes([R[31] ^ 0x80]) + SIGNATURE[32:]),
    "R = 0": (ED_PUBLIC, bytes(32) + SIGNATURE[32:]),
    "R is no point": (ED_PUBLIC, b"\x02" + bytes(31) + SIGNATURE[32:]),
    "empty": (ED_PUBLIC, b""),
    "63 bytes": (ED_PUBLIC, SIGNATURE[:63]),
    "65 bytes": (ED_PUBLIC, SIGNATURE + b"\0"),
    "a key that is no point": (b"\x02" + bytes(31), SIGNATURE),
    "a key with y = p + 3": ((P + 3).to_bytes(32, "little"), SIGNATURE),
}


@pytest.mark.parametrize("what", CRAFTED)
def test_ed25519_crafted_signatures_get_their_verdict(what: str) -> None:
    key, signature = CRAFTED[what]
    theirs, ours = ed25519_verdicts(key, signature, MESSAGE)
    assert ours == theirs == (what == "honest")


def test_ed25519_points_of_small_order_get_their_verdict_as_key_and_as_r() -> None:
    accepted = 0
    for key in small_order_points():
        for r in small_order_points():
            for message in (b"", b"a", b"b", b"c"):
                theirs, ours = ed25519_verdicts(key, r + bytes(32), message)
                assert ours == theirs
                accepted += theirs
    assert accepted  # such keys sign anything: `PublicKey.from_raw` refuses them before a signature is looked at


@settings(max_examples=150, deadline=None)
@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200), st.integers(0, 16 * 64))
def test_ed25519_honest_signatures_hold_and_a_flipped_bit_does_not(seed: bytes, message: bytes, bit: int) -> None:
    key = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    signature = bytearray(key.sign(message))
    flipped = bit < 8 * 64
    if flipped:
        signature[bit // 8] ^= 1 << bit % 8
    theirs, ours = ed25519_verdicts(key.public_key().public_bytes_raw(), bytes(signature), message)
    assert ours == theirs == (not flipped)


def opposite_points() -> tuple[int, int, int, int]:
    """A key and a signature whose two multiples cancel out: the sum is the point at infinity."""
    r, _ = an_es256_signature()
    secret = -int.from_bytes(hashlib.sha256(MESSAGE).digest(), "big") * pow(r, -1, N) % N
    numbers = ec.derive_private_key(secret, ec.SECP256R1()).public_key().public_numbers()
    return numbers.x, numbers.y, r, 7


RR, SS = an_es256_signature()
X, Y = EC_PUBLIC.x, EC_PUBLIC.y
EC_CRAFTED = {
    "honest": (X, Y, RR, SS),
    "the twin": (X, Y, RR, N - SS),
    "r = 0": (X, Y, 0, SS),
    "s = 0": (X, Y, RR, 0),
    "r = n": (X, Y, N, SS),
    "s = n": (X, Y, RR, N),
    "s = n - 1": (X, Y, RR, N - 1),
    "r = s = 1": (X, Y, 1, 1),
    "all ones": (X, Y, 2**256 - 1, 2**256 - 1),
    "r and s swapped": (X, Y, SS, RR),
    "the opposite key": (X, Q - Y, RR, SS),
    "off the curve": (X, Y ^ 1, RR, SS),
    "x + p": (X + Q if X + Q < 2**256 else Q, Y, RR, SS),
    "the origin": (0, 0, RR, SS),
    "cancels out": opposite_points(),
}


@pytest.mark.parametrize("what", EC_CRAFTED)
def test_es256_crafted_signatures_get_their_verdict(what: str) -> None:
    theirs, ours = es256_verdicts(*EC_CRAFTED[what], MESSAGE)
    assert ours == theirs == (what in {"honest", "the twin"})


@settings(max_examples=100, deadline=None)
@given(st.integers(1, N - 1), st.integers(1, N - 1), st.binary(max_size=100), st.integers(0, 600))
@example(1, 1, b"", 600)  # the base point as key and as nonce: equal points are added
@example(N - 1, N - 1, b"", 600)
@example(2, 1, b"x", 600)
def test_es256_honest_signatures_hold_and_a_flipped_bit_does_not(
    secret: int, nonce: int, message: bytes, bit: int
) -> None:
    numbers = ec.derive_private_key(secret, ec.SECP256R1()).public_key().public_numbers()
    r, s = an_es256_signature(message, secret, nonce)
    if bit < 512:
        r, s = (r ^ 1 << bit, s) if bit < 256 else (r, s ^ 1 << bit - 256)
    theirs, ours = es256_verdicts(numbers.x, numbers.y, r, s, message)
    assert ours == theirs
    assert theirs == (bit >= 512)
