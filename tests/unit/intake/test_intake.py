"""The intake's two threads: turns among senders, groups, what fails alone, an end that loses nothing."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread

import pytest

from builders.intake import Desk, a_parcel, a_plain_event
from filiere_platform.domain.capture import Outcome, Status
from filiere_platform.domain.credential import Credential, Unauthenticated
from filiere_platform.domain.storage import RowsRefused
from filiere_platform.usecases.capture import AtomicRefusal, Parcel
from filiere_platform.worker.intake import CHUNK, WORTH_A_COMMIT, Intake, Overloaded

OpenIntake = Callable[..., Intake]
SECONDS = 30  # for a future on a busy machine; no test waits for time to pass


def statuses(future: Future[list[Outcome]]) -> list[Status]:
    return [outcome.status for outcome in future.result(SECONDS)]


def submit_noted(intake: Intake, parcel: Parcel, order: list[str], name: str) -> Future[list[Outcome]]:
    future = intake.submit(parcel)
    future.add_done_callback(lambda _: order.append(name))
    return future


def wait_until_all_is_prepared(intake: Intake) -> None:
    """A stranger is turned away by the prepare thread, after everybody whose turn came before."""
    stranger = Parcel(sender=Credential("0" * 12, b""), payloads=(b"{}",), signed=False)
    assert isinstance(intake.submit(stranger).exception(SECONDS), Unauthenticated)


def test_what_arrives_during_a_commit_shares_the_next_one(desk: Desk, open_intake: OpenIntake) -> None:
    intake, members = open_intake(), [desk.member(n) for n in range(1, 6)]
    desk.before_committing.close()
    first = intake.submit(a_parcel(members[0], 0))
    desk.before_committing.wait_until_somebody_stands_before_it()
    others = [intake.submit(a_parcel(member, number)) for number, member in enumerate(members, 1)]
    wait_until_all_is_prepared(intake)
    desk.before_committing.open()
    assert [statuses(future) for future in (first, *others)] == [[Status.STORED]] * 6
    assert desk.groups == [1, 5]


def test_what_is_ready_waits_for_single_records_that_soon_are(desk: Desk, open_intake: OpenIntake) -> None:
    intake, members = open_intake(), [desk.member(n) for n in range(1, 9)]
    desk.before_preparing.close()
    futures = [intake.submit(a_parcel(member, number)) for number, member in enumerate(members)]
    desk.before_preparing.open()
    assert [statuses(future) for future in futures] == [[Status.STORED]] * 8
    assert desk.groups == [8]


def test_a_single_record_does_not_wait_for_a_large_parcel(desk: Desk, open_intake: OpenIntake) -> None:
    intake, crowd, single = open_intake(), desk.member(1), desk.member(2)
    desk.before_preparing.close()
    small = intake.submit(a_parcel(single, 0))
    large = intake.submit(a_parcel(crowd, *range(1, 3 * CHUNK), atomic=True))
    desk.before_preparing.open()
    assert statuses(small) == [Status.STORED]
    assert statuses(large) == [Status.STORED] * (3 * CHUNK - 1)
    assert desk.groups == [1, 3 * CHUNK - 1]


def test_who_is_ready_does_not_wait_as_long_as_others_keep_coming(desk: Desk, open_intake: OpenIntake) -> None:
    intake, members = open_intake(group_size=10_000), [desk.member(n) for n in range(1, 5)]
    desk.before_preparing.close()
    futures = [intake.submit(a_parcel(members[number % 4], number)) for number in range(20 * WORTH_A_COMMIT)]
    desk.before_preparing.open()
    assert [statuses(future) for future in futures] == [[Status.STORED]] * len(futures)
    assert desk.groups[0] >= WORTH_A_COMMIT
    assert len(desk.groups) > 1


def test_senders_take_turns_before_they_are_verified(desk: Desk, open_intake: OpenIntake) -> None:
    intake, crowd, single = open_intake(group_size=1), desk.member(1), desk.member(2)
    order: list[str] = []
    desk.before_preparing.close()
    futures = [submit_noted(intake, a_parcel(crowd, n), order, f"crowd {n}") for n in range(20)]
    desk.before_preparing.wait_until_somebody_stands_before_it()
    futures.append(submit_noted(intake, a_parcel(single, 0), order, "single"))
    desk.before_preparing.open()
    assert [statuses(future) for future in futures] == [[Status.STORED]] * 21
    assert "single" in order[:3]
    assert [name for name in order if name != "single"] == [f"crowd {n}" for n in range(20)]


def test_members_take_turns_before_the_commit(desk: Desk, open_intake: OpenIntake) -> None:
    intake, crowd, single = open_intake(group_size=1), desk.member(1), desk.member(2)
    order: list[str] = []
    desk.before_committing.close()
    futures = [submit_noted(intake, a_parcel(crowd, n), order, "crowd") for n in range(20)]
    for _ in futures:  # a stranger takes its turn with the crowd: after twenty of them all the crowd is prepared
        wait_until_all_is_prepared(intake)
    futures.append(submit_noted(intake, a_parcel(single, 0), order, "single"))
    wait_until_all_is_prepared(intake)
    desk.before_committing.open()
    for future in futures:
        assert statuses(future) == [Status.STORED]
    assert "single" in order[:3]


@pytest.mark.parametrize("atomic", [False, True])
def test_a_large_parcel_is_verified_in_slices_between_which_others_have_their_turn(
    desk: Desk, open_intake: OpenIntake, *, atomic: bool
) -> None:
    intake, crowd, single = open_intake(group_size=1), desk.member(1), desk.member(2)
    order: list[str] = []
    desk.before_preparing.close()
    large = submit_noted(intake, a_parcel(crowd, *range(3 * CHUNK), atomic=atomic), order, "large")
    small = submit_noted(intake, a_parcel(single, 0), order, "small")
    desk.before_preparing.open()
    assert statuses(small) == [Status.STORED]
    assert statuses(large) == [Status.STORED] * 3 * CHUNK
    assert order == ["small", "large"]
    assert sorted(desk.groups) == ([1, 3 * CHUNK] if atomic else [1, CHUNK, CHUNK, CHUNK])


def test_an_atomic_parcel_has_a_group_of_its_own(desk: Desk, open_intake: OpenIntake) -> None:
    intake, members = open_intake(), [desk.member(n) for n in range(1, 5)]
    desk.before_committing.close()
    first = intake.submit(a_parcel(members[0], 0))
    desk.before_committing.wait_until_somebody_stands_before_it()
    before = intake.submit(a_parcel(members[1], 1))
    whole = intake.submit(a_parcel(members[2], 2, 3, atomic=True))
    after = intake.submit(a_parcel(members[3], 4))
    wait_until_all_is_prepared(intake)
    desk.before_committing.open()
    assert [statuses(f) for f in (first, before, after)] == [[Status.STORED]] * 3
    assert statuses(whole) == [Status.STORED] * 2
    assert desk.groups == [1, 1, 2, 1]


def test_an_atomic_parcel_with_one_bad_event_stores_nothing_and_says_which(desk: Desk, open_intake: OpenIntake) -> None:
    intake, member = open_intake(), desk.member(1)
    payloads = (a_plain_event(1), b'{"type": "ObjectEvent"}', a_plain_event(2))
    size = desk.log_size
    refused = intake.submit(Parcel(sender=member, payloads=payloads, signed=False, atomic=True)).exception(SECONDS)
    assert isinstance(refused, AtomicRefusal)
    assert [outcome.status is Status.REFUSED for outcome in refused.outcomes] == [False, True, False]
    assert desk.log_size == size


def test_whoever_is_suspended_between_check_and_commit_is_refused_and_the_others_are_not(
    desk: Desk, open_intake: OpenIntake
) -> None:
    intake, members = open_intake(), [desk.member(n) for n in range(1, 4)]
    desk.before_committing.close()
    held = intake.submit(a_parcel(members[0], 0))
    desk.before_committing.wait_until_somebody_stands_before_it()
    futures = [intake.submit(a_parcel(member, 1)) for member in members]
    wait_until_all_is_prepared(intake)
    desk.suspended(2)
    desk.before_committing.open()
    assert statuses(held) == [Status.STORED]
    assert [statuses(f) for f in futures] == [[Status.STORED], [Status.REFUSED], [Status.STORED]]
    assert [p.code for p in futures[1].result()[0].problems] == ["member-suspended"]


def test_what_the_database_objects_to_fails_alone(desk: Desk, open_intake: OpenIntake) -> None:
    intake, members = open_intake(), [desk.member(n) for n in range(1, 5)]
    desk.objects_to = frozenset({"urn:uuid:00000000-0000-4000-8000-000000000002"})
    desk.before_committing.close()
    futures = [intake.submit(a_parcel(member, number)) for number, member in enumerate(members)]
    wait_until_all_is_prepared(intake)
    desk.before_committing.open()
    assert isinstance(futures[2].exception(SECONDS), RowsRefused)
    assert [statuses(futures[n]) for n in (0, 1, 3)] == [[Status.STORED]] * 3
    assert desk.log_size == 3


def test_a_full_queue_turns_away_what_comes_and_takes_it_once_there_is_room(
    desk: Desk, open_intake: OpenIntake
) -> None:
    intake, members = open_intake(max_queued=4), [desk.member(n) for n in range(1, 4)]
    desk.before_committing.close()
    waiting = [intake.submit(a_parcel(members[0], 0, 1)), intake.submit(a_parcel(members[1], 2, 3))]
    with pytest.raises(Overloaded) as refusal:
        intake.submit(a_parcel(members[2], 4))
    assert [p.code for p in refusal.value.problems] == ["overloaded"]
    desk.before_committing.open()
    assert [statuses(future) for future in waiting] == [[Status.STORED] * 2] * 2
    assert statuses(intake.submit(a_parcel(members[2], 4))) == [Status.STORED]


def test_one_sender_alone_fills_no_more_than_half_of_the_queue(desk: Desk, open_intake: OpenIntake) -> None:
    intake, crowd, single = open_intake(max_queued=8), desk.member(1), desk.member(2)
    desk.before_committing.close()
    first = intake.submit(a_parcel(crowd, 0, 1, 2))
    with pytest.raises(Overloaded):
        intake.submit(a_parcel(crowd, 3, 4))
    other = intake.submit(a_parcel(single, 5, 6))
    desk.before_committing.open()
    assert statuses(first) == [Status.STORED] * 3
    assert statuses(other) == [Status.STORED] * 2


def test_a_parcel_larger_than_the_queue_comes_in_when_nothing_else_waits(desk: Desk, open_intake: OpenIntake) -> None:
    intake, member = open_intake(max_queued=2), desk.member(1)
    assert statuses(intake.submit(a_parcel(member, *range(5)))) == [Status.STORED] * 5


def test_stopping_finishes_what_was_taken_and_turns_away_what_comes(desk: Desk, open_intake: OpenIntake) -> None:
    intake, member = open_intake(), desk.member(1)
    desk.before_committing.close()
    taken = [intake.submit(a_parcel(member, n)) for n in range(5)]
    large = intake.submit(a_parcel(member, *range(10, 10 + 2 * CHUNK), atomic=True))
    stopping = Thread(target=intake.stop)
    stopping.start()
    while intake.is_accepting:
        stopping.join(0.01)
    with pytest.raises(Overloaded):
        intake.submit(a_parcel(member, 9))
    desk.before_committing.open()
    stopping.join(SECONDS)
    assert [statuses(future) for future in taken] == [[Status.STORED]] * 5
    assert statuses(large) == [Status.STORED] * 2 * CHUNK
    assert not intake.is_alive


def test_an_event_too_large_to_attest_is_refused_alone(desk: Desk, open_intake: OpenIntake) -> None:
    intake, member = open_intake(), desk.member(1)
    large = a_plain_event(2).replace(b'"Alpage du Lac"', b'["' + b'","'.join([b"x" * 8_000] * 110) + b'"]')
    future = intake.submit(Parcel(sender=member, payloads=(a_plain_event(1), large, a_plain_event(3)), signed=False))
    assert statuses(future) == [Status.STORED, Status.REFUSED, Status.STORED]
    assert [p.code for p in future.result()[1].problems] == ["envelope-too-large"]


def test_a_parcel_of_nothing_is_answered_with_nothing(open_intake: OpenIntake) -> None:
    assert open_intake().submit(Parcel(sender=1, payloads=(), signed=False)).result(SECONDS) == []


def test_what_the_database_objects_to_in_a_parcel_fails_alone_in_it(desk: Desk, open_intake: OpenIntake) -> None:
    intake, member = open_intake(), desk.member(1)
    desk.objects_to = frozenset({"urn:uuid:00000000-0000-4000-8000-000000000002"})
    outcomes = intake.submit(a_parcel(member, 1, 2, 3)).result(SECONDS)
    assert [outcome.status for outcome in outcomes] == [Status.STORED, Status.REFUSED, Status.STORED]
    assert [problem.code for problem in outcomes[1].problems] == ["record-not-stored"]
    assert desk.log_size == 2
