from __future__ import annotations

import json
import uuid
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
import rfc8785
from hypothesis import example, given
from hypothesis import strategies as st

from filiere_schemas.problems import Refusal
from filiere_schemas.provenance import canonical
from filiere_schemas.provenance.canonical import NotCanonical, canonicalize, strict_loads_canonical
from filiere_schemas.provenance.strict_json import strict_loads

SAFE = 2**53 - 1
# Every region in which the two libraries differ, and its borders.
EDGES = [-0.0, 0.0, 1.0, 1e15, 1e16, 1e20, 1e21, 1e22, 1e-4, 9.9e-5, 1e-5, 1e-6, 1e-7, 5e-324, 1.7976931348623157e308]
NUMBERS = (
    st.integers(-SAFE, SAFE)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(EDGES)
    | st.floats(1e-8, 1e-3)
    | st.floats(1e14, 1e22)
)
KEYS = st.text(max_size=4) | st.sampled_from(["\ue000", "\U00010000", "é", "e", "\x7f", ""])
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=25,
)


@given(VALUES)
@example({"\ue000": 1, "\U00010000": 2})  # UTF-8 and UTF-16 sort these two differently
@example([1e16, -0.0, 1e-5, 1e21])
def test_the_fast_path_writes_what_the_exact_library_writes(value: Any) -> None:
    assert canonicalize(value) == rfc8785.dumps(value)


# A double beyond 2^53 that is written without an exponent reads back as an integer that is too large.
@given(VALUES.filter(lambda value: not any(_is_huge(number) for number in _numbers(value))))
def test_canonical_bytes_are_canonical_bytes_of_what_they_say(value: Any) -> None:
    once = canonicalize(value)
    assert rfc8785.dumps(json.loads(once)) == once


@given(st.dictionaries(st.text("abcdé", max_size=3), st.integers(0, 9) | st.text(max_size=5)))
def test_the_order_of_members_is_irrelevant(value: dict[str, Any]) -> None:
    assert canonicalize(dict(reversed(value.items()))) == canonicalize(value)


def test_a_typical_event_takes_the_fast_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical.rfc8785, "dumps", lambda _: pytest.fail("the slow path was taken"))
    event = {"type": "ObjectEvent", "quantityList": [{"quantity": 12.5, "uom": "KGM"}], "lieu": "Crémerie", "n": 3}
    assert canonicalize(event).startswith(b'{"lieu":"Cr\xc3\xa9merie"')


@pytest.mark.parametrize(
    "value",
    [
        *(float("nan"), float("inf"), 2**53, -(2**53), "\ud800", {"\udc00": 1}, {1: 2}, {None: 1}),
        *(datetime(2026, 1, 1, tzinfo=UTC), uuid.UUID(int=1), Decimal("1.5"), b"bytes", {1, 2}),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("nest", [lambda v: v, lambda v: {"a": [v]}], ids=["bare", "nested"])
def test_what_is_not_json_has_no_canonical_bytes(value: Any, nest: Any) -> None:
    with pytest.raises(NotCanonical):
        canonicalize(nest(value))


def test_endless_nesting_is_refused_and_does_not_crash() -> None:
    with pytest.raises(NotCanonical):
        canonicalize(_nested(100_000))


@given(VALUES)
def test_what_was_read_strictly_can_always_be_written(value: Any) -> None:
    canonicalize(strict_loads(json.dumps(value).encode()))


@given(VALUES, st.sampled_from(["canonical", "orjson", "json"]))
@example([1e-6, 1e-5, 1e-4], "canonical")
@example([1e-6, 1e-5, 1e-4], "orjson")
@example([4.0, 1e16, 1e21, -0.0], "orjson")
@example({"\ue000": 1, "\U00010000": 2}, "orjson")
@example(["true e false 1.0, 2e5", True, False, None], "canonical")
@example(123456789012345.6, "canonical")
def test_bytes_are_canonical_exactly_where_the_exact_library_writes_them(value: Any, writer: str) -> None:
    raw = {
        "canonical": lambda: rfc8785.dumps(value),
        "orjson": lambda: orjson.dumps(value, option=orjson.OPT_SORT_KEYS),
        "json": lambda: json.dumps(value, separators=(",", ":"), ensure_ascii=False).encode(),
    }[writer]()
    try:
        read = strict_loads(raw)
    except Refusal:  # such as a huge double written as an integer
        with pytest.raises(Refusal):
            strict_loads_canonical(raw)
        return
    found, is_canonical = strict_loads_canonical(raw)
    assert rfc8785.dumps(found) == rfc8785.dumps(read)
    assert is_canonical == (rfc8785.dumps(read) == raw)


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":1,"a":1}',
        b"[NaN]",
        b"[9007199254740993]",
        b'["\\ud800"]',
        b"[" * 65 + b"]" * 65,
        b"\xef\xbb\xbf{}",
        b'"\xff"',
        b"{",
    ],
)
def test_what_has_two_readings_is_refused_whether_or_not_it_could_be_canonical(raw: bytes) -> None:
    for read in (strict_loads, strict_loads_canonical):
        with pytest.raises(Refusal):
            read(raw)


def test_white_space_another_order_and_escapes_are_read_and_are_not_canonical() -> None:
    for raw in (b'{"a": 1}', b'{"b":1,"a":2}', b'["\\u0041"]', b"[1.0]", b"[1e2]"):
        assert strict_loads_canonical(raw) == (strict_loads(raw), False)


def test_a_typical_event_is_seen_to_be_canonical_without_writing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "canonicalize", lambda _: pytest.fail("it was written"))
    monkeypatch.setattr(canonical, "strict_loads", lambda _: pytest.fail("it was read twice"))
    raw = rfc8785.dumps({"n": 3, "q": [12.5, -0.25], "lieu": "Crémerie", "ok": True, "id": "urn:uuid:1e5-4.0,"})
    assert strict_loads_canonical(raw) == (json.loads(raw), True)


def _nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def _numbers(value: Any) -> list[float]:
    if isinstance(value, dict | list):
        return [n for v in (value.values() if isinstance(value, dict) else value) for n in _numbers(v)]
    return [value] if isinstance(value, int | float) else []


def _is_huge(number: float) -> bool:
    return SAFE < abs(number) < 1e21
