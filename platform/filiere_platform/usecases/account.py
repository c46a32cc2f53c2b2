"""Work out the account that a counter of the sector's profile keeps of a subject, over what somebody may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from filiere_platform.domain.account_sentences import ACCOUNT_TOO_LARGE
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.counter_account import (
    Account,
    CountedEvent,
    Counter,
    account_of,
    concerns,
    counters_within,
)
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.event_view import EventView
from filiere_platform.domain.record import EVENT_TYPE_CODES, OBJECT_ROLES, PLACE_ROLES, Role
from filiere_platform.domain.reported_event import is_withheld_in_part, reported_event
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.events_in_force import events_in_force
from filiere_platform.usecases.report import Reporting
from filiere_platform.usecases.trace import open_source
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.sectors.balance import BalanceRules
from filiere_schemas.sectors.judging import CompiledProfile

MOST_EVENTS: Final = 20_000  # read for one answer: some seconds of one request
_AT_ONCE: Final = 200  # events in memory as they were stored
_ROLES: Final[Mapping[str, frozenset[Role]]] = {
    "lot": frozenset(OBJECT_ROLES),
    "item": frozenset(OBJECT_ROLES),
    "site": PLACE_ROLES,
}
_ANYWHERE: Final = frozenset[Role]()
KEPT_BY_KEY: Final = frozenset(_ROLES)  # of whose subjects an identifier is the key


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountQuestion:
    """Whose account, of which counter: any form of the URI of a lot, an item or a site; else as events write it."""

    counter: Counter
    subject: str
    as_of: int | datetime | None = None
    most_events: int = MOST_EVENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedAccount:
    """An account, the log below `as_of` that it was worked out over, and how many events of it are erased."""

    question: AccountQuestion
    reporting: Reporting
    subject: str
    as_of: int
    account: Account
    event_ids: Mapping[int, str]  # by log index
    erased: int

    @property
    def is_complete(self) -> bool:
        """Whether everything that the asker may know of is counted."""
        return not self.account.uncounted and not self.erased


def work_out_account(
    uow: UnitOfWork, viewer: Viewer, reporting: Reporting, question: AccountQuestion, *, rules: BalanceRules
) -> WorkedAccount:
    """Work an account out over what somebody may see, as docs/sectors.md says.

    Raises:
        InvalidIdentifier: the subject is not an identifier, where the counter is kept of such.
        Refusal: codes `as-of-beyond-log`, `account-too-large`.
    """
    before = open_source(uow, viewer, question.as_of).before
    subject = canonical_key(question.subject) if question.counter.per in KEPT_BY_KEY else question.subject
    counters = counters_within(question.counter.name, reporting.counters)
    events: dict[int, CountedEvent] = {}
    erased: set[int] = set()
    for query in _queries(counters, subject, reporting):
        for stored in _walk(uow, viewer, query, question, before):
            counted = counted_event(stored, reporting.compiled)
            if counted is None:
                erased.add(stored.log_index)
            elif any(concerns(each, subject, counted, rules) for each in counters if each.counts(counted.cte)):
                events[counted.log_index] = counted
    return WorkedAccount(
        question=question,
        reporting=reporting,
        subject=subject,
        as_of=before,
        account=account_of(question.counter.name, subject, events.values(), reporting.counters, rules),
        event_ids={index: str(each.event["eventID"]) for index, each in events.items()},
        erased=len(erased),
    )


def _queries(counters: Iterable[Counter], subject: str, reporting: Reporting) -> Iterator[EventQuery]:
    """Ask for the events that counters may count, once for all those that are kept of the same sort of subject."""
    types: dict[frozenset[Role], set[int]] = {}
    for each in counters:
        roles = _ROLES.get(each.per, _ANYWHERE) if isinstance(each.per, str) else _ANYWHERE
        types.setdefault(roles, set()).update(EVENT_TYPE_CODES[reporting.types[cte]] for cte in each.ctes)
    for roles, codes in types.items():
        if codes:
            matches = ((roles, (subject,)),) if roles else ()
            yield EventQuery(event_types=tuple(sorted(codes)), matches=matches, limit=_AT_ONCE)


def _walk(
    uow: UnitOfWork, viewer: Viewer, query: EventQuery, question: AccountQuestion, before: int
) -> Iterator[StoredEvent | EventView]:
    too_large = Refusal([Problem(sentence=ACCOUNT_TOO_LARGE, values={"events": question.most_events})])
    return events_in_force(uow, viewer, query, most=question.most_events, too_many=too_large, before=before)


def counted_event(stored: StoredEvent | EventView, profile: CompiledProfile) -> CountedEvent | None:
    """Read an event as its reader may see it; None once it is erased."""
    reported = reported_event(profile, stored)
    if reported is None:
        return None
    member = stored.member_uri if isinstance(stored, StoredEvent) else ""
    return CountedEvent(
        reported.event, reported.cte, reported.at, stored.log_index, member, is_withheld_in_part(stored)
    )
