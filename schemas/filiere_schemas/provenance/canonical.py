"""Canonical JSON: one byte string for one value, so that equal content has equal digests.

`rfc8785` is exact but slow (about 100 microseconds for an event). `orjson` with sorted keys is fifty times
faster and equal, except on keys outside ASCII (it sorts by UTF-8, the standard by UTF-16), integral, tiny or
huge floats, NaN and types that JSON does not have. A scan proves a value free of these; else `rfc8785` decides.

Source: RFC 8785, sections 3.2.2.3 (numbers) and 3.2.3 (sorting).
"""

from __future__ import annotations

from typing import Any

import rfc8785

from filiere_schemas.provenance.json_library import EncodeError, orjson
from filiere_schemas.provenance.strict_json import MAX_DEPTH, MAX_SAFE_INTEGER, strict_loads

# Between these bounds both libraries write a double with its shortest digits and no exponent.
_SMALLEST_PLAIN = 1e-4
_BEYOND_PLAIN = 1e15

# What may end a number as a comma; and every digit as 0.
_ENDS = bytes.maketrans(b"]}", b",,")
_DIGITS = bytes.maketrans(b"123456789", b"000000000")
_INTEGRAL = b".0,"
_MANY_DIGITS = b"0" * 15
_BEYOND_BMP = bytes(range(0xF0, 0x100))  # first bytes of UTF-8 sequences of four

_LEAVES = frozenset({str, bool, type(None)})


class NotCanonical(ValueError):  # noqa: N818 - says what the value is, as Refusal does
    """A value that has no canonical JSON: not finite, beyond 2^53-1, a lone surrogate, or no JSON at all."""


def canonicalize(value: Any) -> bytes:
    """Write a JSON value as canonical bytes.

    Raises:
        NotCanonical: the value has no canonical JSON. What `strict_loads` returned always has.
    """
    try:
        if orjson is not None and _is_plain(value):
            written: bytes = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
            return written
        return rfc8785.dumps(value)
    except (rfc8785.CanonicalizationError, EncodeError, UnicodeError, RecursionError) as error:
        raise NotCanonical(f"expected a JSON value: {error}") from error


def strict_loads_canonical(raw: bytes) -> tuple[Any, bool]:
    """Read as `strict_loads`, and say whether the bytes are the value's canonical ones; one proof for both.

    What `orjson` writes back byte for byte with its keys sorted has one reading, as `strict_json` explains, and is
    canonical up to what is said above of the two libraries. Here the bytes show that it does not matter: no number
    outside of strings that the two could write in two ways, and no character of which UTF-8 and UTF-16 disagree where
    it sorts. Any doubt is settled by reading strictly and by writing.

    Raises:
        InvalidJson: as `strict_loads`.
    """
    if orjson is not None and b"\\" not in raw and len(raw.translate(None, _BEYOND_BMP)) == len(raw):
        try:
            value = orjson.loads(raw)
            is_sorted = orjson.dumps(value, option=orjson.OPT_SORT_KEYS) == raw
        except (orjson.JSONDecodeError, orjson.JSONEncodeError):
            is_sorted = False
        if is_sorted and not _is_doubtful(b"".join(raw.split(b'"')[::2])):
            return value, True
    value = strict_loads(raw)
    return value, canonicalize(value) == raw


def _is_doubtful(structure: bytes) -> bool:
    """Whether what stands outside of strings nests deeply, or has a number that is large, integral or exponential."""
    return (
        structure.count(b"e") != structure.count(b"true") + structure.count(b"false")
        or structure.count(b"{") + structure.count(b"[") > MAX_DEPTH
        or _INTEGRAL in structure.translate(_ENDS) + b","
        or _MANY_DIGITS in structure.translate(_DIGITS)
    )


def _is_plain(value: Any) -> bool:
    """Whether both libraries are known to write the value alike; exact types only, no subclass."""
    pending = [value]
    while pending:
        item = pending.pop()
        kind = type(item)
        if kind in _LEAVES:
            continue
        if kind is dict:
            if not all(type(key) is str and key.isascii() for key in item):
                return False
            pending.extend(item.values())
        elif kind is list:
            pending.extend(item)
        elif not _is_plain_number(item):
            return False
    return True


def _is_plain_number(item: Any) -> bool:
    if type(item) is int:
        return -MAX_SAFE_INTEGER <= item <= MAX_SAFE_INTEGER
    if type(item) is float:
        return not item.is_integer() and _SMALLEST_PLAIN <= abs(item) < _BEYOND_PLAIN
    return False
