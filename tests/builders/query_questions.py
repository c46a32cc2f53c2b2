"""Hypothesis strategies of questions to generated events: two to four parameters, of any family."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, Final

from hypothesis import strategies as st

from builders import queried_things as things
from builders import query_strategies as told
from builders.queried_things import all_spellings, as_decimal, convert, spellings_of
from builders.query_oracle import (
    CLASSES,
    EPCS,
    PARTS,
    SENSOR_TEXTS,
    TIMES,
    TYPED,
    Event,
    Question,
    amounts,
    holders,
    holds,
    matched,
    stated_fields,
    texts,
)

Parameter = tuple[str, str]
Drawn = Callable[[st.DrawFn, Event], Parameter]
ORDERED: Final = ("GT", "GE", "LT", "LE")
AMOUNTS: Final = ("minValue", "maxValue", "meanValue", "sDev", "percValue")
DECLARED: Final = ({}, {"dairy": things.TERMS}, {"d": things.TERMS}, {"dairy": things.OTHER_TERMS, "x": things.TERMS})
FIELD_NAMES: Final = tuple(
    f"{prefix}{local}" for prefix in ("dairy:", "d:", "x:", things.TERMS, things.OTHER_TERMS) for local in told.LOCALS
)
RECORDED: Final = "recordTime of "  # the event of a number
# What a parameter of texts may be given, whether an event states it or not.
POOLS: Final[dict[str, Sequence[str]]] = {
    "eventType": ("ObjectEvent", "AggregationEvent", "TransactionEvent", "TransformationEvent", "AssociationEvent"),
    "action": ("ADD", "OBSERVE", "DELETE"),
    "bizStep": all_spellings(things.STEPS),
    "disposition": all_spellings(things.DISPOSITIONS),
    "persistentDisposition_set": all_spellings(things.DISPOSITIONS),
    "persistentDisposition_unset": all_spellings(things.DISPOSITIONS),
    "readPoint": all_spellings(things.PLACES),
    "bizLocation": all_spellings(things.PLACES),
    "transformationID": told.TRANSFORMATIONS,
    "eventID": [told.event_id(number) for number in range(12)],
    "errorReason": all_spellings(things.REASONS),
    "correctiveEventID": [told.event_id(number) for number in range(12)],
    "hexBinaryValue": ("f0A1", "01"),
    **{name: all_spellings(things.METHODS) for name in SENSOR_TEXTS},
    "type": all_spellings(things.MEASURES),
    "deviceID": all_spellings(things.ITEMS),
    "microorganism": told.GERMS,
    "chemicalSubstance": told.SUBSTANCES,
    "stringValue": ("clear", "Clear", "cloudy"),
}


def _values(draw: st.DrawFn, stated: Sequence[str], others: Sequence[str]) -> str:
    """Draw one or two alternatives: what an event states, in any spelling, or anything."""

    def one() -> str:
        pool = stated if stated and draw(st.booleans()) else others
        return draw(st.sampled_from(spellings_of(draw(st.sampled_from(sorted(pool))))))

    return "|".join(one() for _ in range(draw(st.integers(1, 2))))


def _text(what: str) -> Drawn:
    def drawn(draw: st.DrawFn, event: Event) -> Parameter:
        how = draw(st.sampled_from(("EQ_", "WD_"))) if what in ("readPoint", "bizLocation") else "EQ_"
        return ("" if what == "eventType" else how) + what, _values(draw, [*texts(event, what)], POOLS[what])

    return drawn


def _match(name: str) -> Drawn:
    pool = things.ITEMS if name in EPCS else things.CLASSES
    patterns = things.ITEM_PATTERNS if name in EPCS else things.CLASS_PATTERNS

    def drawn(draw: st.DrawFn, event: Event) -> Parameter:
        return name, _values(draw, [*matched(event, name)], [*all_spellings(pool), *patterns])

    return drawn


def _time(what: str) -> Drawn:
    def drawn(draw: st.DrawFn, event: Event) -> Parameter:
        if what == "recordTime":  # which nobody knows before
            return f"{draw(st.sampled_from(('GE', 'LT')))}_{what}", f"{RECORDED}{draw(st.integers(0, 9))}"
        stated = [*TIMES[what](event)]
        pool = stated if stated and draw(st.booleans()) else told.MOMENTS
        return f"{draw(st.sampled_from(('GE', 'LT')))}_{what}", draw(st.sampled_from(pool))

    return drawn


def _number(what: str) -> Drawn:
    def drawn(draw: st.DrawFn, event: Event) -> Parameter:
        how = draw(st.sampled_from(ORDERED if what == "percRank" else ("EQ", *ORDERED)))
        stated = [str(float(value)) for value, _ in amounts(event, what)]
        pool = stated if stated and draw(st.booleans()) else [str(each) for each in told.NUMBERS]
        return f"{how}_{what}", draw(st.sampled_from(pool))

    return drawn


def _amount(what: str) -> Drawn:
    def drawn(draw: st.DrawFn, event: Event) -> Parameter:
        how = draw(st.sampled_from(ORDERED if what in AMOUNTS else ("EQ", *ORDERED)))
        stated = [*amounts(event, what)]
        kinds = {things.UNITS[unit][0] for _, unit in stated if unit is not None and draw(st.booleans())}
        unit = draw(st.sampled_from([each for each in things.UNITS if not kinds or things.UNITS[each][0] in kinds]))
        exact = [_written(value, of, unit) for value, of in stated if of is not None]
        pool = [each for each in exact if each is not None] if draw(st.booleans()) else []
        return f"{how}_{what}_{unit}", draw(st.sampled_from(pool or [str(each) for each in told.NUMBERS]))

    return drawn


def _written(value: Fraction, unit: str, into: str) -> str | None:
    converted = convert(value, unit, into)
    return None if converted is None else as_decimal(converted)


def _typed(what: str) -> Drawn:
    pool = all_spellings(things.DOCUMENTS if what == "bizTransaction" else things.PARTIES | things.PLACES)
    kinds = all_spellings(things.ORDER_TYPES if what == "bizTransaction" else things.PARTY_TYPES)

    def drawn(draw: st.DrawFn, event: Event) -> Parameter:
        stated = event.get(TYPED[what], [])
        kind = _values(draw, [each["type"] for each in stated], kinds).partition("|")[0]
        return f"EQ_{what}_{kind}", _values(draw, [each[what] for each in stated], pool)

    return drawn


def _field(part: str) -> Drawn:
    of_place = part in ("readPoint_", "bizLocation_")

    def drawn(draw: st.DrawFn, event: Event) -> Parameter:
        how = "EQ" if of_place else draw(st.sampled_from(("EQ", "EXISTS", *ORDERED)))
        inner = draw(st.booleans())
        own = [name for holder in holders(event, part) for name in holder if ":" in name]
        name = draw(st.sampled_from(own if own and not inner and draw(st.booleans()) else FIELD_NAMES))
        stated = [_as_asked(each) for each in stated_fields(event, part, name, {}, inner=inner)]
        pool = [each for each in stated if each] if draw(st.booleans()) else []
        others = [_as_asked(each) for each in told.SCALARS]
        if how == "EXISTS":
            value = draw(st.sampled_from(("true", "false", "")))
        elif how == "EQ":
            value = _values(draw, pool, others)
        else:
            value = draw(st.sampled_from([each for each in (*pool, *others) if each[0] in "-0123456789"]))
        return f"{how}_{'INNER_' if inner else ''}{part}{name}", value

    return drawn


def _as_asked(value: Any) -> str:
    if isinstance(value, dict):
        return ""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _flag(name: str, *values: str) -> Drawn:
    return lambda draw, _: (name, draw(st.sampled_from(values)))


FAMILIES: Final[tuple[Drawn, ...]] = (
    *map(_text, POOLS),
    *map(_match, (*EPCS, *CLASSES)),
    *map(_time, TIMES),
    *map(_number, ("quantity", "percRank")),
    *map(_amount, ("quantity", "value", *AMOUNTS)),
    *map(_typed, TYPED),
    *map(_field, ("", "", "readPoint_", "bizLocation_", *PARTS)),
    _flag("EXISTS_errorDeclaration", "true", "false"),
    _flag("EXISTS_sensorElementList", "true", "false"),
    _flag("EQ_booleanValue", "true", "false"),
)
ORDERS: Final = ("eventTime", "recordTime", *FIELD_NAMES, *(f"ILMD_{name}" for name in FIELD_NAMES))


def with_record_times(question: Question, events: Sequence[Event]) -> Question:
    """Say the record times that a question could not know when it was drawn."""
    said = {
        name: events[int(value.removeprefix(RECORDED)) % len(events)]["recordTime"]
        if value.startswith(RECORDED)
        else value
        for name, value in question.parameters.items()
    }
    return replace(question, parameters=said)


@st.composite
def questions(draw: st.DrawFn, events: Sequence[Event]) -> Question:
    """Two to four parameters: what one of the events states, in any spelling, and in half of the questions anything."""
    event, declared = draw(st.sampled_from(events)), draw(st.sampled_from(DECLARED))
    drawn = [family(draw, event) for family in draw(st.lists(st.sampled_from(FAMILIES), min_size=8, max_size=8))]
    met = [each for each in drawn if not each[1].startswith(RECORDED) and holds(event, *each, declared)]
    others = [each for each in drawn if each not in met]
    strange = draw(st.integers(0, 1)) if len(met) > 1 else 2
    parameters = dict(met[: draw(st.integers(2, 4)) - strange] + others[:strange])
    if draw(st.booleans()):
        parameters["orderBy"] = draw(st.sampled_from(ORDERS))
        parameters |= draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "orderDirection": st.sampled_from(("ASC", "DESC")),
                    "eventCountLimit": st.integers(1, 6).map(str),
                },
            )
        )
    return Question(parameters=parameters, declared=declared, per_page=draw(st.integers(1, 5)))
