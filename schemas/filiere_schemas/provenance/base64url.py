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


def encode(value: bytes) -> bytes:
    """Encode bytes as base64url without padding."""
    return b2a_base64(value, newline=False).rstrip(b"=").translate(_FROM_STANDARD)


def decode(text: bytes) -> bytes:
    """Decode base64url text.

    Raises:
        ValueError: the text is not exactly what `encode` gives for some value.
    """
    standard = text.translate(_TO_STANDARD) + b"=" * (-len(text) % 4)
    try:
        value = a2b_base64(standard)
    except Error as error:
        raise ValueError("expected base64url") from error
    # The decoder skips foreign characters and ignores trailing bits; only the comparison is strict.
    if b2a_base64(value, newline=False) != standard:
        raise ValueError("expected base64url without padding, foreign characters or trailing bits")
    return value
