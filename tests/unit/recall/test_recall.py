"""Scopes only grow, nobody is warned of the same lot twice, one person alone decides nothing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.credential import Forbidden
from filiere_platform.domain.principal import CONSOLE, Actor, Principal
from filiere_platform.domain.recall import (
    Approval,
    Cause,
    Handed,
    Notice,
    Reach,
    Recall,
    RecallAct,
    RecallQuestion,
    RecallScope,
    RecallState,
    ScopedLot,
    Warned,
    approve,
    changes,
    due_notices,
    has_grown,
    is_decided,
    widen,
)
from filiere_platform.domain.recall_document import question_as_json, question_of, scope_as_json, scope_of
from filiere_schemas.problems import Refusal

LOTS = st.sampled_from("abcdef")
HANDED = st.lists(LOTS, min_size=1, unique=True).map(lambda lots: tuple(Handed(lot=lot) for lot in sorted(lots)))
WARNED = st.builds(
    lambda reach, member, lots: Warned(reach=reach, member_id=member, party=f"p{member}", lots=lots),
    st.sampled_from(Reach),
    st.integers(1, 3),
    HANDED,
)
SCOPED = st.builds(
    lambda key, certain: ScopedLot(key=key, causes=(Cause.LINKED,), is_certain=certain), LOTS, st.booleans()
)
SCOPES = st.builds(
    lambda lots, warned: RecallScope(lots=tuple(lots), warned=tuple(warned)),
    st.lists(SCOPED, unique_by=lambda lot: lot.key),
    st.lists(WARNED, unique_by=lambda each: each.name),
)
QUESTION = RecallQuestion(objects=("a",), reason="x")
RECALL = Recall(
    id="r", issuer_id=1, question=QUESTION, state=RecallState.DRAFT, version=2, as_of=0, started_at=0, listed_at=0
)


def person(name: str, member: int = 1) -> Principal:
    return Principal(actor=Actor.PERSON, actor_id=name, member_id=member)


def warned_of(scope: RecallScope) -> set[tuple[object, str]]:
    return {(each.name, handed.lot) for each in scope.warned for handed in each.lots}


@given(SCOPES, SCOPES)
def test_nothing_leaves_a_scope_and_what_came_is_said(old: RecallScope, new: RecallScope) -> None:
    wider = widen(old, new)
    keys = {lot.key for lot in wider.lots}
    assert keys == {lot.key for lot in (*old.lots, *new.lots)}
    assert set(changes(old, wider)["lots"]) == keys - {lot.key for lot in old.lots}
    assert warned_of(wider) == warned_of(old) | warned_of(new)
    assert not has_grown(wider, widen(wider, new))


@given(SCOPES)
def test_a_scope_is_read_back_as_it_was_written(scope: RecallScope) -> None:
    assert scope_of(scope_as_json(scope)) == scope
    assert question_of(question_as_json(QUESTION)) == QUESTION


@given(SCOPES, SCOPES)
def test_each_is_warned_of_each_lot_once(old: RecallScope, new: RecallScope) -> None:
    sent: list[Notice] = []
    for scope in (old, widen(old, new), widen(old, new)):
        sent += [
            Notice(
                id="n", recall_id="r", reach=due.reach, member_id=due.member_id, party=due.party, version=1,
                lots=due.lots, sent_at=0,
            )
            for due in due_notices(scope, sent)
        ]  # fmt: skip
    told = [(notice.reach, notice.member_id, handed.lot) for notice in sent for handed in notice.lots]
    assert len(told) == len(set(told)) == len(warned_of(widen(old, new)))


def test_two_different_people_decide_about_one_version() -> None:
    first = approve(RECALL, (RecallAct.SEND, 2), (), person("a"), 1)
    assert not is_decided(RecallAct.SEND, 2, [first])
    with pytest.raises(Refusal, match="recall-second-person"):
        approve(RECALL, (RecallAct.SEND, 2), [first], person("a"), 2)
    both = [first, approve(RECALL, (RecallAct.SEND, 2), [first], person("b"), 2)]
    assert is_decided(RecallAct.SEND, 2, both)
    assert not is_decided(RecallAct.SEND, 3, both)
    assert not is_decided(RecallAct.CLOSE, 2, both)


@pytest.mark.parametrize(
    "by",
    [
        CONSOLE,
        person("a", member=2),
        replace(person("a"), actor_id=""),
        Principal(actor=Actor.TOKEN, actor_id="0a", member_id=1),
    ],
)
def test_who_is_no_person_of_the_issuer_approves_nothing(by: Principal) -> None:
    with pytest.raises(Forbidden, match="recall-person"):
        approve(RECALL, (RecallAct.SEND, 2), (), by, 1)


def test_an_older_version_and_another_state_are_not_approved() -> None:
    with pytest.raises(Refusal, match="recall-version"):
        approve(RECALL, (RecallAct.SEND, 1), (), person("a"), 1)
    with pytest.raises(Refusal, match="recall-state"):
        approve(RECALL, (RecallAct.CLOSE, 2), (), person("a"), 1)
    stale = [Approval(act=RecallAct.SEND, version=1, person="a", at=0)]
    assert approve(RECALL, (RecallAct.SEND, 2), stale, person("a"), 1).version == 2
