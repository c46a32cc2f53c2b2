"""The token of a next page: a place in an answer, for one question and some time, that nobody else can make or read.

Nothing is kept for it: a token says everything itself, so that any process of the instance goes on where another one
stopped, after a restart too. What it opens is what its bearer may see on that page, which is decided when he asks.

Source: EPCIS 2.0, 12.6 (pagination); RFC 5297 (AES-SIV); RFC 5869 (HKDF).
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from collections.abc import Sequence
from typing import Final, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from filiere_platform.domain.epcis_sentences import PAGE_TOKEN_REFUSED
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64url

LIFE: Final = 7 * 24 * 3_600 * 1_000_000  # microseconds; a place in the log lasts, but a question's meaning may change
LONGEST: Final = 4_000  # characters of a token
Parameters = Sequence[tuple[str, str]]
_KEY_BYTES: Final = 64  # AES-256 twice: for the code and for the cipher
_HEAD: Final = struct.Struct(">Q32s")
_USE: Final = b"filiere page token"
# What may differ between the pages of one question.
_OF_A_PAGE: Final = frozenset({"perPage", "nextPageToken"})


def page_key(secret: bytes) -> bytes:
    """Derive the key of page tokens from the instance's secret."""
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=_USE).derive(secret)


class Turn(NamedTuple):
    """Where an answer goes on, and with which question."""

    cursor: str | None
    parameters: Parameters


def make_page_token(cursor: str, *, path: str, parameters: Parameters, key: bytes, now: int) -> str:
    """Give the token that goes on at a cursor of a question's answer; it lives for `LIFE` from `now`.

    It carries the question, since there are clients that send nothing but the token; one that would be too long for an
    address carries its digest alone.
    """
    question = _question(parameters)
    digest = hashlib.sha256(json.dumps(question).encode()).digest()
    for carried in (question, None):
        opened = _HEAD.pack(now + LIFE, digest) + zlib.compress(json.dumps([cursor, carried]).encode())
        token = base64url.encode(AESSIV(key).encrypt(opened, [_USE, path.encode()])).decode()
        if len(token) <= LONGEST:
            break
    return token


def read_page_token(token: str, *, path: str, parameters: Parameters, key: bytes, now: int) -> Turn:
    """Give where a token goes on, and its question, also where nothing but the token was sent.

    Raises:
        Refusal: code `page-token-refused`; it is none of ours, of another question, or has expired.
    """
    refused = Refusal([Problem(sentence=PAGE_TOKEN_REFUSED)])
    if len(token) > LONGEST:
        raise refused
    try:
        opened = AESSIV(key).decrypt(base64url.decode(token.encode()), [_USE, path.encode()])
    except (ValueError, InvalidTag):
        raise refused from None
    expires_at, digest = _HEAD.unpack_from(opened)
    cursor, carried = json.loads(zlib.decompress(opened[_HEAD.size :]))
    asked = _question(parameters)
    question = asked or carried or []
    if expires_at <= now or hashlib.sha256(json.dumps(question).encode()).digest() != digest:
        raise refused
    of_page = [pair for pair in parameters if pair[0] in _OF_A_PAGE]
    return Turn(cursor, [*((name, value) for name, value in question), *of_page])


def _question(parameters: Parameters) -> list[list[str]]:
    """Give what is asked, whatever the order of its parameters."""
    return sorted([name, value] for name, value in parameters if name not in _OF_A_PAGE)
