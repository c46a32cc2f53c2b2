"""The fields of a statement's payload: each read as exactly one type, or refused with its place.

Instants are written as RFC 3339 text in UTC with six digits, one text for one instant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import sentences
from filiere_schemas.provenance.entry import DIGEST_SIZE
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER

LONGEST_TEXT: Final = 65_536  # characters; a proof inside a registration has about 500

T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DIGEST: Final = re.compile(rf"[0-9a-f]{{{2 * DIGEST_SIZE}}}")


class InvalidStatement(Refusal):
    """A signed statement whose payload is not what its `typ` says."""


def invalid(sentence: Sentence, pointer: str, /, **values: object) -> InvalidStatement:
    """Build the refusal of one field."""
    return InvalidStatement([Problem(sentence=sentence, pointer=pointer, values=values)])


def text(payload: Mapping[str, Any], name: str, *, longest: int = LONGEST_TEXT) -> str:
    """Read a text.

    Raises:
        InvalidStatement: it is none, or longer than `longest` characters.
    """
    value = payload.get(name)
    if type(value) is not str or len(value) > longest:
        raise invalid(sentences.STATEMENT_TEXT, f"/{name}", limit=longest, found=value)
    return value


def whole(payload: Mapping[str, Any], name: str) -> int:
    """Read a whole number from 0 on.

    Raises:
        InvalidStatement: it is none.
    """
    value = payload.get(name)
    if type(value) is not int or not 0 <= value <= MAX_SAFE_INTEGER:  # True is an int for isinstance
        raise invalid(sentences.STATEMENT_NUMBER, f"/{name}", least=0, greatest=MAX_SAFE_INTEGER, found=value)
    return value


def digest(payload: Mapping[str, Any], name: str) -> bytes:
    """Read a SHA-256 digest in lower-case hexadecimal.

    Raises:
        InvalidStatement: it is none.
    """
    value = payload.get(name)
    if type(value) is not str or not _DIGEST.fullmatch(value):
        raise invalid(sentences.STATEMENT_DIGEST, f"/{name}", found=value)
    return bytes.fromhex(value)


def instant(payload: Mapping[str, Any], name: str) -> int:
    """Read an instant as microseconds since 1970.

    Raises:
        InvalidStatement: it is not exactly what `instant_text` writes.
    """
    value = payload.get(name)
    refusal = invalid(sentences.STATEMENT_INSTANT, f"/{name}", found=value)
    try:
        moment = datetime.strptime(value if type(value) is str else "", "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise refusal from error
    microseconds = (moment - _EPOCH) // _MICROSECOND
    if instant_text(microseconds) != value:
        raise refusal
    return microseconds


def instant_text(microseconds: int) -> str:
    """Write microseconds since 1970 as text: `2026-01-31T08:00:00.000000Z`."""
    moment = _EPOCH + microseconds * _MICROSECOND
    return moment.replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def each(payload: Mapping[str, Any], name: str, read: Callable[[dict[str, Any]], T]) -> tuple[T, ...]:
    """Read a list of objects, each by `read`, which sees its own object alone.

    Raises:
        InvalidStatement: it is no such list, or `read` refused an object; pointers are of the whole payload.
    """
    value = payload.get(name)
    if type(value) is not list or not all(type(item) is dict for item in value):
        raise invalid(sentences.STATEMENT_LIST, f"/{name}", found=value)
    found = []
    for place, item in enumerate(value):
        try:
            found.append(read(item))
        except InvalidStatement as error:
            raise InvalidStatement([problem.within(f"/{name}/{place}") for problem in error.problems]) from error
    return tuple(found)


def one_of(payload: Mapping[str, Any], name: str, *allowed: str) -> str:
    """Read one of a few words.

    Raises:
        InvalidStatement: it is another.
    """
    value = payload.get(name)
    if type(value) is not str or value not in allowed:
        raise invalid(sentences.STATEMENT_VALUE, f"/{name}", expected=", ".join(allowed), found=value)
    return value
