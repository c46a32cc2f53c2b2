from __future__ import annotations

import json
import math
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from filiere_schemas.provenance import strict_json
from filiere_schemas.provenance.strict_json import MAX_DEPTH, MAX_PROBLEMS, InvalidJson, strict_loads

SAFE = 2**53 - 1
NUMBERS = st.integers(-SAFE, SAFE) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
# Fragments from which JSON-like text is put together: valid, flawed and broken documents come out of it.
FRAGMENTS = st.sampled_from(
    [
        *("{", "}", "[", "]", ",", ":", " ", "\n", '"a":', '"a"', '"b":', '"\\u0061":', '"é"', '"\\/"'),
        *("1", "-1", "-0", "0.5", "1e3", "1E400", "-1e-400", "01", "NaN", "Infinity", "-Infinity", "null", "true"),
        *("9007199254740991", "9007199254740992", "-9007199254740993", "123456789012345678901234567890"),
        *('"\\ud83d\\ude00"', '"\\ud83d"', '"\\udE00x"', '"\\\\ud83d"', '"\\ud83d":', "\x00", '"\x01"', "\ufeff", "'"),
    ]
)
DOCUMENTS = st.lists(FRAGMENTS, max_size=12).map("".join)


def problems_of(raw: bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidJson) as caught:
        strict_loads(raw)
    for problem in caught.value.problems:
        for language in ("fr", "en"):
            problem.message(language).encode()
        problem.pointer.encode()
    return [(problem.code, problem.pointer) for problem in caught.value.problems]


def verdict(read: Any, raw: bytes) -> tuple[str, Any]:
    try:
        return "value", repr(read(raw))
    except InvalidJson as refusal:
        return "refused", [(p.code, p.pointer) for p in refusal.problems]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b'{"a":1,"b":{"c":1,"c":2}}', [("duplicate-key", "/b/c")]),
        (b'{"a":1,"\\u0061":1}', [("duplicate-key", "/a")]),
        (b'[{"a":NaN},-Infinity,1e400]', [("not-a-number", p) for p in ("/0/a", "/1", "/2")]),
        (b'{"q":9007199254740992}', [("integer-too-large", "/q")]),
        (b'{"q":-9007199254740992}', [("integer-too-large", "/q")]),
        (b"9007199254740992", [("integer-too-large", "")]),
        (b"-9007199254740992", [("integer-too-large", "")]),
        (b"[1," + b"7" * 5000 + b"]", [("integer-too-large", "/1")]),
        (b'{"a/b":"\\ud800"}', [("lone-surrogate", "/a~1b")]),
        (b'{"\\udc00":1}', [("lone-surrogate", "/?")]),
        (b"[" * 65 + b"]" * 65, [("nested-too-deep", "/0" * 64)]),
        (b"[" * 5000 + b"]" * 5000, [("nested-too-deep", "")]),
        (b'{"a":' * 65 + b"1" + b"}" * 65, [("nested-too-deep", "/a" * 64)]),
        (b'\xef\xbb\xbf{"a":1}', [("not-utf8", "")]),
        (b'{"a":"\xff"}', [("not-utf8", "")]),
        (b'{"a":"\xed\xa0\x80"}', [("not-utf8", "")]),  # a surrogate encoded as if it were a character
        (b'{"a":1}x', [("not-json", "")]),
        (b"{'a':1}", [("not-json", "")]),
        (b'{"a":01}', [("not-json", "")]),
        (b'["\n"]', [("not-json", "")]),
        (b"", [("not-json", "")]),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_what_parsers_disagree_on_is_refused_at_its_place(raw: bytes, expected: list[tuple[str, str]]) -> None:
    assert problems_of(raw) == expected


def test_every_flaw_is_said_at_once() -> None:
    raw = b'{"a":NaN,"a":9007199254740992,"b":"\\ud800"}'
    assert sorted(problems_of(raw)) == [
        ("duplicate-key", "/a"),
        ("integer-too-large", "/a"),
        ("lone-surrogate", "/b"),
        ("not-a-number", "/a"),
    ]


def test_a_refusal_of_a_hostile_document_stays_small() -> None:
    assert len(problems_of(b"[" + b"NaN," * 10_000 + b"1]")) == MAX_PROBLEMS


def test_the_limits_themselves_are_accepted() -> None:
    assert strict_loads(b"[9007199254740991,-9007199254740991]") == [SAFE, -SAFE]
    assert strict_loads(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)
    assert strict_loads(b'["340123450000000014",[[],[]]' + b",[]" * 100 + b"]")[0] == "340123450000000014"


@given(VALUES)
def test_what_json_can_say_is_read_as_it_was_written(value: Any) -> None:
    # Written by the standard library, with its white space and escapes, then as compact text.
    assert repr(strict_loads(json.dumps(value).encode())) == repr(value)
    compact = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    assert repr(strict_loads(compact)) == repr(value)


@given(DOCUMENTS | VALUES.map(lambda value: orjson.dumps(value).decode()))
@example("[-9007199254740993]")
@example('{"a":1,"a":1}')
@example("[1e-9007199254740993]")
def test_the_fast_and_the_slow_path_give_one_verdict(document: str) -> None:
    raw = document.encode()
    assert verdict(strict_loads, raw) == verdict(strict_json._strict_loads_slowly, raw)


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused_alike_by_both_paths(raw: bytes) -> None:
    assert verdict(strict_loads, raw) == verdict(strict_json._strict_loads_slowly, raw)


@given(DOCUMENTS)
def test_what_is_accepted_has_one_reading(document: str) -> None:
    raw = document.encode()
    kind, _ = verdict(strict_loads, raw)
    if kind == "refused":
        return
    first = json.loads(raw, object_pairs_hook=lambda members: dict(reversed(members)))
    last = json.loads(raw, object_pairs_hook=dict)
    assert first == last == strict_loads(raw)


def test_a_double_is_not_an_integer() -> None:
    assert strict_loads(b"[1e300,9007199254740993.0]") == [1e300, 9007199254740992.0]
    assert not any(math.isinf(value) for value in strict_loads(b"[1e308,-1e308]"))


def test_a_long_key_around_many_members_costs_no_more_than_its_bytes() -> None:
    # Writing the pointer of every member would copy 500 kB a hundred thousand times: minutes.
    members = b",".join(b'"%d":0' % number for number in range(100_000))
    raw = b'{"' + b"k" * 500_000 + b'":{' + members + b',"last":NaN}}'
    ((code, pointer),) = problems_of(raw)
    assert code == "not-a-number"
    assert pointer.startswith("/kkk")
    assert pointer.endswith("…/last")
    assert len(pointer) < 200
