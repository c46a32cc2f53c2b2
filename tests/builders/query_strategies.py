"""Hypothesis strategies of events that have something to say to every SimpleEventQuery, and of queries about them."""

from __future__ import annotations

from typing import Any, Final

from hypothesis import strategies as st

from builders import queried_things as things
from builders.events import EPCIS_CONTEXT
from builders.queried_things import Spelled, all_spellings

CONTEXTS: Final = (
    {"dairy": things.TERMS},
    {"d": things.TERMS, "dairy": things.OTHER_TERMS},  # the same letters, another vocabulary
)
LOCALS: Final = ("vat", "code", "best")
MOMENTS: Final = (
    "2026-06-01T05:40:00Z",
    "2026-06-01T07:40:00.000+02:00",
    "2026-06-01T05:40:00.25Z",
    "2026-06-02T00:00:00Z",
    "2026-06-01T22:59:59.999999-01:00",
    "2026-06-02T01:00:00+01:00",
    "2026-06-03T12:00:00Z",
    "2026-06-01T05:40:00.2500004Z",
)
NUMBERS: Final = (0, 1, 3, 3.0, 4.5, 12, 0.1, 250, 1200, 2.50)
SCALARS: Final = (
    3, 12, 0.1, 4.5, -2, True, False, "3", "007", "12.0", "Luc", "Zoé", "zoé", "true",
    "2026-06-02", "2026-06-01T05:40:00Z", "2026-06-02T01:00:00+01:00",
)  # fmt: skip
SUBSTANCES: Final = ("https://identifiers.org/inchikey:CZMRCDWAGMRECN-UGDNZRGBSA-N",)
GERMS: Final = ("https://www.ncbi.nlm.nih.gov/taxonomy/1639",)
TRANSFORMATIONS: Final = ("urn:dairy:batch:12", "urn:dairy:batch:13")

_moments = st.sampled_from(MOMENTS)
_numbers = st.sampled_from(NUMBERS)
_scalars = st.sampled_from(SCALARS)


def spelled(pool: Spelled) -> st.SearchStrategy[str]:
    """Any of some things, in any of its spellings."""
    return st.sampled_from(all_spellings(pool))


def _some(pool: Spelled) -> st.SearchStrategy[list[str]]:
    return st.lists(spelled(pool), min_size=1, max_size=3, unique_by=things.name_of)


def field_names(context: dict[str, str]) -> list[str]:
    """The names of fields that an event may state under a context."""
    return [f"{prefix}:{local}" for prefix in context for local in LOCALS]


def _fields(context: dict[str, str], *, least: int = 0) -> st.SearchStrategy[dict[str, Any]]:
    names = st.sampled_from(field_names(context))
    inside = st.dictionaries(names, _scalars | st.lists(_scalars, min_size=1, max_size=2), min_size=1, max_size=2)
    nested = inside | st.dictionaries(names, inside, min_size=1, max_size=1)
    value = st.one_of(_scalars, _scalars, st.lists(_scalars | nested, min_size=1, max_size=2), nested)
    return st.dictionaries(names, value, min_size=least, max_size=2)


def _quantities() -> st.SearchStrategy[list[dict[str, Any]]]:
    measured = st.fixed_dictionaries(
        {"epcClass": spelled(things.CLASSES), "quantity": _numbers},
        optional={"uom": st.sampled_from(("KGM", "GRM", "TNE", "LBR", "LTR", "MLT"))},
    )
    named = st.fixed_dictionaries({"epcClass": spelled(things.CLASSES)})
    return st.lists(measured | named, min_size=1, max_size=3)


def _pairs(what: str, pool: Spelled, kinds: Spelled) -> st.SearchStrategy[list[dict[str, str]]]:
    pair = st.fixed_dictionaries({"type": spelled(kinds), what: spelled(pool)})
    return st.lists(pair, min_size=1, max_size=2, unique_by=lambda each: tuple(map(things.name_of, each.values())))


def _reports(context: dict[str, str]) -> st.SearchStrategy[dict[str, Any]]:
    heat = st.fixed_dictionaries(
        {"type": st.sampled_from(things.MEASURES["Temperature"]), "uom": st.sampled_from(("CEL", "KEL", "FAH"))},
        optional=dict.fromkeys(("minValue", "maxValue", "meanValue", "sDev", "percRank", "percValue"), _numbers),
    )
    mass = st.fixed_dictionaries(
        {"type": st.just("Mass"), "value": _numbers},
        optional={"uom": st.sampled_from(("KGM", "GRM", "LBR")), "time": _moments, "deviceID": spelled(things.ITEMS)},
    )
    found = st.fixed_dictionaries(
        {"type": st.just("Count"), "value": _numbers},
        optional={
            "microorganism": st.sampled_from(GERMS),
            "chemicalSubstance": st.sampled_from(SUBSTANCES),
            "stringValue": st.sampled_from(("clear", "Clear")),
            "booleanValue": st.booleans(),
            "hexBinaryValue": st.sampled_from(("F0a1", "00")),
            "uriValue": spelled(things.METHODS),
            "dataProcessingMethod": spelled(things.METHODS),
        },
    )
    return st.builds(lambda report, more: report | more, st.one_of(heat, mass, found), _fields(context))


def _sensors(context: dict[str, str]) -> st.SearchStrategy[list[dict[str, Any]]]:
    times = st.one_of(
        st.fixed_dictionaries({}, optional={"time": _moments}),
        st.fixed_dictionaries({"startTime": st.just(MOMENTS[0]), "endTime": st.sampled_from(MOMENTS[2:])}),
    )
    told = st.fixed_dictionaries(
        {},
        optional={
            "deviceID": spelled(things.ITEMS),
            "dataProcessingMethod": spelled(things.METHODS),
            "bizRules": spelled(things.METHODS),
        },
    )
    metadata = st.builds(lambda *each: each[0] | each[1] | each[2], times, told, _fields(context)).filter(bool)
    element = st.builds(
        lambda own, more: own | more,
        st.fixed_dictionaries(
            {"sensorReport": st.lists(_reports(context), min_size=1, max_size=2)}, optional={"sensorMetadata": metadata}
        ),
        _fields(context),
    )
    return st.lists(element, min_size=1, max_size=2)


def _place(context: dict[str, str]) -> st.SearchStrategy[dict[str, Any]]:
    return st.builds(lambda uri, more: {"id": uri} | more, spelled(things.PLACES), _fields(context))


def _common(context: dict[str, str]) -> dict[str, st.SearchStrategy[Any]]:
    return {
        "bizStep": spelled(things.STEPS),
        "disposition": spelled(things.DISPOSITIONS),
        "readPoint": _place(context),
        "bizLocation": _place(context),
        "bizTransactionList": _pairs("bizTransaction", things.DOCUMENTS, things.ORDER_TYPES),
        "sourceList": _pairs("source", things.PARTIES | things.PLACES, things.PARTY_TYPES),
        "destinationList": _pairs("destination", things.PARTIES | things.PLACES, things.PARTY_TYPES),
        "sensorElementList": _sensors(context),
    }


def _of_type(context: dict[str, str]) -> list[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each type of event: what it always states, and what it may."""
    items, action = _some(things.ITEMS), st.sampled_from(("ADD", "OBSERVE", "DELETE"))
    parent, ilmd = spelled(things.ITEMS), _fields(context, least=1)
    state = st.fixed_dictionaries({"set": _some(things.DISPOSITIONS)}, optional={"unset": _some(things.DISPOSITIONS)})
    made = {"action": st.just("ADD"), "epcList": items}
    children = {"childEPCs": items, "parentID": parent, "action": action}
    orders = _common(context)["bizTransactionList"]
    disposable = {"persistentDisposition": state}
    return [
        ("ObjectEvent", made, {"quantityList": _quantities(), "ilmd": ilmd, **disposable}),
        ("ObjectEvent", {"action": action, "epcList": items}, {"quantityList": _quantities(), **disposable}),
        ("AggregationEvent", children, {"childQuantityList": _quantities()}),
        ("AssociationEvent", children, {"childQuantityList": _quantities()}),
        (
            "TransactionEvent",
            {"action": action, "epcList": items, "bizTransactionList": orders},
            {"parentID": parent, "quantityList": _quantities()},
        ),
        (
            "TransformationEvent",
            {"inputQuantityList": _quantities(), "outputEPCList": items},
            {
                "inputEPCList": items,
                "outputQuantityList": _quantities(),
                "transformationID": st.sampled_from(TRANSFORMATIONS),
                "ilmd": ilmd,
                **disposable,
            },
        ),
    ]


@st.composite
def _declaration(draw: st.DrawFn, fields: st.SearchStrategy[dict[str, Any]]) -> dict[str, Any]:
    told = st.fixed_dictionaries(
        {"declarationTime": _moments},
        optional={
            "reason": spelled(things.REASONS),
            "correctiveEventIDs": st.lists(st.integers(0, 9).map(event_id), min_size=1, max_size=2, unique=True),
        },
    )
    return draw(told) | draw(fields)


# By the place of a context: made once, for to make strategies takes longer than to draw from them.
_FIELDS: Final = tuple(_fields(context) for context in CONTEXTS)
_DECLARATIONS: Final = tuple(map(_declaration, _FIELDS))
_COMMON: Final = tuple(_common(context) for context in CONTEXTS)
_TYPES: Final = tuple(_of_type(context) for context in CONTEXTS)


@st.composite
def _event(draw: st.DrawFn) -> dict[str, Any]:
    at = draw(st.integers(0, len(CONTEXTS) - 1))
    kind, always, perhaps = draw(st.sampled_from(_TYPES[at]))
    stated = {"eventTime": draw(_moments)} | {name: draw(each) for name, each in always.items()}
    for name, each in (_COMMON[at] | perhaps).items():
        if name not in stated and draw(st.booleans()):
            stated[name] = draw(each)
    head = {"@context": [EPCIS_CONTEXT, CONTEXTS[at]], "type": kind, "eventTimeZoneOffset": "+02:00"}
    return head | stated | draw(_FIELDS[at])


def event_id(number: int) -> str:
    """The event ID of the event of a number."""
    return f"urn:uuid:00000000-0000-4000-8000-{number:012d}"


@st.composite
def queried_events(draw: st.DrawFn, *, least: int, most: int) -> list[dict[str, Any]]:
    """Events in the order in which they are sent; some of them are declared erroneous by a later one."""
    events = draw(st.lists(_event(), min_size=least, max_size=most))
    named = [event | {"eventID": event_id(number)} for number, event in enumerate(events)]
    wrong = sorted(draw(st.sets(st.integers(0, len(named) - 1), max_size=3)))
    told = {number: draw(_DECLARATIONS[CONTEXTS.index(named[number]["@context"][1])]) for number in wrong}
    return [*named, *(named[number] | {"errorDeclaration": each} for number, each in told.items())]
