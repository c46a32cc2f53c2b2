"""Base64url without padding, decoded strictly: one text for one value.

Lenient decoders accept padding, line ends and stray trailing bits, so that several texts carry one
signature. Here a text is refused unless encoding its value gives the same text again.

Source: RFC 4648, section 5 (alphabet); RFC 7515, section 2 (no padding, no line ends).
"""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64

_FROM_STANDARD = bytes.maketrans(b"+/", b"-_")
# What the standard alphabet has and this one has not becomes foreign to both, the padding first of all.
_TO_STANDARD = bytes.maketrans(b"-_+/=", b"+/!!!")
# The last character of a text whose length is not a multiple of 4 has bits that belong to no byte; they are zero.
_LAST = {2: frozenset(b"AQgw"), 3: frozenset(b"AEIMQUYcgkosw048")}


def encode(value: bytes) -> bytes:
    """Encode bytes as base64url without padding."""
    return b2a_base64(value, newline=False).rstrip(b"=").translate(_FROM_STANDARD)


def decode(text: bytes) -> bytes:
    """Decode base64url text.

    Raises:
        ValueError: the text is not exactly what `encode` gives for some value.
    """
    beyond = len(text) % 4
    try:
        # The strict mode refuses foreign characters, and padding at any place but ours; it ignores trailing bits.
        value = a2b_base64(text.translate(_TO_STANDARD) + b"=" * (-beyond % 4), strict_mode=True)
    except Error as error:
        raise ValueError("expected base64url without padding or foreign characters") from error
    if beyond and text[-1] not in _LAST.get(beyond, ()):
        raise ValueError("expected base64url without trailing bits")
    return value
