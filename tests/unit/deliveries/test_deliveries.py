"""Which copies go to whom: rules over any history of grants."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.audience import PUBLIC, SECTOR, GrantCause
from filiere_platform.domain.deliveries import MOST_BYTES, MOST_RECORDS, SharedRecord, deliveries, view_id
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.record import GrantRow
from filiere_schemas.provenance.entry import EntryKind

ORIGIN = "log.example/filiere"
MEMBER_IDS = (1, 2, 3, 4, 5)


def member(member_id: int, status: MemberStatus = MemberStatus.ACTIVE) -> Member:
    uri = f"urn:filiere:party:siret:{member_id:014d}"
    return Member(id=member_id, uri=uri, name=f"Member {member_id}", status=status, sharing=None, identifiers=(uri,))


def record(log_index: int, *, kind: EntryKind = EntryKind.EVENT, jws: bytes | None = None) -> SharedRecord:
    jws = jws or f"header.payload{log_index}.signature".encode()
    return SharedRecord(
        log_index=log_index,
        kind=kind,
        sha256=hashlib.sha256(jws).digest(),
        stored_at=1_764_000_000_000_000 + log_index,
        member_uri="urn:filiere:party:siret:00000000000001",
        event_id=f"urn:uuid:event-{log_index}",
        jws=jws,
    )


@dataclass(frozen=True, kw_only=True)
class History:
    grants: list[GrantRow]
    records: dict[int, SharedRecord]
    members: list[Member]

    def stretches(self) -> list[tuple[int, int, set[int]]]:
        """First grant, record and entitled members of each stretch of grants of one record; a naive reading."""
        active = {m.id for m in self.members if m.status is MemberStatus.ACTIVE}
        found: list[tuple[int, int, set[int]]] = []
        previous = None
        for grant in self.grants:
            entitled = active if grant.audience < 0 else active & {grant.audience}
            if grant.log_index == previous:
                found[-1][2].update(entitled)
            else:
                found.append((grant.grant_no, grant.log_index, set(entitled)))
            previous = grant.log_index
        return [stretch for stretch in found if stretch[2]]


@st.composite
def histories(draw: st.DrawFn) -> History:
    statuses = draw(st.lists(st.sampled_from(list(MemberStatus)), min_size=5, max_size=5))
    members = [member(i, status) for i, status in zip(MEMBER_IDS, statuses, strict=True)]
    audiences = st.lists(st.sampled_from((*MEMBER_IDS, SECTOR, PUBLIC)), min_size=1, max_size=4, unique=True)
    kinds = st.sampled_from((EntryKind.EVENT, EntryKind.EVENT, EntryKind.RECEIPT))
    grants: list[GrantRow] = []
    records: dict[int, SharedRecord] = {}
    grant_no = draw(st.integers(min_value=1, max_value=1_000))
    for log_index in draw(st.lists(st.integers(min_value=0, max_value=30), max_size=40)):
        records.setdefault(log_index, record(log_index, kind=draw(kinds)))
        for audience in draw(audiences):
            grants.append(GrantRow(grant_no, log_index, audience, GrantCause.OWNER))
            grant_no += 1
    return History(grants=grants, records=records, members=members)


@given(histories())
def test_every_entitled_member_gets_each_record_in_the_order_of_its_grants_and_nobody_else_does(history):
    made = deliveries(history.grants, history.records, history.members, origin=ORIGIN)
    for member_id in MEMBER_IDS:
        received = [index for d in made if member_id in d.message.recipients for index in d.indexes]
        assert received == [index for _, index, entitled in history.stretches() if member_id in entitled]


@given(histories())
def test_bytes_grow_with_records_and_never_with_members(history):
    made = deliveries(history.grants, history.records, history.members, origin=ORIGIN)
    assert sum(len(d.indexes) for d in made) == len(history.stretches())


@given(histories())
def test_when_a_message_fails_every_grant_before_its_first_is_fulfilled_by_those_before_it(history):
    made = deliveries(history.grants, history.records, history.members, origin=ORIGIN)
    for position, failed in enumerate(made):
        safe = {(m, index) for d in made[:position] for m in d.message.recipients for index in d.indexes}
        for first_grant, index, entitled in history.stretches():
            if first_grant < failed.first_grant:
                assert {(m, index) for m in entitled} <= safe


@given(histories())
def test_a_message_holds_one_kind_and_says_what_it_holds(history):
    for delivery in deliveries(history.grants, history.records, history.members, origin=ORIGIN):
        events = json.loads(delivery.message.body)
        assert [event["data"]["index"] for event in events] == list(delivery.indexes)
        assert {event["data"]["kind"] for event in events} == {delivery.message.kind}


@given(histories(), st.sampled_from(MEMBER_IDS))
def test_what_a_copy_says_does_not_depend_on_who_else_gets_it(history, member_id):
    together = deliveries(history.grants, history.records, history.members, origin=ORIGIN)
    alone = deliveries(
        history.grants, history.records, [m for m in history.members if m.id == member_id], origin=ORIGIN
    )

    def events(made):
        return [event for d in made if member_id in d.message.recipients for event in json.loads(d.message.body)]

    assert events(together) == events(alone)


def test_a_view_of_a_record_is_a_cloudevent_with_everything_that_proves_it():
    shared = record(7)
    [delivery] = deliveries([GrantRow(1, 7, 2, GrantCause.OWNER)], {7: shared}, [member(2)], origin=ORIGIN)
    assert delivery.message.recipients == (2,)
    [event] = json.loads(delivery.message.body)
    assert event == {
        "specversion": "1.0",
        "id": view_id(shared, origin=ORIGIN),
        "source": ORIGIN,
        "type": "filiere.record.stored.v1",
        "subject": "records/7",
        "time": "2025-11-24T16:00:00.000007Z",
        "datacontenttype": "application/json",
        "data": {
            "index": 7,
            "kind": "event",
            "sha256": hashlib.sha256(b"header.payload7.signature").hexdigest(),
            "member": "urn:filiere:party:siret:00000000000001",
            "eventID": "urn:uuid:event-7",
            "jws": "header.payload7.signature",
        },
    }


def test_a_repetition_has_the_same_id_and_another_view_another():
    shared = record(7)
    names = {
        view_id(shared, origin=ORIGIN),
        view_id(shared._replace(jws=None), origin=ORIGIN),  # erased since
        view_id(shared._replace(log_index=8), origin=ORIGIN),
        view_id(shared, origin="another.log/filiere"),
    }
    assert len(names) == 4
    assert view_id(shared._replace(stored_at=0, member_uri="urn:moved"), origin=ORIGIN) in names


def test_an_erased_record_is_announced_without_its_bytes():
    erased = record(7)._replace(jws=None)
    [delivery] = deliveries([GrantRow(1, 7, 2, GrantCause.OWNER)], {7: erased}, [member(2)], origin=ORIGIN)
    [event] = json.loads(delivery.message.body)
    assert "jws" not in event["data"]
    assert event["data"]["sha256"] == erased.sha256.hex()


def test_members_who_share_nothing_make_one_message_each_however_their_captures_interleave():
    grants = [GrantRow(i + 1, i, 1 + i % 2, GrantCause.OWNER) for i in range(60)]
    made = deliveries(grants, {i: record(i) for i in range(60)}, [member(1), member(2)], origin=ORIGIN)
    assert [(d.message.recipients, len(d.indexes)) for d in made] == [((1,), 30), ((2,), 30)]


def test_a_record_shared_with_the_sector_holds_back_what_its_owner_sends_later():
    grants = [
        GrantRow(1, 0, 1, GrantCause.OWNER),
        GrantRow(2, 1, 2, GrantCause.OWNER),
        GrantRow(3, 1, SECTOR, GrantCause.SECTOR_SHARING),
        GrantRow(4, 2, 1, GrantCause.OWNER),
    ]
    made = deliveries(grants, {i: record(i) for i in range(3)}, [member(1), member(2)], origin=ORIGIN)
    assert [(d.message.recipients, d.indexes) for d in made] == [((1,), (0,)), ((1, 2), (1,)), ((1,), (2,))]


@pytest.mark.parametrize(
    ("count", "size", "expected"),
    [(MOST_RECORDS, 10, 1), (MOST_RECORDS + 1, 10, 2), (3, MOST_BYTES // 2, 3), (2, MOST_BYTES * 2, 2)],
)
def test_a_message_is_bounded_in_records_and_bytes(count, size, expected):
    grants = [GrantRow(i + 1, i, 1, GrantCause.OWNER) for i in range(count)]
    records = {i: record(i, jws=b"x" * size) for i in range(count)}
    made = deliveries(grants, records, [member(1)], origin=ORIGIN)
    assert len(made) == expected
    assert [index for d in made for index in d.indexes] == list(range(count))
