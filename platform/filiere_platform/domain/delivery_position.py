"""How far a member's stream of deliveries has come, as its program is told: a word that only the instance can read.

A cursor stands on a grant, and grants are numbered for all members together: the number itself would tell how many
others were shown what one may not see. Encrypted for its member, with some randomness in it, it tells nothing: not even
whether the grants of others have gone on since the last one.

Source: RFC 5297 (AES-SIV, authenticated encryption).
"""

from __future__ import annotations

import secrets
import struct
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from filiere_platform.domain.delivery_sentences import POSITION_UNKNOWN
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64url

LONGEST: Final = 64  # characters of a position as it is presented
_NUMBER: Final = struct.Struct(">Q")
_SALT_BYTES: Final = 8
_USE: Final = b"filiere delivery position"


def write_position(grant_no: int, *, member_id: int, key: bytes) -> str:
    """Write a position for its member; `key` is that of sealed nodes' handles."""
    plain = secrets.token_bytes(_SALT_BYTES) + _NUMBER.pack(grant_no)
    return base64url.encode(AESSIV(key).encrypt(plain, _bound_to(member_id))).decode()


def read_position(text: str, *, member_id: int, key: bytes) -> int:
    """Read a position as its member presents it; gives the number of a grant.

    Raises:
        Refusal: code `position-unknown`: it was not made here, or for somebody else.
    """
    try:
        sealed = base64url.decode(text.encode())
        (grant_no,) = _NUMBER.unpack(AESSIV(key).decrypt(sealed, _bound_to(member_id))[_SALT_BYTES:])
    except (InvalidTag, ValueError, struct.error) as error:
        raise Refusal(
            [Problem(sentence=POSITION_UNKNOWN, pointer="/after", values={"found": text[:LONGEST]})]
        ) from error
    return int(grant_no)


def _bound_to(member_id: int) -> list[bytes]:
    return [_USE, _NUMBER.pack(member_id)]
