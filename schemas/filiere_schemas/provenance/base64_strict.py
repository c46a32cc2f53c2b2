"""Standard base64 with padding, decoded strictly: one text for one value, as signed notes write it.

Source: RFC 4648, section 4; C2SP signed-note (encoding).
"""

from __future__ import annotations

from binascii import Error, a2b_base64, b2a_base64


def encode(value: bytes) -> str:
    """Encode bytes as base64 with padding."""
    return b2a_base64(value, newline=False).decode()


def decode(text: str) -> bytes:
    """Decode base64 with padding.

    Raises:
        ValueError: the text is not exactly what `encode` gives for some value.
    """
    try:
        value = a2b_base64(text.encode("ascii"))
    except Error as error:
        raise ValueError("expected base64") from error
    if encode(value) != text:
        raise ValueError("expected base64 with padding and nothing else")
    return value
