"""The worker that follows chains, on both databases: what it finds, and the same however it is stopped."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text

from builders.chained_log import GRACE, HOUR, ChainedLog, a_chain, a_wild_history, numbered, open_chained_log
from builders.instance import Sender
from conftest import Backend
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.finding import INSTANCE, Finding, FindingQuery, FindingState, FindingStep, StepKind
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.store.cursors import CursorStore
from filiere_platform.store.findings import FindingStore
from filiere_platform.usecases.chains import ChainsMoved, forget_chains, keep_round, read_round
from filiere_schemas.provenance.envelope import digest_of


class Killed(BaseException):
    """Stands for the end of the process: nothing behind it runs, and the database rolls back."""


@pytest.fixture
def log(backend: Backend) -> Iterator[ChainedLog]:
    with open_chained_log(backend.folder, database_url=backend.database_url) as opened:
        yield opened


@pytest.fixture
def sender(log: ChainedLog) -> Sender:
    return log.admit("dairy")


def told(log: ChainedLog, now: int | None = None) -> list[tuple[str, int, int, str]]:
    instant = log.clock() if now is None else now
    return [(f.rule, f.low, f.high, f.state_at(instant).value) for f in log.findings(instant)]


def runs(log: ChainedLog) -> list[tuple[int, int]]:
    return [(run.first_seq, run.last_seq) for run in log.segments()]


def test_a_chain_without_a_gap_is_one_row(log: ChainedLog, sender: Sender) -> None:
    records = a_chain(sender, 30)
    log.store(sender, *records)
    log.follower(limit=7).catch_up()
    (run,) = log.segments()
    assert (run.kid, run.first_seq, run.last_seq) == (sender.key.public.thumbprint, 1, 30)
    assert (run.first_prev, run.last_sha256) == (bytes(32), digest_of(records[-1]))
    assert log.findings(log.clock() + GRACE) == []


def test_a_gap_is_told_after_its_grace_and_closes_when_the_record_comes(log: ChainedLog, sender: Sender) -> None:
    first, second, third, fourth = a_chain(sender, 4)
    log.store(sender, first, fourth)
    log.follower().catch_up()
    seen = log.clock()
    assert told(log) == []
    assert told(log, seen + GRACE) == [("chain-gap", 2, 3, "open")]
    (gap,) = log.findings(seen + GRACE)
    before, after = gap.evidence["between"]
    assert (before["seq"], before["sha256"]) == (1, digest_of(first).hex())
    assert (after["seq"], after["sha256"], after["index"]) == (4, digest_of(fourth).hex(), gap.log_index)

    log.clock.advance(GRACE // 1_000 + 1)
    log.store(sender, third)
    log.follower().catch_up()
    # What is left of the gap is as old as the gap.
    assert told(log) == [("chain-gap", 2, 3, "closed"), ("chain-gap", 2, 2, "open")]
    log.store(sender, second)
    log.follower().catch_up()
    assert told(log) == [("chain-gap", 2, 3, "closed"), ("chain-gap", 2, 2, "closed")]
    assert runs(log) == [(1, 4)]


def test_what_was_said_of_a_gap_is_there_again_when_chains_are_derived_anew(log: ChainedLog, sender: Sender) -> None:
    first, second, third = a_chain(sender, 3)
    log.store(sender, first, third)
    log.follower().catch_up()
    log.clock.advance(GRACE // 1_000 + 1)
    (gap,) = log.findings()
    said = FindingStep(number=1, kind=StepKind.EXPLAINED, at=log.clock(), actor="token:a", reason="other", words="Été.")
    with log.platform.database.unit_of_work() as uow:
        uow.findings.take_step(gap, said)
    assert told(log) == [("chain-gap", 2, 2, "explained")]
    with log.platform.database.unit_of_work() as uow:
        assert uow.findings.open_by_rule(log.clock()) == {}
        forget_chains(uow)
    assert log.findings() == []
    log.follower().catch_up()
    (again,) = log.findings()
    assert again.step == said
    log.store(sender, second)
    log.follower().catch_up()
    (closed,) = log.findings()
    assert (closed.state_at(log.clock()), closed.closing) == (FindingState.CLOSED, (closed.closed_at, INSTANCE))


def test_of_two_steps_at_once_the_database_refuses_the_second(log: ChainedLog, sender: Sender) -> None:
    first, _, third = a_chain(sender, 3)
    log.store(sender, first, third)
    log.follower().catch_up()
    (gap,) = log.findings(log.clock() + GRACE)
    said = FindingStep(number=1, kind=StepKind.EXPLAINED, at=1, actor="token:a", reason="other", words="Un.")
    with log.platform.database.unit_of_work() as uow:
        uow.findings.take_step(gap, said)
    with pytest.raises(RowsRefused), log.platform.database.unit_of_work() as uow:
        uow.findings.take_step(gap, replace(said, words="Deux."))
    assert log.findings(log.clock() + GRACE)[0].step == said


def test_a_gap_that_is_mended_within_its_grace_was_never_found(log: ChainedLog, sender: Sender) -> None:
    first, second, third = a_chain(sender, 3)
    log.store(sender, first, third)
    log.follower().catch_up()
    log.clock.advance(HOUR // 1_000)
    log.store(sender, second)
    log.follower().catch_up()
    assert log.findings(log.clock() + 100 * GRACE) == []


def test_a_refusal_and_a_void_close_a_gap(log: ChainedLog, sender: Sender) -> None:
    refused = sender.sign(numbered(1, action="PAINT"))
    discarded = sender.sign(numbered(2))
    last = sender.sign(numbered(3))
    void = sender.void(discarded)
    log.store(sender, last, void)
    log.follower().catch_up()
    assert told(log, log.clock() + GRACE) == [("chain-gap", 1, 1, "open")]
    assert runs(log) == [(2, 4)]
    log.store(sender, refused)
    log.follower().catch_up()
    assert (told(log, log.clock() + GRACE), runs(log)) == ([], [(1, 4)])


def test_the_same_event_signed_again_leaves_no_gap(log: ChainedLog, sender: Sender) -> None:
    log.store(sender, sender.sign(numbered(1)), sender.sign(numbered(1)), sender.sign(numbered(2)))
    log.follower().catch_up()
    assert (told(log, log.clock() + GRACE), runs(log)) == ([], [(1, 3)])


def test_a_fork_is_told_at_once_with_both_records(log: ChainedLog, sender: Sender) -> None:
    first, second, third = a_chain(sender, 3)
    other = sender.sign(numbered(9), seq=2, prev=digest_of(first))
    outcomes = log.store(sender, first, second, third, other)
    log.follower().catch_up()
    assert told(log) == [("chain-fork", 2, 2, "open")]
    (fork,) = log.findings()
    assert [(r["seq"], r["index"], r["sha256"]) for r in fork.evidence["records"]] == [
        (2, outcomes[1].log_index, digest_of(second).hex()),
        (2, outcomes[3].log_index, digest_of(other).hex()),
    ]
    assert runs(log) == [(1, 3), (2, 2)]


def test_a_wrong_predecessor_and_numbers_that_start_again_are_told(log: ChainedLog, sender: Sender) -> None:
    first = sender.sign(numbered(1))
    wrong = sender.sign(numbered(2), prev=b"\x07" * 32)
    again = sender.sign(numbered(3), seq=7, prev=digest_of(first))
    log.store(sender, first, wrong, again)
    log.follower().catch_up()
    assert told(log) == [("chain-prev", 2, 2, "open"), ("chain-seq", 7, 7, "open")]


def test_another_members_records_are_another_chain(log: ChainedLog, sender: Sender) -> None:
    other = log.admit("shop")
    log.store(sender, *a_chain(sender, 2))
    _, second = a_chain(other, 2, first=10)
    log.store(other, second)
    log.follower().catch_up()
    (gap,) = log.findings(log.clock() + GRACE)
    assert (gap.subject, gap.member_id) == (other.key.public.thumbprint, log.ids["shop"])
    query = FindingQuery(now=log.clock() + GRACE)
    with log.platform.database.unit_of_work() as uow:
        seen = {name: uow.findings.visible_to(Viewer(member_id=i)).find(query) for name, i in log.ids.items()}
        assert {name: len(found) for name, found in seen.items()} == {"dairy": 0, "shop": 1}
        assert uow.findings.visible_to(Viewer()).find(query) == []


@pytest.mark.parametrize("seed", range(6))
def test_what_is_found_does_not_depend_on_the_rounds(log: ChainedLog, sender: Sender, seed: int) -> None:
    random_ = random.Random(seed)
    other = log.admit("shop")
    for _ in range(3):
        a_wild_history(log, random_.choice([sender, other]), random_, events=8)
        log.follower(limit=random_.choice([1, 2, 5, 1_000])).catch_up()
    log.follower().catch_up()
    assert log.differences() == []
    kept = (log.segments(), nameless(log.findings(2**62)))
    log.follower(limit=3).catch_up(afresh=True)
    assert (log.segments(), nameless(log.findings(2**62))) == kept


def nameless(findings: list[Finding]) -> list[Finding]:
    """Findings without their numbers, which are given in the order of writing."""
    return sorted((replace(each, id=None) for each in findings), key=lambda each: each.name)


@pytest.mark.parametrize("point", ["advance", "add"])
def test_killed_at_any_point_it_repeats_the_round(
    log: ChainedLog, sender: Sender, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    a_wild_history(log, sender, random.Random(5), events=12)
    owner = {"advance": CursorStore, "add": FindingStore}[point]
    original = getattr(owner, point)

    def kill(*args: Any, **kwargs: Any) -> None:
        original(*args, **kwargs)
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(owner, point, kill)
        with pytest.raises(Killed):
            log.follower(limit=4).catch_up()
    assert log.segments() == []
    log.follower(limit=4).catch_up()
    assert log.segments() != []
    assert log.differences() == []


def test_killed_in_a_rebuild_it_goes_on_from_there(
    log: ChainedLog, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    a_wild_history(log, sender, random.Random(6), events=12)
    log.follower().catch_up()
    kept = log.segments()

    def kill(*_: Any, **__: Any) -> bool:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(CursorStore, "advance", kill)
        with pytest.raises(Killed):
            log.follower().catch_up(afresh=True)
    assert log.segments() == []
    log.follower().catch_up()
    assert (log.segments(), log.differences()) == (kept, [])


def test_of_two_workers_that_read_the_same_round_one_keeps_it(log: ChainedLog, sender: Sender) -> None:
    log.store(sender, *a_chain(sender, 3))
    database = log.platform.database
    with database.unit_of_work() as uow:
        found = read_round(uow)
    with database.unit_of_work() as uow:
        keep_round(uow, found, grace=GRACE)
    with pytest.raises(ChainsMoved), database.unit_of_work() as uow:
        keep_round(uow, found, grace=GRACE)
    assert (runs(log), log.differences()) == ([(1, 3)], [])


def test_who_does_not_lead_does_nothing(log: ChainedLog, sender: Sender) -> None:
    log.store(sender, *a_chain(sender, 3))
    with log.platform.database.leadership("chains") as leads:
        assert leads
        assert log.follower().catch_up() is None
    assert log.segments() == []
    assert log.follower().catch_up() == 4


def test_a_changed_row_is_found_by_deriving_it_again(log: ChainedLog, sender: Sender) -> None:
    first, _, third = a_chain(sender, 3)
    log.store(sender, first, third)
    log.follower().catch_up()
    kid = sender.key.public.thumbprint
    for statement, expected in (
        ("UPDATE chain_segment SET last_index = 77 WHERE first_seq = 3", [(kid, None)]),
        ("UPDATE finding SET high = 7", [(kid, None), *[(kid, "chain-gap")] * 2]),
    ):
        with log.platform.database.unit_of_work() as uow:
            uow._session.execute(text(statement))
        assert log.differences() == expected
    assert log.follower().catch_up(afresh=True) is not None
    assert log.differences() == []


def test_pages_of_findings_follow_each_other(log: ChainedLog, sender: Sender) -> None:
    log.store(sender, *a_chain(sender, 7)[::2])
    log.follower().catch_up()
    late = log.clock() + GRACE
    everything = log.findings(late)
    assert [(gap.low, gap.state_at(late)) for gap in everything] == [(n, FindingState.OPEN) for n in (2, 4, 6)]
    assert log.findings(late, after=everything[0].id, state=FindingState.OPEN) == everything[1:]
    assert log.findings(late, state=FindingState.CLOSED) == []
    assert log.findings(late, rule="chain-fork") == []
    with log.platform.database.unit_of_work() as uow:
        assert uow.findings.open_by_rule(late) == {"chain-gap": 3}
        assert uow.findings.open_by_rule(late - 1) == {}


def test_an_erased_record_keeps_its_place(log: ChainedLog, sender: Sender) -> None:
    records = a_chain(sender, 3)
    outcomes = log.store(sender, *records)
    log.follower().catch_up()
    kept = log.segments()
    log.erase(outcomes[1].log_index)
    assert log.differences() == []
    log.follower().catch_up(afresh=True)
    assert log.segments() == kept
