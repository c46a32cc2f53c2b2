"""Read the parameters of a SimpleEventQuery, whoever brings them: an address, a named query, a subscription.

A parameter that is not understood is refused, never ignored: its asker would take all that it leaves in for what he
asked for.
Source: EPCIS 2.0, 8.2.7.1 (SimpleEventQuery), 12.7.1 (alternatives in an address are separated by "|").
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from filiere_platform.domain import query_sentences, sentences
from filiere_platform.domain.comparison import Comparison, Operator, read_number
from filiere_platform.domain.epcis_families import FAMILIES, read_family, read_order
from filiere_platform.domain.event_condition import Condition, Part
from filiere_platform.domain.event_query import Described, EventQuery
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.master_data import FIELDS
from filiere_platform.domain.query_draft import QueryDraft, Reader, flag, one, texts, whether_given, words
from filiere_platform.domain.query_draft import keys as stated_keys
from filiere_platform.domain.record import EVENT_TYPE_CODES, ActionCode, Role
from filiere_schemas.epcis.context import Context
from filiere_schemas.epcis.event_time import read_instant
from filiere_schemas.epcis.vocabulary import Vocabulary
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.identifiers.epc_urn import keys_of_pattern
from filiere_schemas.problems import Problem, Refusal

DEFAULT_PAGE: Final = 30  # EPCIS 2.0, 12.6.2
LARGEST_PAGE: Final = 1_000
MOST_PARAMETERS: Final = 100
MOST_ALTERNATIVES: Final = 1_000  # of all parameters together
MOST_PATTERNS: Final = 50  # of all parameters together: each is tried on each identifier of many events
MOST_COUNTED: Final = 10_000  # events that an answer may be limited to, or refused above
CONTEXT: Final = "@context"
PATTERN: Final = "urn:epc:idpat:"
ALTERNATIVES: Final = "a|b|…"
DIRECTIONS: Final = {"ASC": False, "DESC": True}
EVENT_TYPES = {event_type.value: code for event_type, code in EVENT_TYPE_CODES.items()}
ORDERED: Final = (Operator.EQ, Operator.GT, Operator.GE, Operator.LT, Operator.LE)
_NO_TYPE: Final = 0  # the code of no event
_SHOWN: Final = 200  # characters of what was given, in a refusal
_CLASSES: Final = frozenset({Part.CLASSES, Part.INPUT_CLASSES, Part.OUTPUT_CLASSES, Part.ANY_CLASSES})


def read_parameters(pairs: Sequence[tuple[str, str]], namespaces: Mapping[str, str] | None = None) -> EventQuery:
    """Turn the parameters of an address into a query, its page among them.

    `namespaces` are those that the prefixes in names stand for, as the asker declares them.

    Raises:
        Refusal: code `query-parameter`, naming each parameter that is unknown, malformed, given twice or at odds with
            another; `query-too-complex`.
    """
    draft = QueryDraft(namespaces=namespaces or {})
    given = Counter(name for name, _ in pairs)
    _limit_size(len(pairs), sum(value.count("|") + 1 for _, value in pairs))
    problems: list[Problem] = []
    for name, value in pairs:
        if given[name] > 1:  # alternatives are one parameter
            problems.append(query_problem(name, value, f"{name}=…|…"))
        else:
            problems += _read(draft, name, tuple(value.split("|")), PAGING | READERS)
    return _query(draft, set(given), problems)


def read_query_object(query: Mapping[str, Any]) -> EventQuery:
    """Turn the `query` of a named query (EPCIS 2.0, 12.8) into a query; pages are not part of it.

    Raises:
        Refusal: code `query-parameter`, naming each parameter that is unknown, malformed or at odds with another;
            `query-too-complex`.
    """
    parameters = {name: value if isinstance(value, list) else [value] for name, value in query.items()}
    draft = QueryDraft(namespaces=Context(query.get(CONTEXT)).prefixes)
    parameters.pop(CONTEXT, None)
    _limit_size(len(parameters), sum(map(len, parameters.values())))
    problems: list[Problem] = []
    for name, given in parameters.items():
        texts = [_text(each) for each in given]
        if not texts or None in texts:
            problems.append(query_problem(name, str(query[name]), EXPECTED.get(name, ALTERNATIVES)))
        else:
            problems += _read(draft, name, tuple(text for text in texts if text is not None), READERS)
    return _query(draft, set(parameters), problems)


def described_parameters() -> list[tuple[str, str]]:
    """Name every parameter of an address, and say what it is given."""
    return [(name, EXPECTED.get(name, ALTERNATIVES)) for name in (*READERS, *PAGING)]


def query_problem(name: str, found: str, expected: str) -> Problem:
    """Say what is wrong with a parameter."""
    values = {"name": name[:_SHOWN], "found": found[:_SHOWN], "expected": expected}
    return Problem(sentence=sentences.QUERY_PARAMETER, values=values)


def _limit_size(parameters: int, alternatives: int) -> None:
    if parameters > MOST_PARAMETERS or alternatives > MOST_ALTERNATIVES:
        given = {"parameters": parameters, "values": alternatives}
        values = {**given, "most": MOST_PARAMETERS, "expected": MOST_ALTERNATIVES}
        raise Refusal([Problem(sentence=query_sentences.TOO_MANY_CONDITIONS, values=values)])


def _read(draft: QueryDraft, name: str, values: tuple[str, ...], readers: Mapping[str, Reader]) -> Sequence[Problem]:
    found = "|".join(values)
    reader = readers.get(SPELLINGS.get(name, name))
    try:
        if reader is not None:
            reader(draft, values)
        elif not read_family(draft, name, values):
            return [query_problem(name, found, ", ".join((*sorted(readers), *FAMILIES)))]
    except Refusal as refusal:
        return [query_problem(name, found, EXPECTED.get(name, ALTERNATIVES)), *refusal.problems]
    except (ValueError, KeyError):
        return [query_problem(name, found, EXPECTED.get(name, ALTERNATIVES))]
    return ()


def _query(draft: QueryDraft, given: Collection[str], problems: list[Problem]) -> EventQuery:
    for name, other, together in AT_ODDS:
        if name in given and (other in given) is not together:
            problems.append(query_problem(name, name, f"{name} {'+' if together else '/'} {other}"))
    if problems:
        raise Refusal(problems)
    if draft.patterns > MOST_PATTERNS:
        values = {"found": draft.patterns, "expected": MOST_PATTERNS}
        raise Refusal([Problem(sentence=query_sentences.TOO_MANY_PATTERNS, values=values)])
    direction = draft.fields.pop("descending", None)
    if direction is not None:
        draft.fields["order"] = replace(draft.fields["order"], descending=direction)
    draft.fields.setdefault("limit", DEFAULT_PAGE)
    return EventQuery(
        matches=tuple((roles, frozenset(keys)) for roles, keys in draft.matches),
        described=tuple(draft.described),
        conditions=tuple(draft.conditions),
        **draft.fields,
    )


def _text(value: object) -> str | None:
    """Write a value of JSON as an address would; None for what is no single value."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return ""
    return str(value) if isinstance(value, int | float) else None


def _match(part: Part, *roles: Role) -> Reader:
    """Read identifiers and patterns of them. Where there is a pattern, no row can be looked up for the others."""
    of_classes = part in _CLASSES

    def read(draft: QueryDraft, values: tuple[str, ...]) -> None:
        wanted = [canonical_key(uri) for uri in values]
        like = [
            key.lower().startswith(PATTERN) or (not of_classes and _is_pattern(uri))
            for uri, key in zip(values, wanted, strict=True)
        ]
        keys = tuple(key for key, is_like in zip(wanted, like, strict=True) if not is_like)
        draft.patterns += sum(like)
        if draft.patterns > MOST_PATTERNS:
            return  # which is refused, and no pattern is made ready
        patterns = tuple(
            keys_of_pattern(PATTERN + uri[len(PATTERN) :], of_classes=of_classes)
            for uri, is_like in zip(values, like, strict=True)
            if is_like
        )
        if not patterns:
            draft.matches.append((frozenset(roles), keys))
        comparison = Comparison(Operator.EQ, keys)
        draft.conditions.append(Condition(part=part, comparison=comparison, patterns=patterns))

    return read


def _is_pattern(uri: str) -> bool:
    return uri[: len(PATTERN)].lower() == PATTERN


def _place(role: Role) -> Reader:
    def read(draft: QueryDraft, values: tuple[str, ...]) -> None:
        draft.matches.append((frozenset({role}), tuple(canonical_key(uri) for uri in values)))

    return read


def _within(field: str) -> Reader:
    """Read identifiers that stand for themselves and for what lies below them. Source: EPCIS 2.0, 8.2.7.1 (WD_)."""

    def read(draft: QueryDraft, values: tuple[str, ...]) -> None:
        vocabulary, roles = FIELDS[field]
        keys = tuple(canonical_key(uri) for uri in values)
        draft.described.append(Described(roles=roles, vocabulary=vocabulary, within=keys))

    return read


def _words(target: str, vocabulary: Vocabulary) -> Reader:
    def read(draft: QueryDraft, values: tuple[str, ...]) -> None:
        draft.fields[target] = words(values, vocabulary, draft.namespaces)

    return read


def _stated_words(part: Part, vocabulary: Vocabulary, name: str = "") -> Reader:
    return lambda draft, values: draft.ask(part, Operator.EQ, words(values, vocabulary, draft.namespaces), name=name)


def _texts(target: str) -> Reader:
    def read(draft: QueryDraft, values: tuple[str, ...]) -> None:
        draft.fields[target] = texts(values)

    return read


def _event_types(draft: QueryDraft, values: tuple[str, ...]) -> None:
    # A type of somebody's own (EPCIS 2.0, 8.2.7.1) is asked for by its address, and no event here is of it.
    draft.fields["event_types"] = tuple(_NO_TYPE if ":" in word else EVENT_TYPES[word] for word in values)


def _actions(draft: QueryDraft, values: tuple[str, ...]) -> None:
    draft.fields["actions"] = tuple(ActionCode[word] for word in values)


def _instant(target: str) -> Reader:
    def read(draft: QueryDraft, values: tuple[str, ...]) -> None:
        draft.fields[target] = _time(values)

    return read


def _time(values: tuple[str, ...]) -> int:
    return microseconds(read_instant(one(values).replace(" ", "+")))  # a "+" that was not percent-encoded


def _stated_time(part: Part, how: Operator, name: str = "") -> Reader:
    return lambda draft, values: draft.ask(part, how, (_time(values),), name=name)


def _sensor_keys(name: str) -> Reader:
    return lambda draft, values: draft.ask(Part.SENSOR_KEY, Operator.EQ, stated_keys(values), name=name)


def _quantity(how: Operator) -> Reader:
    def read(draft: QueryDraft, values: tuple[str, ...]) -> None:
        given = values if how is Operator.EQ else (one(values),)
        draft.ask(Part.QUANTITY, how, tuple(read_number(text) for text in given))

    return read


def _perc_rank(how: Operator) -> Reader:
    return lambda draft, values: draft.ask(Part.SENSOR_AMOUNT, how, (read_number(one(values)),), name="perc_rank")


def _declares_error(draft: QueryDraft, values: tuple[str, ...]) -> None:
    draft.fields["declares_error"] = whether_given(values) or draft.fields.get("declares_error", False)


def _of_declarations(reader: Reader) -> Reader:
    """Ask of declarations of error alone, which the rows tell from other events."""

    def read(draft: QueryDraft, values: tuple[str, ...]) -> None:
        reader(draft, values)
        draft.fields["declares_error"] = True

    return read


def _has_sensors(draft: QueryDraft, values: tuple[str, ...]) -> None:
    if whether_given(values):
        draft.ask(Part.SENSORS, Operator.EXISTS, ())


def _number(target: str, *, least: int, most: int) -> Reader:
    def read(draft: QueryDraft, values: tuple[str, ...]) -> None:
        value = one(values)
        if not (value.isascii() and value.isdecimal()) or not least <= int(value[:20]) <= most:
            raise ValueError(value)
        draft.fields[target] = int(value)

    return read


def _order(draft: QueryDraft, values: tuple[str, ...]) -> None:
    draft.fields["order"] = read_order(draft, one(values))


def _direction(draft: QueryDraft, values: tuple[str, ...]) -> None:
    draft.fields["descending"] = DIRECTIONS[one(values)]


READERS: dict[str, Reader] = {
    "eventType": _event_types,
    "GE_eventTime": _instant("event_from"),
    "LT_eventTime": _instant("event_before"),
    "GE_recordTime": _instant("record_from"),
    "LT_recordTime": _instant("record_before"),
    "EQ_action": _actions,
    "EQ_bizStep": _words("biz_steps", Vocabulary.BIZ_STEP),
    "EQ_disposition": _words("dispositions", Vocabulary.DISPOSITION),
    "EQ_persistentDisposition_set": _stated_words(Part.STATE_SET, Vocabulary.DISPOSITION),
    "EQ_persistentDisposition_unset": _stated_words(Part.STATE_UNSET, Vocabulary.DISPOSITION),
    "EQ_readPoint": _place(Role.READ_POINT),
    "EQ_bizLocation": _place(Role.BIZ_LOCATION),
    "WD_readPoint": _within("readPoint"),
    "WD_bizLocation": _within("bizLocation"),
    "EQ_transformationID": _texts("transformation_ids"),
    "MATCH_epc": _match(Part.EPCS, Role.OBJECT, Role.CHILD),
    "MATCH_parentID": _match(Part.PARENT, Role.PARENT),
    "MATCH_inputEPC": _match(Part.INPUT_EPCS, Role.INPUT),
    "MATCH_outputEPC": _match(Part.OUTPUT_EPCS, Role.OUTPUT),
    "MATCH_anyEPC": _match(Part.ANY_EPCS, Role.OBJECT, Role.CHILD, Role.PARENT, Role.INPUT, Role.OUTPUT),
    "MATCH_epcClass": _match(Part.CLASSES, Role.OBJECT, Role.CHILD),
    "MATCH_inputEPCClass": _match(Part.INPUT_CLASSES, Role.INPUT),
    "MATCH_outputEPCClass": _match(Part.OUTPUT_CLASSES, Role.OUTPUT),
    "MATCH_anyEPCClass": _match(Part.ANY_CLASSES, Role.OBJECT, Role.CHILD, Role.INPUT, Role.OUTPUT),
    **{f"{how}_quantity": _quantity(how) for how in ORDERED},
    "EQ_eventID": _texts("event_ids"),
    "EXISTS_errorDeclaration": _declares_error,
    "GE_errorDeclarationTime": _of_declarations(_stated_time(Part.ERROR_TIME, Operator.GE)),
    "LT_errorDeclarationTime": _of_declarations(_stated_time(Part.ERROR_TIME, Operator.LT)),
    "EQ_errorReason": _of_declarations(_stated_words(Part.ERROR_REASON, Vocabulary.ERROR_REASON)),
    "EQ_correctiveEventID": _of_declarations(
        lambda draft, values: draft.ask(Part.CORRECTIVE_EVENT, Operator.EQ, texts(values))
    ),
    "orderBy": _order,
    "orderDirection": _direction,
    "eventCountLimit": _number("count_limit", least=1, most=MOST_COUNTED),
    "maxEventCount": _number("refused_above", least=0, most=MOST_COUNTED),
    "EXISTS_sensorElementList": _has_sensors,
    **{
        f"{how}_{name}": _stated_time(Part.SENSOR_TIME, how, attribute)
        for name, attribute in (("time", "time"), ("startTime", "start_time"), ("endTime", "end_time"))
        for how in (Operator.GE, Operator.LT)
    },
    "EQ_type": _stated_words(Part.SENSOR_WORD, Vocabulary.MEASUREMENT_TYPE, "type"),
    "EQ_deviceID": _sensor_keys("device_id"),
    "EQ_dataProcessingMethod": _sensor_keys("data_processing_method"),
    "EQ_microorganism": _sensor_keys("microorganism"),
    "EQ_chemicalSubstance": _sensor_keys("chemical_substance"),
    "EQ_bizRules": _sensor_keys("biz_rules"),
    "EQ_stringValue": lambda draft, values: draft.ask(Part.SENSOR_WORD, Operator.EQ, values, name="string_value"),
    "EQ_booleanValue": lambda draft, values: draft.ask(
        Part.SENSOR_FLAG, Operator.EQ, (flag(values),), name="boolean_value"
    ),
    "EQ_hexBinaryValue": lambda draft, values: draft.ask(
        Part.SENSOR_WORD, Operator.EQ, tuple(text.upper() for text in texts(values)), name="hex_binary_value"
    ),
    "EQ_uriValue": _sensor_keys("uri_value"),
    **{f"{how}_percRank": _perc_rank(how) for how in ORDERED if how is not Operator.EQ},
}
# The official files spell two parameters in two ways each: the schema of queries, and the OpenAPI document.
SPELLINGS: Final = {
    "GE_errorDeclaration_Time": "GE_errorDeclarationTime",
    "LT_errorDeclaration_Time": "LT_errorDeclarationTime",
    "EXISTS_sensorElement": "EXISTS_sensorElementList",
}
PAGING: dict[str, Reader] = {
    "perPage": _number("limit", least=1, most=LARGEST_PAGE),
    "nextPageToken": _number("after", least=0, most=2**62),
}
# A parameter, another one, and whether the first needs the other or excludes it. Source: EPCIS 2.0, 8.2.7.1.
AT_ODDS: Final = (
    ("eventCountLimit", "maxEventCount", False),
    ("eventCountLimit", "orderBy", True),
    ("orderDirection", "orderBy", True),
)
_A_TIME: Final = "2026-03-04T05:06:07Z"
_A_NUMBER: Final = "12.5"
_YES: Final = "true | false"
EXPECTED: Final = {
    **{name: _A_TIME for name in READERS if name.endswith(("Time", "_time"))},
    **{name: _A_NUMBER for name in READERS if name.endswith(("_quantity", "_percRank"))},
    **{name: _YES for name in READERS if name.startswith("EXISTS_")},
    "eventType": " | ".join(EVENT_TYPES),
    "EQ_action": "ADD | OBSERVE | DELETE",
    "EQ_booleanValue": _YES,
    "orderBy": "eventTime | recordTime | ns:field",
    "orderDirection": " | ".join(DIRECTIONS),
    "eventCountLimit": f"1..{MOST_COUNTED}",
    "maxEventCount": f"0..{MOST_COUNTED}",
    "perPage": f"1..{LARGEST_PAGE}",
    "nextPageToken": "the token of the previous page",
}
