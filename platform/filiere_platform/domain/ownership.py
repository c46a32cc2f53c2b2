"""Who may declare about whose identifiers: which member a key lies under, and what an event declares.

A key belongs to the member who has it, or the name that it stands under: the class of a lot, the company that a
`urn:filiere:` name begins with, the longest of the GS1 company prefixes. What belongs to nobody may be declared by
anybody. Trading somebody's goods is no declaration: an event declares what it creates, what it makes of something
else, and what it ships or labels although the owner of the identifier has never spoken of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from filiere_platform.domain.finding import Finding
from filiere_platform.domain.ownership_sentences import DECLARED_BY_ANOTHER, FOREIGN_DECLARATION, NOT_A_PREFIX
from filiere_platform.domain.record import ActionCode, End, EventRow, EventTypeCode, NodeKind, RecordRow, Role
from filiere_schemas.problems import Problem, Refusal

OWNERSHIP_RULES: Final = (FOREIGN_DECLARATION.code, DECLARED_BY_ANOTHER.code)
PREFIX_STEM: Final = "urn:filiere:gs1-prefix:"
# Source: GS1 General Specifications, 1.4.3: a company prefix has 4 to 12 digits.
SHORTEST_PREFIX: Final = 4
LONGEST_PREFIX: Final = 12
SHIPPING: Final = frozenset({"shipping", "departing"})
# Of the ends of an event, those that can be declared; most are places and parties.
DECLARING_ROLES: Final = frozenset({Role.OUTPUT, Role.OBJECT, Role.PARENT})

_GS1: Final = re.compile(r"(https://id\.gs1\.org/([0-9]{2,4})/([^/]+))(?:/.*)?")
# Keys whose company prefix begins behind one digit: an indicator, an extension, or the zero that fills a GRAI.
# Source: GS1 General Specifications, 3.2 (SSCC, GTIN), 3.9 (GRAI, ITIP).
_BEHIND_ONE_DIGIT: Final = frozenset({"00", "01", "02", "8003", "8006"})
_FILIERE: Final = re.compile(r"urn:filiere:[a-z]+:([a-z]+):([^:]+)(?::.*)?")
_SIREN_DIGITS: Final = 9  # a SIRET is the company's SIREN and five digits for the establishment


class Declared(StrEnum):
    """How an event declares an object."""

    CREATED = "created"
    MADE = "made"  # a transformation's output
    SHIPPED = "shipped"
    LABELLED = "labelled"  # a logistic unit that contents are put under

    @property
    def is_trade(self) -> bool:
        """Whether it is a declaration only of what the owner never spoke of."""
        return self in {Declared.SHIPPED, Declared.LABELLED}


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """An object that an event declares under somebody else's identifier."""

    index: int
    sender: int
    key: str
    how: Declared
    owner: int
    under: str  # the identifier of the owner under which the key lies


def prefix_key(digits: str) -> str:
    """Write a GS1 company prefix as the key under which it is kept among a member's identifiers.

    Raises:
        Refusal: code `not-a-company-prefix`.
    """
    if not re.fullmatch(rf"[0-9]{{{SHORTEST_PREFIX},{LONGEST_PREFIX}}}", digits):
        raise Refusal([Problem(sentence=NOT_A_PREFIX, values={"found": digits})])
    return PREFIX_STEM + digits


def names_above(key: str) -> Iterator[str]:
    """Give the identifiers that a key lies under, the closest first, itself included."""
    yield key
    gs1 = _GS1.fullmatch(key)
    if gs1 is not None:
        if gs1[1] != key:
            yield gs1[1]
        digits = gs1[3][gs1[2] in _BEHIND_ONE_DIGIT :]
        for length in range(LONGEST_PREFIX, SHORTEST_PREFIX - 1, -1):
            if len(digits) >= length and digits[:length].isdecimal():
                yield PREFIX_STEM + digits[:length]
        return
    name = _FILIERE.fullmatch(key)
    if name is not None:
        scheme, party = name[1], name[2]
        if scheme == "gln":
            yield from names_above(f"https://id.gs1.org/417/{party}")
        yield f"urn:filiere:party:{scheme}:{party}"
        if scheme == "siret":
            yield f"urn:filiere:party:siren:{party[:_SIREN_DIGITS]}"


def owner_of(key: str, parties: Mapping[str, int]) -> tuple[int, str] | None:
    """Find whose a key is, and by which identifier; None: nobody's. `parties` are members' identifiers."""
    return next(((parties[name], name) for name in names_above(key) if name in parties), None)


def declared_by(event: EventRow, ends: Iterable[End]) -> list[tuple[str, Declared]]:
    """Name the objects that an event declares, each once; an error declaration declares nothing."""
    if event.declares_error:
        return []
    found: dict[str, Declared] = {}
    for end in ends:
        how = _how(event, end)
        if how is not None:
            found.setdefault(end.key, how)
    return list(found.items())


def foreign_declarations(
    events: Mapping[int, EventRow], ends: Mapping[int, Sequence[End]], parties: Mapping[str, int]
) -> list[Declaration]:
    """Find what events declare under identifiers of others than their senders, in log order."""
    found = []
    for index, event in sorted(events.items()):
        for key, how in declared_by(event, ends.get(index, ())):
            owned = owner_of(key, parties)
            if owned is not None and owned[0] != event.member_id:
                owner, under = owned
                found.append(
                    Declaration(index=index, sender=event.member_id, key=key, how=how, owner=owner, under=under)
                )
    return found


def findings_of(declaration: Declaration, record: RecordRow) -> tuple[Finding, Finding]:
    """Write what is told of a declaration: to its sender, and to the owner of the identifier. Neither is named."""
    evidence = {
        "declared": declaration.how.value,
        "under": declaration.under.removeprefix(PREFIX_STEM),
        "index": record.log_index,
        "sha256": record.sha256.hex(),
    }
    to_sender, to_owner = (
        Finding(
            rule=rule,
            level="warning",
            subject=declaration.key,
            low=record.log_index,
            high=record.log_index,
            log_index=record.log_index,
            member_id=member_id,
            evidence=evidence,
            first_seen=record.stored_at,
            opens_at=record.stored_at,
        )
        for rule, member_id in zip(OWNERSHIP_RULES, (declaration.sender, declaration.owner), strict=True)
    )
    return to_sender, to_owner


def _how(event: EventRow, end: End) -> Declared | None:
    if event.event_type == EventTypeCode.TRANSFORMATION:
        return Declared.MADE if end.role is Role.OUTPUT else None
    adds = event.action == ActionCode.ADD
    if end.role is Role.OBJECT and event.event_type == EventTypeCode.OBJECT:
        if adds:
            return Declared.CREATED
        return Declared.SHIPPED if event.biz_step in SHIPPING else None
    is_label = end.role is Role.PARENT and end.kind is NodeKind.LOGISTIC_UNIT
    return Declared.LABELLED if is_label and adds and event.event_type == EventTypeCode.AGGREGATION else None
