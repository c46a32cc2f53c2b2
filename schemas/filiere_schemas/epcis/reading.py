"""Read one EPCIS event: from a parsed JSON value to a typed event, or to everything that is wrong with it.

Steps, numbered once:
1. The value is an object and names one of the five types.
2. The JSON Schema of that type holds.
3. Identifiers hold in their own schemes, units exist (checked even where step 2 failed).
4. The typed event is built; times and declared precision hold.
5. The rules that a schema cannot state hold.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

import orjson
from jsonschema_rs import Draft202012Validator

from filiere_schemas.epcis import sentences
from filiere_schemas.epcis.building import Builder
from filiere_schemas.epcis.context import Context
from filiere_schemas.epcis.event import Event, EventType
from filiere_schemas.epcis.limits import DEEPEST, MOST_PROBLEMS
from filiere_schemas.epcis.rules import broken_rules
from filiere_schemas.epcis.schema import validator
from filiere_schemas.epcis.schema_errors import problems_of, type_name
from filiere_schemas.epcis.things import problems_with_things
from filiere_schemas.problems import Problem, Refusal

_TYPES: Final = {str(event_type): event_type for event_type in EventType}


class Strictness(StrEnum):
    """How an event is read. Both give the same event where both accept."""

    STRICT = "strict"
    """As the standard says: no long forms of words, no SHALL broken. For what we emit and for conformance."""
    LENIENT = "lenient"
    """As the world sends: what can be understood without doubt is understood, with a warning. For capture."""


class InvalidEvent(Refusal):
    """An event that cannot be recorded as it stands; its sender corrects it and sends it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An accepted event and what there is to say about it."""

    event: Event
    warnings: tuple[Problem, ...] = ()


def read_event(value: Any, *, strictness: Strictness = Strictness.LENIENT) -> Reading:
    """Read one event from its parsed JSON value, which carries its own `@context`.

    The value is not changed and not copied: extensions and ilmd of the event are parts of it.

    Raises:
        InvalidEvent: with every problem (up to `MOST_PROBLEMS`), each with its JSON pointer, French and English.
    """
    lenient = strictness == Strictness.LENIENT
    event_type = _event_type(value)
    schema = validator(event_type, long_words=lenient)
    if not schema.is_valid(value):
        raise InvalidEvent(_everything_wrong(value, schema))
    context = Context(value["@context"])
    builder = Builder(context)
    event = builder.event(value)
    notes = [
        *problems_with_things(value),
        *builder.notes,
        *broken_rules(event, context, shall="warning" if lenient else "error"),
    ]
    if not notes:
        return Reading(event=event)
    errors = [note for note in notes if note.level == "error"]
    if errors:
        raise InvalidEvent(errors[:MOST_PROBLEMS])
    return Reading(event=event, warnings=tuple(notes[:MOST_PROBLEMS]))


def reread_for_index(value: Any) -> Event:
    """Read of an event that `read_event` has admitted before what is indexed of it, in a fifth of the time.

    Without the checks, without the members that `building.NOT_INDEXED` names and without what stands beside a place's
    identifier: else it is the same event. Of anything that was not admitted what it gives or raises means nothing.
    """
    return Builder(_context(orjson.dumps(value["@context"]))).indexed(value)


@lru_cache(maxsize=1_000)
def _context(written: bytes) -> Context:
    """Read a context; members send the same one with every event, and a context is safe to share."""
    return Context(orjson.loads(written))


def _everything_wrong(value: dict[str, Any], schema: Draft202012Validator) -> list[Problem]:
    try:
        broken = problems_of(schema.iter_errors(value))
    except ValueError:
        # The schema library stops at 255 levels, far below our own limit, before it can say where.
        broken = [Problem(sentence=sentences.NESTED_TOO_DEEP, values={"limit": DEEPEST})]
    told = {problem.pointer for problem in broken}
    things = [problem for problem in problems_with_things(value) if problem.pointer not in told]
    return [*broken, *things][:MOST_PROBLEMS]


def _event_type(value: Any) -> EventType:
    if not isinstance(value, dict):
        raise InvalidEvent([Problem(sentence=sentences.NOT_AN_OBJECT, values={"found": type_name(value)})])
    if "type" not in value:
        raise InvalidEvent([Problem(sentence=sentences.MISSING_FIELD, values={"field": "type"})])
    found = value["type"]
    event_type = _TYPES.get(found) if isinstance(found, str) else None
    if event_type is None:
        values = {"expected": ", ".join(_TYPES), "found": found}
        raise InvalidEvent([Problem(sentence=sentences.UNKNOWN_EVENT_TYPE, pointer="/type", values=values)])
    return event_type
