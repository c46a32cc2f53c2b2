from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from filiere_platform.domain.ownership import (
    PREFIX_STEM,
    Declared,
    declared_by,
    findings_of,
    foreign_declarations,
    names_above,
    owner_of,
    prefix_key,
)
from filiere_platform.domain.record import ActionCode, End, EventRow, EventTypeCode, NodeKind, RecordRow, Role
from filiere_schemas.problems import Refusal

LOT = "https://id.gs1.org/01/09521001000031/10/TOMME-0612"
PARTIES = {
    PREFIX_STEM + "9521001": 1,
    "urn:filiere:party:siret:73282932000074": 2,
    "urn:filiere:party:siren:552100554": 3,
}
EVENT = EventRow(
    log_index=7,
    member_id=9,
    event_id="urn:x",
    event_type=EventTypeCode.OBJECT,
    action=ActionCode.ADD,
    biz_step="commissioning",
    disposition=None,
    earliest=0,
    latest=0,
    declares_error=False,
    transformation_id=None,
)


def an_end(role: Role, key: str = LOT, kind: NodeKind = NodeKind.LOT) -> End:
    return End(role, key, kind, Decimal(1), "KGM")


@pytest.mark.parametrize(
    ("key", "owner"),
    [
        (LOT, 1),
        ("https://id.gs1.org/01/09521001000031", 1),
        ("https://id.gs1.org/01/99521001000034/21/7", 1),  # whatever the indicator
        ("https://id.gs1.org/00/095210010000000427", 1),  # whatever the extension digit
        ("https://id.gs1.org/414/9521001000014/254/R3", 1),
        ("https://id.gs1.org/8004/9521001LOGGER-5", 1),
        ("https://id.gs1.org/8003/09521001000073/12", 1),
        ("https://id.gs1.org/01/09521002000030/10/A", None),
        ("https://id.gs1.org/414/1952100100001", None),  # the digits elsewhere than where a prefix stands
        ("urn:filiere:lot:siret:73282932000074:LAIT:1", 2),
        ("urn:filiere:lot:siret:55210055400013:LAIT:1", 3),  # an establishment of the company
        ("urn:filiere:lot:siret:00001003300017:LAIT:1", None),
        ("urn:filiere:lot:gln:9521001000014:LAIT:1", 1),
        ("urn:uuid:0c5e5d5e-7d5f-4d7e-8a52-3f6f0f1d0001", None),
    ],
)
def test_a_key_belongs_to_whoever_has_what_it_lies_under(key: str, owner: int | None) -> None:
    found = owner_of(key, PARTIES)
    assert (None if found is None else found[0]) == owner


def test_the_closest_name_decides() -> None:
    parties = PARTIES | {"https://id.gs1.org/01/09521001000031": 4, PREFIX_STEM + "95210010": 5}
    assert owner_of(LOT, parties) == (4, "https://id.gs1.org/01/09521001000031")
    assert owner_of("https://id.gs1.org/01/09521001000024/10/A", parties) == (5, PREFIX_STEM + "95210010")
    assert owner_of(LOT, parties | {LOT: 6}) == (6, LOT)
    assert next(names_above("urn:x:y")) == "urn:x:y"


@pytest.mark.parametrize("digits", ["123", "1" * 13, "12a4", "", "１２３４"])
def test_a_prefix_has_four_to_twelve_digits(digits: str) -> None:
    with pytest.raises(Refusal):
        prefix_key(digits)


@pytest.mark.parametrize(
    ("changes", "end", "how"),
    [
        ({}, an_end(Role.OBJECT), Declared.CREATED),
        ({"action": ActionCode.OBSERVE, "biz_step": "shipping"}, an_end(Role.OBJECT), Declared.SHIPPED),
        ({"action": ActionCode.OBSERVE, "biz_step": "receiving"}, an_end(Role.OBJECT), None),
        ({"action": ActionCode.DELETE, "biz_step": "destroying"}, an_end(Role.OBJECT), None),
        ({"event_type": EventTypeCode.TRANSFORMATION, "action": None}, an_end(Role.OUTPUT), Declared.MADE),
        ({"event_type": EventTypeCode.TRANSFORMATION, "action": None}, an_end(Role.INPUT), None),
        (
            {"event_type": EventTypeCode.AGGREGATION},
            an_end(Role.PARENT, kind=NodeKind.LOGISTIC_UNIT),
            Declared.LABELLED,
        ),
        ({"event_type": EventTypeCode.AGGREGATION}, an_end(Role.PARENT, kind=NodeKind.ITEM), None),
        ({"event_type": EventTypeCode.AGGREGATION}, an_end(Role.CHILD), None),
        ({"event_type": EventTypeCode.TRANSACTION}, an_end(Role.OBJECT), None),
        ({"declares_error": True}, an_end(Role.OBJECT), None),
        ({}, an_end(Role.SOURCE_OWNING_PARTY, kind=NodeKind.PARTY), None),
    ],
)
def test_what_an_event_declares(changes: dict[str, object], end: End, how: Declared | None) -> None:
    event = EVENT._replace(**changes)
    assert declared_by(event, [end, end]) == ([] if how is None else [(LOT, how)])


def test_only_declarations_under_somebody_elses_identifier_are_found_and_told_to_both_without_their_names() -> None:
    own, nobodys = EVENT._replace(log_index=8, member_id=1), EVENT._replace(log_index=9)
    ends = {7: [an_end(Role.OBJECT)], 8: [an_end(Role.OBJECT)], 9: [an_end(Role.OBJECT, key="urn:x:y")]}
    (found,) = foreign_declarations({9: nobodys, 8: own, 7: EVENT}, ends, PARTIES)
    assert (found.index, found.sender, found.owner, found.how) == (7, 9, 1, Declared.CREATED)
    record = RecordRow(7, 1, b"\1" * 32, 1_000, 9, None, b"", None)
    to_sender, to_owner = findings_of(found, record)
    assert (to_sender.member_id, to_owner.member_id) == (9, 1)
    assert (to_sender.rule, to_owner.rule) == ("foreign-declaration", "declared-by-another")
    assert replace(to_sender, rule="", member_id=None) == replace(to_owner, rule="", member_id=None)
    assert to_owner.evidence == {"declared": "created", "under": "9521001", "index": 7, "sha256": "01" * 32}
