"""Follow the log for accounts that break a limit of their counter: those that a round's events enter are judged anew.

An account is judged for each member that recorded one of these events, over what that member may see; it is closed by
what mends it, of whatever time, and by the event that declares what was wrong erroneous.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from dataclasses import replace

from filiere_platform.domain.audience import OPERATOR, Viewer
from filiere_platform.domain.counter_account import ANY_SUBJECT, account_of, counters_within
from filiere_platform.domain.counter_watch import (
    MOST_WATCHED,
    RULES,
    Entry,
    Watch,
    Watched,
    broken_limit,
    not_watched,
)
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.finding import Finding
from filiere_platform.domain.neighbour_rules import changes
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.account import counted_event
from filiere_platform.usecases.finding_round import FindingRound, open_round
from filiere_schemas.sectors.judging import CompiledProfile

CURSOR = "counters."  # followed by what is counted
ROUND = 100  # log indexes of one commit: each account that they enter is read whole

log = logging.getLogger(__name__)


def begin_to_watch(uow: UnitOfWork, watch: Watch) -> None:
    """Read the log from its beginning where something else was counted before; what was found is found again."""
    mine = CURSOR + watch.digest
    if uow.cursors.is_set(mine):
        return
    uow.counter_entries.clear()
    uow.findings.clear(RULES)
    for name in uow.cursors.named(CURSOR):
        uow.cursors.remove(name)
    uow.cursors.move(mine, 0)


def read_counter_round(uow: UnitOfWork, watch: Watch, profile: CompiledProfile, *, limit: int = ROUND) -> FindingRound:
    """Judge the accounts that the events past the cursor enter, or leave; nothing is changed."""
    found = open_round(uow, CURSOR + watch.digest, limit=min(limit, ROUND))
    stored = uow.events.visible_to(OPERATOR).records(range(found.after, found.stop))
    if not stored:
        return found
    entries = [entry for each in stored if not each.declares_error for entry in _entries(each, watch, profile)]
    touched = [*entries, *uow.counter_entries.of_records(_taken_back(uow, stored))]
    authors = {each.log_index: each.member_id for each in stored}
    accounts = _accounts(watch, touched, authors, set(authors.values()))
    now = stored[-1].stored_at
    holding = [
        replace(finding, first_seen=now, opens_at=now)
        for account in accounts
        for finding in _judged(uow, watch, profile, account, entries, found.stop)
    ]
    names = sorted({account.name for account in accounts})
    asked = {(account.name, account.member_id) for account in accounts}
    kept = [
        each
        for rule in RULES
        for each in uow.findings.of_subjects(rule, names)
        if (each.subject, each.member_id) in asked
    ]
    first = {each.name: each for each in kept}
    told = [
        replace(each, first_seen=first[each.name].first_seen, opens_at=first[each.name].opens_at)
        if each.name in first
        else each
        for each in holding
    ]
    found_now = changes(told, kept, now)
    closed = [replace(each, closed_at=now) for each in (*found_now.over, *found_now.never_told)]
    return replace(
        found,
        findings=found_now.new,
        closed=[*closed, *(replace(each, closed_at=None) for each in found_now.again)],
        restated=found_now.restated,
        entries=entries,
        at=now,
    )


def _entries(stored: StoredEvent, watch: Watch, profile: CompiledProfile) -> list[Entry]:
    """Give what an event enters; one that the judgement fails at is left out loudly, and keeps no other from its own.

    One of which anything is sealed may enter any account: who cannot open it may know that it is there.
    """
    try:
        counted = counted_event(stored, profile)
        if counted is None:
            return []
        return list(watch.entries(counted._replace(sealed=True) if stored.disclosures else counted))
    except Exception:
        log.exception("counter_watch.record_failed", extra={"index": stored.log_index})
        return []


def _taken_back(uow: UnitOfWork, stored: Iterable[StoredEvent]) -> set[int]:
    """Give the records that events of a round declare erroneous."""
    found: set[int] = set()
    for each in stored:
        if each.declares_error:
            own = uow.events.visible_to(Viewer(member_id=each.member_id))
            query = EventQuery(event_ids=(each.event_id,), limit=100)
            found |= {other.log_index for other in own.find(query) if other.member_id == each.member_id}
    return found


def _accounts(
    watch: Watch, touched: Collection[Entry], authors: dict[int, int], members: Collection[int]
) -> list[Watched]:
    """Give the accounts to judge: each for who recorded what enters it, or took it back."""
    found: dict[Watched, None] = {}
    for entry in touched:
        by = {authors[entry.log_index]} if entry.log_index in authors else members
        for counter, subject in watch.accounts([entry]):
            found |= {Watched(counter, subject, member): None for member in by}
    return list(found)


def _judged(  # noqa: PLR0917 - an account, by what it is judged, and how far
    uow: UnitOfWork, watch: Watch, profile: CompiledProfile, account: Watched, new: Iterable[Entry], before: int
) -> Iterable[Finding]:
    counter = watch.counters[account.counter]
    names = [each.name for each in counters_within(counter.name, watch.counters)]
    subjects = (account.subject, ANY_SUBJECT)
    kept = uow.counter_entries.indexes(names, subjects, limit=MOST_WATCHED + 1)
    added = {entry.log_index for entry in new if entry.counter in names and entry.subject in subjects}
    indexes = sorted({*kept, *added})
    if len(indexes) > MOST_WATCHED:
        return [not_watched(account, counter, indexes[MOST_WATCHED])]
    seen = uow.events.visible_to(Viewer(member_id=account.member_id))
    records = seen.records(indexes)
    gone = seen.taken_back_among([each.log_index for each in records], before=before)
    counted = {
        each.log_index: event
        for each in records
        if not each.declares_error
        and each.log_index not in gone
        and (event := counted_event(each, profile)) is not None
    }
    worked = account_of(counter.name, account.subject, counted.values(), watch.counters, uow.policies().balance)
    told = broken_limit(account, counter, worked, {each.log_index: each.sha256 for each in records})
    return [] if told is None else [told]
