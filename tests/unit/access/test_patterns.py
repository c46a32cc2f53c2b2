"""No text makes a pattern of ours search for long: whoever sends 100 kB gets an answer in milliseconds.

Every pattern that stands in a module is tried with texts made of what it is itself made of, repeated and then spoiled.
"""

from __future__ import annotations

import itertools
import re
import re._constants as sre
import re._parser as parser
import time
from collections.abc import Iterator
from typing import Any

import pytest

from codebase import modules

PACKAGES = ("filiere_schemas", "filiere_platform", "filiere_connectors")
LENGTH = 100_000
MOST_SECONDS = 0.5  # of this process; a pattern that backtracks takes minutes
PIECES = 6
USUAL = ("a", "0", " ", ":", "/", "%41", "a:", "a.", "-0", "é")


def patterns() -> dict[str, re.Pattern[str]]:
    """Every compiled pattern of text, by where it stands."""
    found: dict[str, re.Pattern[str]] = {}
    for package in PACKAGES:
        for module in modules(package):
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    found.setdefault(value.pattern, value)
                    found[f"{module.__name__}.{name}"] = found.pop(value.pattern)
    return found


PATTERNS = patterns()


def pieces(parsed: Any) -> Iterator[str]:
    """Characters that a pattern has something to say of."""
    for operation, argument in parsed:
        if operation is sre.LITERAL:
            yield chr(argument)
        elif operation is sre.RANGE:
            yield chr(argument[0])
        elif operation is sre.CATEGORY:
            yield {sre.CATEGORY_DIGIT: "7", sre.CATEGORY_SPACE: " "}.get(argument, "w")
        elif operation is sre.BRANCH:
            yield from itertools.chain.from_iterable(pieces(each) for each in argument[1])
        elif operation is sre.SUBPATTERN:
            yield from pieces(argument[-1])
        elif operation in {sre.MAX_REPEAT, sre.MIN_REPEAT, sre.POSSESSIVE_REPEAT}:
            yield from pieces(argument[2])
        elif operation is sre.IN:
            yield from pieces(argument)


def texts(pattern: re.Pattern[str]) -> Iterator[str]:
    own = list(dict.fromkeys(pieces(parser.parse(pattern.pattern, pattern.flags & ~re.DEBUG))))[:PIECES]
    pairs = [one + other for one, other in itertools.permutations(own, 2)]
    for piece in dict.fromkeys([*own, *pairs, *USUAL]):
        repeated = piece * (LENGTH // len(piece))
        yield repeated + "\x00"
        yield "".join(own) + repeated + "\x00"


@pytest.mark.parametrize("name", PATTERNS)
def test_no_text_keeps_a_pattern_busy(name: str) -> None:
    pattern = PATTERNS[name]
    for text in texts(pattern):
        for way in (pattern.fullmatch, pattern.match):
            began = time.process_time()
            way(text)
            assert time.process_time() - began < MOST_SECONDS, (text[:40], way.__name__)


def test_a_pattern_that_backtracks_is_found_out() -> None:
    with pytest.raises(AssertionError):
        _slow()


def _slow() -> None:
    pattern = re.compile(r"(a+)+b")
    assert any("aaaa" in text for text in texts(pattern))
    began = time.process_time()
    pattern.fullmatch("a" * 25)
    assert time.process_time() - began < MOST_SECONDS
