"""Headers of messages that strangers wrote must not end our connection.

pika decodes headers before anybody is asked, and lets what it cannot represent, a date behind the year 9999 or
tables within tables a thousand deep, end the whole connection: with it goes everything in hand, and the message comes
again. A header that cannot be read is left out instead.

Source: pika 1.3 and 1.4, `pika.data.decode_table`; AMQP 0-9-1, 4.2.5.5 (field tables).
"""

from __future__ import annotations

import struct
from typing import Any

import pika.data

_LENGTH = struct.Struct(">I")  # of a table, in bytes, before it
_decode_table = pika.data.decode_table


def decode_table(encoded: bytes, offset: int) -> tuple[dict[str, Any], int]:
    """Read a table as pika does; one that cannot be read is empty, and what follows it is read on."""
    try:
        found: tuple[dict[str, Any], int] = _decode_table(encoded, offset)
    except Exception:  # noqa: BLE001 - whatever a stranger wrote
        (length,) = _LENGTH.unpack_from(encoded, offset)
        return {}, offset + _LENGTH.size + int(length)
    return found


def leave_out_unreadable_headers() -> None:
    """Have every connection of this process read headers so; repeating it changes nothing."""
    pika.data.decode_table = decode_table
