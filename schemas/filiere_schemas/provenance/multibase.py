"""Multibase base58btc, and Ed25519 keys as multikeys and `did:key`: how W3C's credentials write bytes and keys.

Sources: W3C Controlled Identifiers 1.0, section 2.4 (base58btc), section 2.2.2 (Multikey); did:key, section 2.1.
"""

from __future__ import annotations

from typing import Final

from filiere_schemas.problems import Problem
from filiere_schemas.provenance import export_sentences as say
from filiere_schemas.provenance.keys import InvalidKey, PublicKey

BASE58BTC: Final = "z"
DID_KEY: Final = "did:key:"
LONGEST: Final = 200  # characters: a signature has 89; decoding costs the square of the length
_ALPHABET: Final = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_DIGITS: Final = {digit: value for value, digit in enumerate(_ALPHABET)}
_ED25519: Final = b"\xed\x01"  # multicodec ed25519-pub, as a varint


def encode(value: bytes) -> str:
    """Write bytes as multibase base58btc."""
    zeros = len(value) - len(value.lstrip(b"\0"))
    number, digits = int.from_bytes(value, "big"), []
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return BASE58BTC + _ALPHABET[0] * zeros + "".join(reversed(digits))


def decode(text: str) -> bytes:
    """Read multibase base58btc back; each value has one text.

    Raises:
        ValueError: another base, a character that is none of its digits, or more than LONGEST characters.
    """
    digits = text.removeprefix(BASE58BTC)
    if digits == text or len(text) > LONGEST or not set(digits) <= _DIGITS.keys():
        raise ValueError(
            f"expected base58btc behind “{BASE58BTC}”, at most {LONGEST} characters, found {text[:LONGEST]}"
        )
    zeros = len(digits) - len(digits.lstrip(_ALPHABET[0]))
    number = 0
    for digit in digits:
        number = number * len(_ALPHABET) + _DIGITS[digit]
    return bytes(zeros) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def did_key(key: PublicKey) -> str:
    """Name an Ed25519 key by itself: a DID that nobody has to resolve.

    Raises:
        TypeError: an ES256 key.
    """
    return DID_KEY + multikey(key)


def multikey(key: PublicKey) -> str:
    """Write an Ed25519 key as a multikey.

    Raises:
        TypeError: an ES256 key.
    """
    return encode(_ED25519 + key.raw)


def read_did_key(text: str) -> PublicKey:
    """Read the key that a `did:key` names.

    Raises:
        InvalidKey: another method, another type of key, or an unusable key.
    """
    encoded = text.removeprefix(DID_KEY)
    try:
        raw = decode(encoded) if encoded != text else b""
    except ValueError:
        raw = b""
    if not raw.startswith(_ED25519):
        raise InvalidKey([Problem(sentence=say.NOT_DID_KEY, values={"found": text})])
    return PublicKey.from_raw(raw.removeprefix(_ED25519))
