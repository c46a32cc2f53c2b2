"""Keys that sign records and statements: Ed25519, and ES256 for hardware that has nothing else.

A key has one algorithm for its whole life. Names and encodings are JOSE's; the identifier of a key is its
thumbprint, so that a key cannot be swapped under its name.

An ES256 signature has a twin that verifies too (r, n-s): nothing may rely on a signature being the only one
for its bytes. Records are told apart by the digest of the whole compact JWS.

Sources: RFC 7517 and RFC 7518, sections 3.4 and 6.2 (JWK, ES256); RFC 8037 and RFC 9864 (Ed25519);
RFC 7638 (thumbprint).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, Protocol

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64url, sentences
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.signature_library import (
    InvalidSignature,
    decode_dss_signature,
    ec,
    ed25519,
    encode_dss_signature,
    hashes,
    serialization,
)

ED25519_PUBLIC_SIZE = 32  # bytes; RFC 8032, section 5.1.5
P256_COORDINATE_SIZE = 32  # bytes; RFC 7518, section 6.2.1.2

# RFC 6979: signing the same bytes twice gives the same signature, and needs no randomness at signing time.
_ECDSA_SIGNING: Final = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_ECDSA: Final = ec.ECDSA(hashes.SHA256())

# Points of order 1, 2, 4 and 8 in every encoding that a verifier may accept, without the sign bit: for such a
# key a signature can be made by anybody. Derived from the curve's equation; a test derives them again.
_SMALL_ORDER_Y: Final = frozenset(
    int(text, 16).to_bytes(32, "little")
    for text in (
        "0",  # order 4
        "1",  # order 1
        "05fc536d880238b13933c6d305acdfd5f098eff289f4c345b027b2c28f95e826",  # order 8
        "7a03ac9277fdc74ec6cc392cfa53202a0f67100d760b3cba4fd84d3d706a17c7",  # order 8
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffec",  # order 2: p - 1
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffed",  # p, another spelling of 0
        "7fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffee",  # p + 1, another spelling of 1
    )
)


class Algorithm(StrEnum):
    """Signature algorithms, by their JOSE names."""

    ED25519 = "Ed25519"  # RFC 9864, section 2.2
    ES256 = "ES256"  # RFC 7518, section 3.4


class InvalidKey(Refusal):
    """A key that cannot be used: not a public key, or not of an algorithm that is known here."""


class UnreadablePrivateKey(Refusal):
    """A private key file that cannot be opened: another format, or another password."""


class BadSignature(Refusal):
    """A signature that does not hold for these bytes and this key."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key with its pinned algorithm; equal when its thumbprint is. Built by `from_jwk` or `from_raw`."""

    alg: Algorithm
    thumbprint: str  # RFC 7638, SHA-256, base64url: the `kid`
    _key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey = field(repr=False, compare=False)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Any]) -> PublicKey:
        """Read a public key; members that describe its use are ignored, `kid` and `alg` must agree if given.

        Raises:
            InvalidKey: a private key, an unknown type or curve, a bad encoding, a point that is off the curve
                or of small order, or a `kid` or `alg` that contradicts the key.
        """
        if "d" in jwk:
            raise InvalidKey([Problem(sentence=sentences.PRIVATE_KEY_GIVEN, pointer="/d")])
        kind = (jwk.get("kty"), jwk.get("crv"))
        if kind == ("OKP", "Ed25519"):
            key = cls.from_raw(_coordinate(jwk, "x"))
        elif kind == ("EC", "P-256"):
            key = _p256(_coordinate(jwk, "x"), _coordinate(jwk, "y"))
        else:
            raise _invalid_key(f"kty {jwk.get('kty')}, crv {jwk.get('crv')}")
        if jwk.get("alg", key.alg) not in _names(key.alg):
            raise _invalid_key(f"alg {jwk['alg']}", "/alg")
        if jwk.get("kid", key.thumbprint) != key.thumbprint:
            raise _invalid_key(f"kid {jwk['kid']}", "/kid")
        return key

    @classmethod
    def from_raw(cls, raw: bytes) -> PublicKey:
        """Read an Ed25519 public key from its 32 bytes.

        Raises:
            InvalidKey: another length, or a point of small order.
        """
        if len(raw) != ED25519_PUBLIC_SIZE:
            raise _invalid_key(f"{len(raw)} bytes", "/x")
        if raw[:31] + bytes([raw[31] & 0x7F]) in _SMALL_ORDER_Y:
            raise InvalidKey([Problem(sentence=sentences.WEAK_KEY, pointer="/x")])
        return _public(ed25519.Ed25519PublicKey.from_public_bytes(raw))

    @property
    def jwk(self) -> dict[str, str]:
        """The key as a JWK of its required members alone; a new dictionary each time."""
        return _jwk(self._key)

    @property
    def raw(self) -> bytes:
        """The 32 bytes of an Ed25519 key, as signed notes carry it.

        Raises:
            TypeError: an ES256 key, which signed notes do not have.
        """
        if not isinstance(self._key, ed25519.Ed25519PublicKey):
            raise TypeError("expected an Ed25519 key, found an ES256 key")
        return self._key.public_bytes_raw()

    def accepts(self, alg: str) -> bool:
        """Whether a header may name this algorithm for this key; `EdDSA` is Ed25519's former name."""
        return alg in _names(self.alg)

    def verify(self, signature: bytes, data: bytes) -> None:
        """Verify a signature of these bytes; ES256 signatures are r || s.

        Raises:
            BadSignature: it does not hold.
        """
        try:
            if isinstance(self._key, ed25519.Ed25519PublicKey):
                self._key.verify(signature, data)
            else:
                self._key.verify(_to_der(signature), data, _ECDSA)
        except InvalidSignature as error:
            raise BadSignature([Problem(sentence=sentences.BAD_SIGNATURE, values={"kid": self.thumbprint})]) from error


class PrivateKey(Protocol):
    """Whatever signs under one public key: a key in memory (`SigningKey`), or one that never leaves its hardware."""

    @property
    def public(self) -> PublicKey:
        """The public key that its signatures hold for."""

    def sign(self, data: bytes) -> bytes:
        """Sign bytes: 64 bytes, of an ES256 key r || s; not always the same for the same bytes."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key; it is never shown. Built by `generate`, `from_pem` or `from_seed`."""

    public: PublicKey
    _key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey = field(repr=False, compare=False)

    @classmethod
    def generate(cls, alg: Algorithm = Algorithm.ED25519) -> SigningKey:
        """Make a new key from the system's randomness."""
        if alg is Algorithm.ED25519:
            return _signing(ed25519.Ed25519PrivateKey.generate())
        return _signing(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """Make the Ed25519 key of a 32-byte seed, for demonstrations and replays that must repeat exactly.

        Raises:
            ValueError: the seed is not 32 bytes.
        """
        return _signing(ed25519.Ed25519PrivateKey.from_private_bytes(seed))

    @classmethod
    def from_pem(cls, pem: bytes, password: bytes | None = None) -> SigningKey:
        """Read a private key from PEM (PKCS #8), encrypted or not.

        Raises:
            UnreadablePrivateKey: not a PEM private key, another type of key, or another password.
        """
        try:
            key = serialization.load_pem_private_key(pem, password)
        except (ValueError, TypeError) as error:
            raise UnreadablePrivateKey([Problem(sentence=sentences.UNREADABLE_PRIVATE_KEY)]) from error
        if isinstance(key, ed25519.Ed25519PrivateKey) or _is_p256(key):
            return _signing(key)
        raise UnreadablePrivateKey([Problem(sentence=sentences.UNREADABLE_PRIVATE_KEY)])

    def to_pem(self, password: bytes | None = None) -> bytes:
        """Write the private key as PEM (PKCS #8), encrypted when a password is given."""
        encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
        if password:
            encryption = serialization.BestAvailableEncryption(password)
        return self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption_algorithm=encryption
        )

    def sign(self, data: bytes) -> bytes:
        """Sign bytes; 64 bytes, the same each time for the same bytes."""
        if isinstance(self._key, ed25519.Ed25519PrivateKey):
            return self._key.sign(data)
        r, s = decode_dss_signature(self._key.sign(data, _ECDSA_SIGNING))
        return r.to_bytes(P256_COORDINATE_SIZE, "big") + s.to_bytes(P256_COORDINATE_SIZE, "big")


def _names(alg: Algorithm) -> tuple[str, ...]:
    return ("Ed25519", "EdDSA") if alg is Algorithm.ED25519 else (alg.value,)


def _invalid_key(found: str, pointer: str = "") -> InvalidKey:
    return InvalidKey([Problem(sentence=sentences.INVALID_KEY, pointer=pointer, values={"found": found})])


def _coordinate(jwk: Mapping[str, Any], name: str) -> bytes:
    text = jwk.get(name)
    try:
        value = base64url.decode(text.encode("ascii")) if isinstance(text, str) else b""
    except ValueError:  # a UnicodeEncodeError is one too
        value = b""
    if len(value) != P256_COORDINATE_SIZE:  # Ed25519 has the same size
        raise _invalid_key(f"{name} = {text}", f"/{name}")
    return value


def _p256(x: bytes, y: bytes) -> PublicKey:
    numbers = ec.EllipticCurvePublicNumbers(int.from_bytes(x, "big"), int.from_bytes(y, "big"), ec.SECP256R1())
    try:
        return _public(numbers.public_key())
    except ValueError as error:
        raise _invalid_key("x, y off the curve", "/x") from error


def _is_p256(key: object) -> bool:
    return isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1)


def _signing(key: Any) -> SigningKey:
    return SigningKey(public=_public(key.public_key()), _key=key)


def _public(key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey) -> PublicKey:
    # RFC 7638, section 3: the required members alone, sorted, without white space: which is canonical JSON.
    digest = hashlib.sha256(canonicalize(_jwk(key))).digest()
    alg = Algorithm.ED25519 if isinstance(key, ed25519.Ed25519PublicKey) else Algorithm.ES256
    return PublicKey(alg=alg, thumbprint=base64url.encode(digest).decode(), _key=key)


def _jwk(key: ed25519.Ed25519PublicKey | ec.EllipticCurvePublicKey) -> dict[str, str]:
    if isinstance(key, ed25519.Ed25519PublicKey):
        return {"crv": "Ed25519", "kty": "OKP", "x": base64url.encode(key.public_bytes_raw()).decode()}
    numbers = key.public_numbers()
    x, y = (base64url.encode(n.to_bytes(P256_COORDINATE_SIZE, "big")).decode() for n in (numbers.x, numbers.y))
    return {"crv": "P-256", "kty": "EC", "x": x, "y": y}


def _to_der(signature: bytes) -> bytes:
    """Turn r || s into what the library reads; a wrong length becomes a signature that cannot verify."""
    if len(signature) != 2 * P256_COORDINATE_SIZE:
        raise InvalidSignature
    r, s = signature[:P256_COORDINATE_SIZE], signature[P256_COORDINATE_SIZE:]
    return encode_dss_signature(int.from_bytes(r, "big"), int.from_bytes(s, "big"))
