from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed448, rsa
from hypothesis import given
from hypothesis import strategies as st

from builders.envelopes import b64
from filiere_schemas.provenance.keys import (
    Algorithm,
    BadSignature,
    InvalidKey,
    PublicKey,
    SigningKey,
    UnreadablePrivateKey,
)

KEYS = {alg: SigningKey.generate(alg) for alg in Algorithm}
P = 2**255 - 19
# RFC 8037, appendix A: a private key, its thumbprint and a signature made by others.
RFC8037_SEED = bytes.fromhex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60")
RFC8037_X = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
RFC8037_THUMBPRINT = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("alg", Algorithm)
@given(data=st.binary(max_size=200))
def test_a_signature_verifies_and_is_the_same_each_time(alg: Algorithm, data: bytes) -> None:
    key = KEYS[alg]
    signature = key.sign(data)
    assert len(signature) == 64
    assert key.sign(data) == signature
    PublicKey.from_jwk(key.public.jwk).verify(signature, data)


@pytest.mark.parametrize("alg", Algorithm)
@given(place=st.integers(0, 63), flip=st.integers(1, 255))
def test_a_changed_signature_does_not_verify(alg: Algorithm, place: int, flip: int) -> None:
    signature = bytearray(KEYS[alg].sign(b"data"))
    signature[place] ^= flip
    with pytest.raises(BadSignature):
        KEYS[alg].public.verify(bytes(signature), b"data")


@pytest.mark.parametrize("alg", Algorithm)
@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(64), bytes(65), b"\xff" * 64], ids=repr)
def test_no_malformed_signature_verifies(alg: Algorithm, signature: bytes) -> None:
    with pytest.raises(BadSignature):
        KEYS[alg].public.verify(signature, b"data")


@pytest.mark.parametrize("alg", Algorithm)
@pytest.mark.parametrize("password", [None, b"correct horse"], ids=["plain", "encrypted"])
def test_a_private_key_survives_its_file(alg: Algorithm, password: bytes | None) -> None:
    pem = KEYS[alg].to_pem(password)
    assert (b"ENCRYPTED" in pem) == bool(password)
    assert SigningKey.from_pem(pem, password).sign(b"data") == KEYS[alg].sign(b"data")


@pytest.mark.parametrize("password", [None, b"", b"wrong"], ids=repr)
def test_an_encrypted_key_opens_with_its_password_alone(password: bytes | None) -> None:
    with pytest.raises(UnreadablePrivateKey):
        SigningKey.from_pem(KEYS[Algorithm.ED25519].to_pem(b"right"), password)


@pytest.mark.parametrize(
    "other",
    [
        rsa.generate_private_key(65537, 2048),
        ec.generate_private_key(ec.SECP384R1()),
        ed448.Ed448PrivateKey.generate(),
    ],
    ids=lambda key: type(key).__name__,
)
def test_other_kinds_of_private_keys_are_refused(other: Any) -> None:
    pem = other.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with pytest.raises(UnreadablePrivateKey):
        SigningKey.from_pem(pem)


def test_a_private_key_is_never_shown() -> None:
    for key in KEYS.values():
        assert "PrivateKey" not in repr(key)


def test_the_thumbprint_is_that_of_the_standard() -> None:
    public = SigningKey.from_seed(RFC8037_SEED).public
    assert public.jwk == {"kty": "OKP", "crv": "Ed25519", "x": RFC8037_X}
    assert public.thumbprint == RFC8037_THUMBPRINT
    assert PublicKey.from_jwk(public.jwk | {"kid": RFC8037_THUMBPRINT, "alg": "EdDSA", "use": "sig"}) == public


def _edwards_jwk(**changes: object) -> dict[str, object]:
    return {**KEYS[Algorithm.ED25519].public.jwk, **changes}


def _p256_jwk(**changes: object) -> dict[str, object]:
    return {**KEYS[Algorithm.ES256].public.jwk, **changes}


@pytest.mark.parametrize(
    ("jwk", "code", "pointer"),
    [
        ({}, "invalid-key", ""),
        ({"kty": "RSA", "n": "AQAB", "e": "AQAB"}, "invalid-key", ""),
        ({"kty": "oct", "k": "c2VjcmV0"}, "invalid-key", ""),
        ({"kty": ["OKP"], "crv": {}}, "invalid-key", ""),
        (_edwards_jwk(crv="X25519"), "invalid-key", ""),
        (_edwards_jwk(crv="Ed448"), "invalid-key", ""),
        (_edwards_jwk(x=None), "invalid-key", "/x"),
        (_edwards_jwk(x="é"), "invalid-key", "/x"),
        (_edwards_jwk(x="AAAA"), "invalid-key", "/x"),
        (_edwards_jwk(x=RFC8037_X + "="), "invalid-key", "/x"),
        (_edwards_jwk(d="AAAA"), "private-key-given", "/d"),
        (_edwards_jwk(alg="ES256"), "invalid-key", "/alg"),
        (_edwards_jwk(alg=["Ed25519"]), "invalid-key", "/alg"),
        (_edwards_jwk(kid="another"), "invalid-key", "/kid"),
        (_p256_jwk(crv="P-384"), "invalid-key", ""),
        (_p256_jwk(crv="secp256k1"), "invalid-key", ""),
        (_p256_jwk(y=KEYS[Algorithm.ES256].public.jwk["x"]), "invalid-key", "/x"),
        (_p256_jwk(x=b64(bytes(32)).decode(), y=b64(bytes(32)).decode()), "invalid-key", "/x"),
        (_p256_jwk(d="AAAA"), "private-key-given", "/d"),
        (_p256_jwk(alg="Ed25519"), "invalid-key", "/alg"),
    ],
)
def test_an_unusable_public_key_is_refused_at_its_place(jwk: dict[str, Any], code: str, pointer: str) -> None:
    with pytest.raises(InvalidKey) as caught:
        PublicKey.from_jwk(jwk)
    assert [(p.code, p.pointer) for p in caught.value.problems] == [(code, pointer)]


def test_every_point_of_small_order_is_refused_in_every_spelling() -> None:
    spellings = {y for point in _small_order_ys() for y in (point, point + P) if y < 2**255}
    assert len(spellings) == 7
    for y in spellings:
        for sign in (0, 1 << 255):
            with pytest.raises(InvalidKey) as caught:
                PublicKey.from_raw((y | sign).to_bytes(32, "little"))
            assert caught.value.problems[0].code == "weak-key"


def _small_order_ys() -> set[int]:
    """The y of all points whose order divides 8 on -x^2 + y^2 = 1 + d x^2 y^2, found by solving.

    Orders 1, 2, 4: y is 1, -1, 0. A point of order 8 doubles to y = 0, so y^2 = -x^2, so d y^4 + 2 y^2 - 1 = 0.
    """
    d = -121665 * pow(121666, -1, P) % P
    discriminant = _square_root(1 + d)
    assert discriminant is not None
    squares = ((-1 + sign * discriminant) * pow(d, -1, P) % P for sign in (1, -1))
    roots = [root for square in squares if (root := _square_root(square)) is not None]
    return {0, 1, P - 1} | {y for root in roots for y in (root, P - root)}


def _square_root(square: int) -> int | None:
    root = pow(square, (P + 3) // 8, P)
    for candidate in (root, root * pow(2, (P - 1) // 4, P) % P):
        if candidate * candidate % P == square % P:
            return candidate
    return None
