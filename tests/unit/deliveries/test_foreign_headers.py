"""A header that pika cannot read is left out, and what follows it is read on."""

from __future__ import annotations

import struct

import pika.data

from filiere_platform.bus.foreign_headers import decode_table
from filiere_platform.bus.link import connection_parameters


def table(content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + content


def test_a_table_with_a_date_behind_the_year_9999_is_empty_and_what_follows_is_in_its_place() -> None:
    odd = table(b"\x04whenT" + b"\x7f" * 8)
    assert decode_table(odd + b"what follows", 0) == ({}, len(odd))
    fine = table(b"\x04whatt\x01")
    assert decode_table(fine, 0) == ({"what": True}, len(fine))


def test_tables_within_tables_end_no_connection() -> None:
    connection_parameters("amqp://127.0.0.1", name="any")
    deep = table(b"")
    for _ in range(5_000):
        deep = table(b"\x01xF" + deep)
    _, end = pika.data.decode_table(deep, 0)
    assert end == len(deep)
