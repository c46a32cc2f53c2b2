"""Work out a report of the sector's profile over the events of a period that somebody may see."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import islice
from typing import Any, Final

from filiere_platform.domain.account_sentences import UNKNOWN_COUNTER
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.case_sentences import UNKNOWN_MACHINE
from filiere_platform.domain.counter_account import Counter, counters_of
from filiere_platform.domain.event_matching import shown_view
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.event_view import EventView
from filiere_platform.domain.graph import ends_of
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.record import EVENT_TYPE_CODES, OBJECT_ROLES
from filiere_platform.domain.report_sentences import EMPTY_PERIOD, TOO_LARGE, UNKNOWN_REPORT
from filiere_platform.domain.report_things import VOCABULARIES, described_rows, things_named_by
from filiere_platform.domain.reported_event import is_withheld_in_part, reported_event
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.domain.trace_quantities import plain
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.contents import Contained, Content, ContentsReader
from filiere_platform.usecases.events_in_force import events_in_force
from filiere_schemas.epcis.event import EventType
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.sectors.judging import CompiledProfile
from filiere_schemas.sectors.machine import machine_documents
from filiere_schemas.sectors.profile import Profile, listed_in
from filiere_schemas.sectors.report import CONTENTS, KDES, Report, reports_of
from filiere_schemas.sectors.report_rows import FilledSheet, ReportRows

MOST_EVENTS: Final = 20_000  # read for one answer: some seconds of one request
MOST_ROWS: Final = 100_000
MOST_THINGS: Final = 5_000  # that one report describes
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
    prefixes: Mapping[str, str]  # of names of extensions and attributes
    machines: Mapping[str, dict[str, Any]]  # as documents, which a case keeps

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
            prefixes=profile.content.get("profile.toml", {}).get("prefixes", {}),
            machines=machine_documents(profile),
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

    def machine(self, name: str) -> dict[str, Any]:
        """Give a state machine by its name, as a document.

        Raises:
            Refusal: code `case-machine`.
        """
        if name in self.machines:
            return self.machines[name]
        values = {"sector": self.sector, "found": name[:80], "expected": ", ".join(sorted(self.machines)) or "-"}
        raise Refusal([Problem(sentence=UNKNOWN_MACHINE, pointer="/machine", values=values)])


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
    rows, too_large = ReportRows(question.report, lot), _too_large(question)
    contents = None
    if question.report.asks_for(CONTENTS):
        contents = ContentsReader.open(uow, viewer, most=question.most_events, too_many=too_large)
    keys = () if lot is None else (lot,) if contents is None else contents.around(lot)
    query = _query(reporting, question, keys)
    with_kdes = question.report.asks_for(KDES)
    events = withheld = erased = 0
    walk = events_in_force(uow, viewer, query, most=question.most_events, too_many=too_large)
    for stored, contained in _with_contents(walk, contents):
        if lot is not None and contained is not None and not contained.concerns(lot):
            continue  # of a unit that held it at another time
        stated = None if contained is None else [_stated(each) for each in contained.contents]
        reported = reported_event(reporting.compiled, stored, with_kdes=with_kdes, contents=stated)
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
        sheets=_described(uow, viewer, reporting, rows.sheets(), too_large),
        events=events,
        withheld=withheld,
        erased=erased,
    )


def _described(
    uow: UnitOfWork, viewer: Viewer, reporting: Reporting, sheets: tuple[FilledSheet, ...], too_large: Refusal
) -> tuple[FilledSheet, ...]:
    """Fill the sheets of things: what the others name, as its reader may know it."""
    members: dict[int, str] = {}
    filled = []
    for each in sheets:
        if each.sheet.things is None:
            filled.append(each)
            continue
        keys = things_named_by(sheets, each.sheet.things)
        if len(keys) > MOST_THINGS:
            raise too_large
        seen = uow.master_data.seen_by(viewer, uow.links.parties())
        entries = [entry for name in VOCABULARIES[each.sheet.things] for entry in seen.described(name, keys)]
        members = members or {member.id: member.uri for member in uow.members.all()}
        rows = described_rows(each.sheet, keys, entries, members, reporting.prefixes)
        filled.append(FilledSheet(sheet=each.sheet, rows=rows))
    return tuple(filled)


def _with_contents(
    walk: Iterator[StoredEvent | EventView], contents: ContentsReader | None
) -> Iterator[tuple[StoredEvent | EventView, Contained | None]]:
    """Give events with what was in their units, where that is asked for; of a view it is not known."""
    while page := list(islice(walk, _AT_ONCE)):
        found = {} if contents is None else contents.of([each for each in page if isinstance(each, StoredEvent)])
        for each in page:
            yield each, found.get(each.log_index, None if contents is None else _contained_in(each))


def _contained_in(stored: StoredEvent | EventView) -> Contained:
    """Read what an event names itself, where nothing tells what was in it."""
    shown = shown_view(stored) if isinstance(stored, EventView) else None
    ends = () if shown is None else ends_of(shown.event)
    return Contained(frozenset(end.key for end in ends), ())


def _stated(content: Content) -> dict[str, Any]:
    """Say what lay in a unit as the members of an event are said; what is not known has no member."""
    stated = content._asdict()
    if content.quantity is not None:
        stated["quantity"] = Decimal(plain(content.quantity))
    return {name: value for name, value in stated.items() if value is not None}


def _query(reporting: Reporting, question: ReportQuestion, keys: tuple[str, ...]) -> EventQuery:
    types = {EVENT_TYPE_CODES[reporting.types[name]] for name in question.report.ctes}
    return EventQuery(
        event_types=tuple(sorted(types)),
        event_from=question.start,
        event_before=question.stop,
        matches=((frozenset(OBJECT_ROLES), keys),) if keys else (),
        limit=_AT_ONCE,
    )


def _too_large(question: ReportQuestion) -> Refusal:
    values = {"events": question.most_events, "rows": question.most_rows}
    return Refusal([Problem(sentence=TOO_LARGE, values=values)])
