"""Work out a report of the sector's profile over the events of a period that somebody may see."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from filiere_platform.domain.account_sentences import UNKNOWN_COUNTER
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.counter_account import Counter, counters_of
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.record import EVENT_TYPE_CODES, OBJECT_ROLES
from filiere_platform.domain.report_sentences import EMPTY_PERIOD, TOO_LARGE, UNKNOWN_REPORT
from filiere_platform.domain.reported_event import is_withheld_in_part, reported_event
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.events_in_force import events_in_force
from filiere_schemas.epcis.event import EventType
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.sectors.judging import CompiledProfile
from filiere_schemas.sectors.profile import Profile, listed_in
from filiere_schemas.sectors.report import Report, reports_of
from filiere_schemas.sectors.report_rows import FilledSheet, ReportRows

MOST_EVENTS: Final = 20_000  # read for one answer: some seconds of one request
MOST_ROWS: Final = 100_000
_AT_ONCE: Final = 200  # events in memory


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """The profile by which reports and accounts are worked out, and what tells which CTE an event is."""

    sector: str
    version: str
    reports: Mapping[str, Report]
    counters: Mapping[str, Counter]
    compiled: CompiledProfile
    types: Mapping[str, EventType]  # of the events of each CTE

    @classmethod
    def of(cls, profile: Profile, compiled: CompiledProfile) -> Reporting:
        """Take the reports and counters of a profile that has been checked."""
        return cls(
            sector=profile.name,
            version=profile.version,
            reports=reports_of(profile),
            counters=counters_of(listed_in(profile.content, "counters.toml", "counter")),
            compiled=compiled,
            types={cte.name: EventType(cte.type) for cte in profile.ctes},
        )

    def report(self, name: str) -> Report:
        """Give a report by its name.

        Raises:
            Refusal: code `report-unknown`.
        """
        if name in self.reports:
            return self.reports[name]
        values = {"sector": self.sector, "found": name, "expected": ", ".join(sorted(self.reports)) or "-"}
        raise Refusal([Problem(sentence=UNKNOWN_REPORT, values=values)])

    def counter(self, name: str) -> Counter:
        """Give a counter by its name.

        Raises:
            Refusal: code `counter-unknown`.
        """
        if name in self.counters:
            return self.counters[name]
        values = {"sector": self.sector, "found": name, "expected": ", ".join(sorted(self.counters)) or "-"}
        raise Refusal([Problem(sentence=UNKNOWN_COUNTER, values=values)])


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportQuestion:
    """A report, and of which events: those that may have happened from `start` on and before `stop`, in microseconds.

    Of one lot, in any form of its URI, or of all.
    """

    report: Report
    start: int
    stop: int
    lot: str | None = None
    most_events: int = MOST_EVENTS
    most_rows: int = MOST_ROWS


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkedReport:
    """A report that has been worked out, and what is not in it."""

    question: ReportQuestion
    reporting: Reporting
    sheets: tuple[FilledSheet, ...]
    events: int  # that make rows
    withheld: int  # of these, so many of which some field is not shown to who asks
    erased: int  # whose payload is gone: they make no row


def work_out_report(uow: UnitOfWork, viewer: Viewer, reporting: Reporting, question: ReportQuestion) -> WorkedReport:
    """Work a report out over what somebody may see; events that their senders declared erroneous make no rows.

    Raises:
        Refusal: codes `report-period`, `report-too-large`.
        InvalidIdentifier: the lot's identifier is not one.
    """
    if question.start >= question.stop:
        values = {"start": iso_instant(question.start), "stop": iso_instant(question.stop)}
        raise Refusal([Problem(sentence=EMPTY_PERIOD, values=values)])
    lot = None if question.lot is None else canonical_key(question.lot)
    rows = ReportRows(question.report, lot)
    events = withheld = erased = 0
    with_kdes = question.report.asks_for_kdes
    query, too_large = _query(reporting, question, lot), _too_large(question)
    for stored in events_in_force(uow, viewer, query, most=question.most_events, too_many=too_large):
        reported = reported_event(reporting.compiled, stored, with_kdes=with_kdes)
        if reported is None:
            erased += 1
        elif reported.cte in question.report.ctes:
            events += 1
            withheld += is_withheld_in_part(stored)
            rows.add(reported)
        if rows.count > question.most_rows:
            raise too_large
    return WorkedReport(
        question=question,
        reporting=reporting,
        sheets=rows.sheets(),
        events=events,
        withheld=withheld,
        erased=erased,
    )


def _query(reporting: Reporting, question: ReportQuestion, lot: str | None) -> EventQuery:
    types = {EVENT_TYPE_CODES[reporting.types[name]] for name in question.report.ctes}
    return EventQuery(
        event_types=tuple(sorted(types)),
        event_from=question.start,
        event_before=question.stop,
        matches=() if lot is None else ((frozenset(OBJECT_ROLES), (lot,)),),
        limit=_AT_ONCE,
    )


def _too_large(question: ReportQuestion) -> Refusal:
    values = {"events": question.most_events, "rows": question.most_rows}
    return Refusal([Problem(sentence=TOO_LARGE, values=values)])
