"""A group is decided as if each of its members had been committed alone, in order."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.capture import EMPTY_HEAD, a_candidate, a_probe, a_refused_submission, a_void_candidate
from filiere_platform.domain.capture import (
    Decision,
    RefusedSubmission,
    Status,
    Submission,
    decide_group,
    identities_of,
)
from filiere_platform.domain.record import KIND_CODES, Admission, Known, LogHead, Probe
from filiere_platform.domain.sector_rule_sentences import SECTOR_RULE_REFUSES
from filiere_schemas.problems import Problem
from filiere_schemas.provenance.entry import EntryKind


def sign(refused: RefusedSubmission) -> bytes:
    return b"refusal of " + refused.source_sha256


def decide(*group: Submission, probe: Probe | None = None, now: int = 1_000) -> Decision:
    return decide_group(group, probe or a_probe(), now=now, sign_refusal=sign)


def after(probe: Probe, admission: Admission) -> Probe:
    """What a probe would show after the admission was committed."""
    records = {row.log_index: row for row in admission.records}
    kinds = {1: EntryKind.EVENT, 2: EntryKind.RECEIPT, 3: EntryKind.REFUSED, 4: EntryKind.VOID}
    known = {
        row.digest: Known(
            row.log_index,
            row.content,
            kinds[records[row.log_index].kind],
            records[row.log_index].sha256,
            records[row.log_index].stored_at,
        )
        for row in admission.digests
    }
    nodes = {row.key: row.node_id for row in admission.nodes}
    return Probe(head=admission.head, known=probe.known | known, nodes=probe.nodes | nodes)


candidates = st.builds(
    a_candidate,
    st.sampled_from(["urn:uuid:1", "urn:uuid:2", "urn:uuid:3"]),
    content=st.sampled_from(["a", "b"]),
    member_id=st.sampled_from([10, 11]),
    kind=st.sampled_from([EntryKind.EVENT, EntryKind.RECEIPT]),
    lots=st.lists(st.sampled_from(["urn:lot:1", "urn:lot:2", "urn:lot:3"]), max_size=3).map(tuple),
    audiences=st.lists(st.sampled_from([20, 21]), unique=True).map(tuple),
    declares_error=st.booleans(),
)
submissions = st.one_of(
    candidates,
    st.builds(replace, candidates, broken=st.just((Problem(sentence=SECTOR_RULE_REFUSES),))),
    st.builds(a_void_candidate, candidates, number=st.integers(1, 2)),
    st.builds(a_refused_submission, st.sampled_from([b"x", b"y"])),
)


@given(st.lists(submissions, max_size=12))
def test_a_group_is_decided_as_its_members_one_by_one(group: list[Submission]) -> None:
    together = decide(*group)
    probe, alone, rows = a_probe(), [], []
    for submission in group:
        decision = decide(submission, probe=probe)
        alone += decision.outcomes
        rows += decision.admission.records
        probe = after(probe, decision.admission)
    assert together.outcomes == alone
    assert together.admission.records == rows
    assert together.admission.head == probe.head


@given(st.lists(submissions, max_size=12), st.integers(0, 1_000), st.integers(0, 1_000), st.integers(0, 1_000))
def test_indexes_grants_and_nodes_are_dense_from_the_head(
    group: list[Submission], size: int, grants: int, nodes: int
) -> None:
    head = LogHead(size, grants, nodes, 1, 5_000)
    admission = decide(*group, probe=a_probe(head)).admission
    assert [row.log_index for row in admission.records] == list(range(size, admission.head.size))
    assert [row.grant_no for row in admission.grants] == list(range(grants + 1, admission.head.grants + 1))
    assert [row.node_id for row in admission.nodes] == list(range(nodes + 1, admission.head.nodes + 1))
    assert {row.log_index for row in admission.grants} == {row.log_index for row in admission.records}
    assert all(row.stored_at >= head.stored_at for row in admission.records)


def test_the_same_event_again_is_known_under_its_first_index() -> None:
    first, again = decide(a_candidate(), a_candidate()).outcomes
    assert first.status is Status.STORED
    assert again.status is Status.KNOWN
    assert (again.log_index, again.sha256, again.stored_at) == (first.log_index, first.sha256, first.stored_at)


def test_the_same_event_id_with_other_content_conflicts_and_its_neighbours_are_stored() -> None:
    decision = decide(a_candidate(), a_candidate(content="other"), a_candidate("urn:uuid:2"))
    assert [o.status for o in decision.outcomes] == [Status.STORED, Status.REFUSED, Status.STORED]
    assert decision.outcomes[1].problems[0].code == "event-conflict"
    assert decision.outcomes[1].kind is EntryKind.REFUSED
    assert len(decision.admission.events) == 2
    assert len(decision.admission.records) == 3


@pytest.mark.parametrize("kind", [EntryKind.EVENT, EntryKind.RECEIPT])
def test_what_breaks_a_rule_of_its_sector_is_refused_unless_it_is_stored_already(kind: EntryKind) -> None:
    broken = (Problem(sentence=SECTOR_RULE_REFUSES, pointer="/ilmd", values={"rule": "r", "asks": "x"}),)
    stored, refused = a_candidate(kind=kind), replace(a_candidate(kind=kind), broken=broken)
    alone = decide(refused)
    assert [(each.status, each.problems) for each in alone.outcomes] == [(Status.REFUSED, broken)]
    assert [row.kind for row in alone.admission.records] == (
        [KIND_CODES[EntryKind.REFUSED]] if kind is EntryKind.EVENT else []
    )
    assert alone.admission.events == []
    again = decide(stored, refused)
    assert [each.status for each in again.outcomes] == [Status.STORED, Status.KNOWN]
    assert len(again.admission.records) == 1


def test_an_event_id_belongs_to_its_member_alone() -> None:
    outcomes = decide(a_candidate(content="a", member_id=10), a_candidate(content="b", member_id=11)).outcomes
    assert [o.status for o in outcomes] == [Status.STORED, Status.STORED]


def test_an_error_declaration_may_share_its_event_id_and_is_recorded_once() -> None:
    declaration = a_candidate(content="wrong!", declares_error=True)
    outcomes = decide(a_candidate(), declaration, declaration).outcomes
    assert [o.status for o in outcomes] == [Status.STORED, Status.STORED, Status.KNOWN]


def test_the_same_refused_bytes_again_have_one_entry() -> None:
    decision = decide(a_refused_submission(), a_refused_submission())
    assert len(decision.admission.records) == 1
    assert {o.log_index for o in decision.outcomes} == {0}


def test_a_conflict_of_a_plain_event_leaves_no_entry() -> None:
    decision = decide(a_candidate(kind=EntryKind.RECEIPT), a_candidate(content="other", kind=EntryKind.RECEIPT))
    assert decision.outcomes[1].status is Status.REFUSED
    assert len(decision.admission.records) == 1


@pytest.mark.parametrize("now", [0, 999, 10_000])
def test_stored_times_never_go_back(now: int) -> None:
    head = EMPTY_HEAD._replace(stored_at=5_000)
    (row,) = decide(a_candidate(), probe=a_probe(head), now=now).admission.records
    assert row.stored_at == max(now, 5_000)


def test_every_identity_that_decides_is_asked_for() -> None:
    candidate = a_candidate()
    wanted = identities_of([candidate, a_refused_submission()])
    written = decide(candidate, replace(candidate, event=replace(candidate.event, content=b"x" * 32))).admission.digests
    assert {row.digest for row in written} <= wanted


def test_a_void_is_stored_and_repeated_under_its_first_index() -> None:
    void = a_void_candidate(a_candidate())
    first, again = decide(void, void).outcomes
    assert (first.status, first.kind) == (Status.STORED, EntryKind.VOID)
    assert (again.status, again.log_index, again.sha256) == (Status.KNOWN, first.log_index, first.sha256)


def test_what_is_stored_cannot_be_voided_and_the_refusal_takes_the_voids_place() -> None:
    event = a_candidate()
    decision = decide(event, a_void_candidate(event))
    stored, refused = decision.outcomes
    assert [p.code for p in refused.problems] == ["void-of-stored"]
    assert (refused.status, refused.kind) == (Status.REFUSED, EntryKind.REFUSED)
    assert len(decision.admission.events) == 1
    assert refused.log_index != stored.log_index


def test_what_was_voided_is_not_stored_any_more() -> None:
    event = a_candidate()
    decision = decide(a_void_candidate(event), event, event)
    void, *later = decision.outcomes
    assert [(o.status, o.kind, o.log_index) for o in later] == [(Status.REFUSED, EntryKind.VOID, void.log_index)] * 2
    assert [p.code for o in later for p in o.problems] == ["event-voided"] * 2
    assert len(decision.admission.records) == 1


def test_another_event_of_the_same_name_may_still_be_voided() -> None:
    # The discarded one was in conflict with the stored one and never stood in the log.
    outcomes = decide(a_candidate(content="a"), a_void_candidate(a_candidate(content="b"))).outcomes
    assert [o.status for o in outcomes] == [Status.STORED, Status.STORED]


def test_two_voids_of_one_event_take_two_places() -> None:
    event = a_candidate()
    decision = decide(a_void_candidate(event), a_void_candidate(event, number=2))
    assert [o.status for o in decision.outcomes] == [Status.STORED, Status.STORED]
    assert [o.log_index for o in decision.outcomes] == [0, 1]


def test_a_void_of_what_was_refused_leaves_the_refusal_as_it_is() -> None:
    refused = a_candidate(content="b")
    outcomes = decide(a_candidate(), refused, a_void_candidate(refused), refused).outcomes
    assert [o.status for o in outcomes] == [Status.STORED, Status.REFUSED, Status.STORED, Status.REFUSED]
    assert (outcomes[3].kind, outcomes[3].log_index) == (EntryKind.REFUSED, outcomes[1].log_index)
