"""PostgreSQL arrays in their binary form, built from whole columns.

The driver adapts a list element by element, at about a microsecond each; a group of 500 events has 35,000 elements.
Packing a column with one `join` costs a tenth. Source: PostgreSQL 15, src/backend/utils/adt/arrayfuncs.c, array_recv.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from itertools import repeat

import numpy as np
import numpy.typing as npt
import psycopg
from psycopg.adapt import Dumper
from psycopg.pq import Format

_HEADER = struct.Struct(">iiIii").pack  # dimensions, has nulls, element type, length, lower bound
_LENGTH = struct.Struct(">i").pack
_BIGINT = struct.Struct(">iq").pack
_NULL = _LENGTH(-1)
_BIGINT_OID, _BYTEA_OID, _TEXT_OID = 20, 17, 25
_BIGINTS = np.dtype([("length", ">i4"), ("value", ">i8")])


class BigintArray(bytes):
    """A bigint[]."""

    __slots__ = ()


class ByteaArray(bytes):
    """A bytea[]."""

    __slots__ = ()


class TextArray(bytes):
    """A text[]."""

    __slots__ = ()


def bigints(column: Sequence[int | None]) -> BigintArray:
    """Pack integers of 64 bits; None is NULL."""
    if None in column:
        body = b"".join([_NULL if value is None else _BIGINT(8, value) for value in column])
    else:
        body = b"".join(map(_BIGINT, repeat(8), column))
    return BigintArray(_HEADER(1, 1, _BIGINT_OID, len(column), 1) + body)


def bigints_of(column: npt.NDArray[np.int64]) -> BigintArray:
    """Pack an array of integers, none of them NULL."""
    packed = np.empty(len(column), _BIGINTS)
    packed["length"], packed["value"] = 8, column
    return BigintArray(_HEADER(1, 0, _BIGINT_OID, len(column), 1) + packed.tobytes())


def byteas(column: Sequence[bytes | None]) -> ByteaArray:
    """Pack byte strings; None is NULL."""
    return ByteaArray(_HEADER(1, 1, _BYTEA_OID, len(column), 1) + b"".join(_with_lengths(column)))


def texts(column: Iterable[str | None]) -> TextArray:
    """Pack texts as UTF-8; None is NULL.

    Raises:
        UnicodeEncodeError: when a text holds a lone surrogate.
    """
    encoded = [None if value is None else value.encode() for value in column]
    return TextArray(_HEADER(1, 1, _TEXT_OID, len(encoded), 1) + b"".join(_with_lengths(encoded)))


def register(connection: psycopg.Connection[object]) -> None:
    """Let a connection send these arrays."""
    for dumper in (_BigintArrayDumper, _ByteaArrayDumper, _TextArrayDumper):
        connection.adapters.register_dumper(dumper.of, dumper)


def _with_lengths(column: Sequence[bytes | None]) -> list[bytes]:
    return [_NULL if value is None else _LENGTH(len(value)) + value for value in column]


class _ArrayDumper(Dumper):
    of: type[bytes]
    format = Format.BINARY

    def dump(self, obj: bytes) -> bytes:
        return obj


class _BigintArrayDumper(_ArrayDumper):
    of = BigintArray
    oid = 1016


class _ByteaArrayDumper(_ArrayDumper):
    of = ByteaArray
    oid = 1001


class _TextArrayDumper(_ArrayDumper):
    of = TextArray
    oid = 1009
