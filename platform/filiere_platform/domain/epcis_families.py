"""The families of parameters of a SimpleEventQuery, whose names say a type, a unit or a field.

Source: EPCIS 2.0, 8.2.7.1; the names of fields are those of `domain/field_name.py`.
"""

from __future__ import annotations

import re
from typing import Final

from filiere_platform.domain.comparison import Comparison, Operator, Scalar, read_number, scalar_of_text
from filiere_platform.domain.event_condition import Condition, Part
from filiere_platform.domain.event_query import Described, Order, OrderKey
from filiere_platform.domain.graph import DESTINATION_ROLES, SOURCE_ROLES
from filiere_platform.domain.master_data import FIELDS, term
from filiere_platform.domain.query_draft import QueryDraft, keys, one, texts, whether_given
from filiere_platform.domain.record import Role
from filiere_schemas.epcis.units import is_known
from filiere_schemas.epcis.vocabulary import Vocabulary, bare_word

_FIELD = r"([A-Za-z][^\s:]{0,200}:\S{1,1000})"
_OF_TYPE: Final = re.compile(r"EQ_(bizTransaction|source|destination)_(\S{1,500})")
_AMOUNT: Final = re.compile(
    r"(?:(EQ|GT|GE|LT|LE)_(value|quantity)|(GT|GE|LT|LE)_(minValue|maxValue|meanValue|sDev|percValue))_([A-Z0-9]{2,3})"
)
_OF_PLACE: Final = re.compile(rf"EQ_(INNER_)?(readPoint|bizLocation)_{_FIELD}")
_OF_FIELD: Final = re.compile(
    r"(EQ|GT|GE|LT|LE|EXISTS)_(INNER_)?(ILMD_|ERROR_DECLARATION_|SENSORELEMENT_|SENSORMETADATA_|SENSORREPORT_)?"
    rf"(?!ATTR_){_FIELD}"
)
_HAS_ATTRIBUTE: Final = re.compile(rf"HASATTR_({'|'.join(FIELDS)})")
_OF_ATTRIBUTE: Final = re.compile(rf"EQ_?ATTR_({'|'.join(FIELDS)})_(\S{{1,1000}})")
_ORDER_FIELD: Final = re.compile(rf"(ILMD_|ERROR_DECLARATION_)?{_FIELD}")
_PARTS: Final = {
    "": Part.FIELD,
    "ILMD_": Part.ILMD,
    "ERROR_DECLARATION_": Part.ERROR_FIELD,
    "SENSORELEMENT_": Part.SENSOR_ELEMENT_FIELD,
    "SENSORMETADATA_": Part.SENSOR_METADATA_FIELD,
    "SENSORREPORT_": Part.SENSOR_REPORT_FIELD,
    "readPoint": Part.READ_POINT_FIELD,
    "bizLocation": Part.BIZ_LOCATION_FIELD,
}
_AMOUNTS: Final = {
    "value": "value",
    "minValue": "min_value",
    "maxValue": "max_value",
    "meanValue": "mean_value",
    "sDev": "s_dev",
    "percValue": "perc_value",
}
# The forms of the families, as a refusal names them.
FAMILIES: Final = (
    "EQ_bizTransaction_{type}",
    "EQ_source_{type}",
    "EQ_destination_{type}",
    "{EQ,GT,GE,LT,LE}_{value,quantity}_{unit}",
    "{GT,GE,LT,LE}_{minValue,maxValue,meanValue,sDev,percValue}_{unit}",
    "EQ_[INNER_]{readPoint,bizLocation}_{field}",
    f"HASATTR_{{{','.join(FIELDS)}}}",
    f"{{EQATTR,EQ_ATTR}}_{{{','.join(FIELDS)}}}_{{attribute}}",
    "{EQ,GT,GE,LT,LE,EXISTS}_[INNER_][ILMD_,ERROR_DECLARATION_,SENSORELEMENT_,SENSORMETADATA_,SENSORREPORT_]{field}",
)


def read_family(draft: QueryDraft, name: str, values: tuple[str, ...]) -> bool:
    """Read a parameter of a family; false where it is of none.

    Raises:
        ValueError: its value, or the unit in its name, is none.
    """
    for form, read in _READERS:
        match = form.fullmatch(name)
        if match is not None:
            read(draft, match, values)
            return True
    return False


def read_order(draft: QueryDraft, text: str) -> Order:
    """Read what an answer is ordered by: a time of the event, or a field of somebody's own.

    Raises:
        ValueError: it is neither.
    """
    if text in {OrderKey.EVENT_TIME, OrderKey.RECORD_TIME}:
        return Order(key=OrderKey(text), descending=True)
    match = _ORDER_FIELD.fullmatch(text)
    if match is None:
        raise ValueError(text)
    name = draft.resolved(match[2])
    field = Condition(part=_PARTS[match[1] or ""], comparison=Comparison(Operator.EXISTS), name=name)
    return Order(key=OrderKey.FIELD, descending=True, field=field)


def _of_type(draft: QueryDraft, match: re.Match[str], values: tuple[str, ...]) -> None:
    part, kind = Part(match[1]), match[2]
    if part is Part.BIZ_TRANSACTION:
        kind = bare_word(Vocabulary.BIZ_TRANSACTION_TYPE, kind) or kind
        draft.ask(part, Operator.EQ, keys(values), name=kind)
        return
    kind = bare_word(Vocabulary.SOURCE_DESTINATION_TYPE, kind) or kind
    roles, other = (
        (SOURCE_ROLES, Role.SOURCE_OTHER) if part is Part.SOURCE else (DESTINATION_ROLES, Role.DESTINATION_OTHER)
    )
    draft.matches.append((frozenset({roles.get(kind, other)}), keys(values)))
    if kind not in roles:
        draft.ask(part, Operator.EQ, keys(values), name=kind)


def _amount(draft: QueryDraft, match: re.Match[str], values: tuple[str, ...]) -> None:
    how, what, unit = Operator(match[1] or match[3]), match[2] or match[4], match[5]
    if not is_known(unit):
        raise ValueError(unit)
    numbers = tuple(read_number(text) for text in (values if how is Operator.EQ else (one(values),)))
    if what == "quantity":
        draft.ask(Part.QUANTITY, how, numbers, unit=unit)
    else:
        draft.ask(Part.SENSOR_AMOUNT, how, numbers, name=_AMOUNTS[what], unit=unit)


def _of_place(draft: QueryDraft, match: re.Match[str], values: tuple[str, ...]) -> None:
    _field(draft, _PARTS[match[2]], Operator.EQ, match[3], values, inner=match[1] is not None)


def _of_field(draft: QueryDraft, match: re.Match[str], values: tuple[str, ...]) -> None:
    _field(draft, _PARTS[match[3] or ""], Operator(match[1]), match[4], values, inner=match[2] is not None)


def _field(draft: QueryDraft, part: Part, how: Operator, name: str, values: tuple[str, ...], *, inner: bool) -> None:
    wanted: tuple[Scalar, ...] = ()
    if how is Operator.EXISTS:
        if not whether_given(values):
            return
    elif how is Operator.EQ:
        wanted = tuple(scalar_of_text(text) for text in values)
    else:
        bound = scalar_of_text(one(values))
        if bound.number is None and bound.instant is None:
            raise ValueError(values)
        wanted = (bound,)
    condition = Condition(part=part, comparison=Comparison(how, wanted), name=draft.resolved(name), inner=inner)
    draft.conditions.append(condition)


def _has_attribute(draft: QueryDraft, match: re.Match[str], values: tuple[str, ...]) -> None:
    _described(draft, match[1], tuple(term(draft.resolved(name)) for name in texts(values)))


def _of_attribute(draft: QueryDraft, match: re.Match[str], values: tuple[str, ...]) -> None:
    name = draft.resolved(match[2])
    _described(draft, match[1], tuple(term(name, value) for value in values))


def _described(draft: QueryDraft, field: str, terms: tuple[bytes, ...]) -> None:
    vocabulary, roles = FIELDS[field]
    draft.described.append(Described(roles=roles, vocabulary=vocabulary, terms=terms))


_READERS: Final = (
    (_HAS_ATTRIBUTE, _has_attribute),
    (_OF_ATTRIBUTE, _of_attribute),
    (_OF_TYPE, _of_type),
    (_AMOUNT, _amount),
    (_OF_PLACE, _of_place),
    (_OF_FIELD, _of_field),
)
