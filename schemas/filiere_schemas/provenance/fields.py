"""The fields of a statement's payload: each read as exactly one type, or refused with its place.

Instants are written as RFC 3339 text in UTC with six digits, one text for one instant.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import sentences
from filiere_schemas.provenance.entry import DIGEST_SIZE
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER

T = TypeVar("T")

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DIGEST: Final = re.compile(rf"[0-9a-f]{{{2 * DIGEST_SIZE}}}")


class InvalidStatement(Refusal):
    """A signed statement whose payload is not what its `typ` says."""


def invalid(pointer: str, found: object, expected_fr: str, expected_en: str) -> InvalidStatement:
    """Build the refusal of one field."""
    values = {"expected_fr": expected_fr, "expected_en": expected_en, "found": found}
    return InvalidStatement([Problem(sentence=sentences.BAD_STATEMENT, pointer=pointer, values=values)])


def text(payload: Mapping[str, Any], name: str) -> str:
    """Read a text.

    Raises:
        InvalidStatement: it is none.
    """
    value = payload.get(name)
    if type(value) is not str:
        raise invalid(f"/{name}", value, "un texte", "a text")
    return value


def whole(payload: Mapping[str, Any], name: str) -> int:
    """Read a whole number from 0 on.

    Raises:
        InvalidStatement: it is none.
    """
    value = payload.get(name)
    if type(value) is not int or not 0 <= value <= MAX_SAFE_INTEGER:  # True is an int for isinstance
        raise invalid(f"/{name}", value, "un entier à partir de 0", "a whole number from 0 on")
    return value


def digest(payload: Mapping[str, Any], name: str) -> bytes:
    """Read a SHA-256 digest in lower-case hexadecimal.

    Raises:
        InvalidStatement: it is none.
    """
    value = payload.get(name)
    if type(value) is not str or not _DIGEST.fullmatch(value):
        raise invalid(f"/{name}", value, "une empreinte SHA-256 en hexadécimal", "a SHA-256 digest in hexadecimal")
    return bytes.fromhex(value)


def instant(payload: Mapping[str, Any], name: str) -> int:
    """Read an instant as microseconds since 1970.

    Raises:
        InvalidStatement: it is not exactly what `instant_text` writes.
    """
    value = payload.get(name)
    try:
        moment = datetime.strptime(value if type(value) is str else "", "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
    except ValueError as error:
        raise _not_an_instant(name, value) from error
    microseconds = (moment - _EPOCH) // _MICROSECOND
    if instant_text(microseconds) != value:
        raise _not_an_instant(name, value)
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
        raise invalid(f"/{name}", value, "une liste d'objets", "a list of objects")
    found = []
    for place, item in enumerate(value):
        try:
            found.append(read(item))
        except InvalidStatement as error:
            raise InvalidStatement([problem.within(f"/{name}/{place}") for problem in error.problems]) from error
    return tuple(found)


def one_of(payload: Mapping[str, Any], name: str, allowed: Collection[str]) -> str:
    """Read one of a few words.

    Raises:
        InvalidStatement: it is another.
    """
    value = payload.get(name)
    if type(value) is not str or value not in allowed:
        words = ", ".join(allowed)
        raise invalid(f"/{name}", value, f"un mot parmi {words}", f"one of {words}")
    return value


def _not_an_instant(name: str, value: object) -> InvalidStatement:
    return invalid(
        f"/{name}", value, "un instant UTC à la microseconde (RFC 3339)", "a UTC instant to the microsecond (RFC 3339)"
    )
