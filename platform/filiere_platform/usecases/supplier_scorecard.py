"""Gather what a scorecard judges, through the gate and nothing else.

A record counts as a company's word only if it is that company's: a rival who declares shipments in a partner's name
spoils nobody's figures. Whose word it is follows from the record's sender, and from what it names that sender by.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.finding import FindingQuery
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.member import Directory, Member
from filiere_platform.domain.record import ActionCode, EventTypeCode, Role
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.domain.supplier import KeptPartner
from filiere_platform.domain.supplier_scorecard import RECEIVING, SHIPPING, Card, Deliveries, Move, judge
from filiere_platform.domain.traced_event import TracedEvent, group_ends, object_nodes
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.supplier_view import ZONE

MOST_RECORDS = 5_000  # of a period in one direction; beyond, the card says that it is cut
MOST_FINDINGS = 5_000
USUAL_DAYS = 365  # of a period that nobody named
PAGE = 500
SOURCES = frozenset({Role.SOURCE_OWNING_PARTY, Role.SOURCE_POSSESSING_PARTY, Role.SOURCE_LOCATION, Role.SOURCE_OTHER})
DESTINATIONS = frozenset(
    {
        Role.DESTINATION_OWNING_PARTY,
        Role.DESTINATION_POSSESSING_PARTY,
        Role.DESTINATION_LOCATION,
        Role.DESTINATION_OTHER,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard:
    """How a partner did in a period, from it to the member and back."""

    first: date
    last: date
    received: Card
    sent: Card
    findings: Mapping[str, tuple[int, ...]]  # rule -> numbers of the viewer's own findings about these deliveries
    is_cut: bool


def score_partner(
    uow: UnitOfWork, member: Member, kept: KeptPartner, directory: Directory, *, first: date, last: date, now: int
) -> Scorecard:
    """Judge the deliveries between a member and a partner whose shipment or reception happened in a period of days."""
    mine, theirs = frozenset({member.uri, *member.identifiers}), kept.partner.keys
    period = (_begin(first), _begin(last + timedelta(days=1)))
    gathering = _Gathering(uow, member, directory)
    received = gathering.deliveries(givers=theirs, takers=mine, period=period)
    sent = gathering.deliveries(givers=mine, takers=theirs, period=period)
    return Scorecard(
        first=first,
        last=last,
        received=judge(received, now=now),
        sent=judge(sent, now=now),
        findings=gathering.findings(now),
        is_cut=gathering.is_cut,
    )


class _Gathering:
    def __init__(self, uow: UnitOfWork, member: Member, directory: Directory) -> None:
        self._uow = uow
        self._viewer = Viewer(member_id=member.id)
        self._events = uow.events.visible_to(self._viewer)
        self._parties, self._members = directory.parties, directory.members
        self._indexes: set[int] = set()
        self._nodes: set[int] = set()
        self.is_cut = False

    def deliveries(self, *, givers: Collection[str], takers: Collection[str], period: tuple[int, int]) -> Deliveries:
        """Gather what passed from some parties to others."""
        records = {event.log_index: event for event in self._between(givers, takers, period)}
        objects = self._events.objects_of(records)
        nodes = {node for listed in objects.values() for node in listed}
        traced = group_ends(self._events.ends_touching(nodes) if nodes else (), {})
        packed = _packed(traced.values())
        beside = {each for node in nodes for each in packed[node]} - nodes
        traced |= group_ends(self._events.ends_touching(beside) if beside else (), traced)
        hidden = self._events.hidden_at(nodes | beside)
        # A record that was taken back is in no trace any more; whose word it was is still to be known.
        told = group_ends(self._events.ends_of(list(records)) if records else (), {})
        of_giver = {index for index, event in told.items() if self._is_word_of(event, givers, SOURCES)}
        withdrawn = {each for listed in self._events.withdrawn_touching(nodes).values() for each in listed}
        self._indexes |= records.keys()
        self._nodes |= nodes
        stored = {event.log_index: event.stored_at for event in self._events.records(traced)}
        return Deliveries(
            shipments=[
                _move(event, stored)
                for index, event in sorted(traced.items())
                if index in of_giver and event.biz_step in SHIPPING
            ],
            receptions=[
                _move(event, stored)
                for _, event in sorted(traced.items())
                if event.biz_step in RECEIVING and self._is_word_of(event, takers, DESTINATIONS)
            ],
            named=frozenset(records),
            corrected=sorted(withdrawn & of_giver),
            around=lambda node: {node, *packed.get(node, ())},
            hidden=hidden,
        )

    def findings(self, now: int) -> dict[str, tuple[int, ...]]:
        """Give the member's own findings about the records and objects of these deliveries, by rule."""
        keys = {row.key for row in self._uow.nodes.read(self._nodes).values()}
        found: dict[str, list[int]] = defaultdict(list)
        query = FindingQuery(now=now, limit=MOST_FINDINGS)
        for finding in self._uow.findings.visible_to(self._viewer).find(query):
            if finding.id is not None and (finding.log_index in self._indexes or finding.subject in keys):
                found[finding.rule].append(finding.id)
        return {rule: tuple(numbers) for rule, numbers in sorted(found.items())}

    def _between(
        self, givers: Collection[str], takers: Collection[str], period: tuple[int, int]
    ) -> Iterable[StoredEvent]:
        """Find visible records that name one of the givers as source and one of the takers as destination."""
        if not givers:
            return
        query = EventQuery(
            matches=((SOURCES, tuple(sorted(givers))), (DESTINATIONS, tuple(sorted(takers)))),
            event_from=period[0],
            event_before=period[1],
            limit=PAGE,
        )
        count = 0
        while True:
            page = self._events.find(query)
            yield from page
            count += len(page)
            if len(page) < PAGE:
                return
            if count >= MOST_RECORDS:
                self.is_cut = True
                return
            query = replace(query, after=page[-1].log_index)

    def _is_word_of(self, event: TracedEvent, parties: Collection[str], roles: Collection[Role]) -> bool:
        """Whether a record is the own word of one of some parties: by its sender's URI, or the name it gives itself."""
        if self._members[event.member_id].uri in parties:
            return True
        nodes = [node for role in roles for node in event.nodes(role)]
        named = {row.key for row in self._uow.nodes.read(nodes).values()} if nodes else set()
        return any(key in parties and self._parties.get(key) == event.member_id for key in named)


def _move(event: TracedEvent, stored: Mapping[int, int]) -> Move:
    return Move(
        index=event.log_index,
        nodes=tuple(sorted(object_nodes(event))),
        earliest=event.earliest,
        latest=event.latest,
        stored_at=stored[event.log_index],
    )


def _packed(events: Iterable[TracedEvent]) -> dict[int, set[int]]:
    """Say what was packed with what, by visible records: a pallet with what is on it, both ways."""
    found: dict[int, set[int]] = defaultdict(set)
    for event in events:
        adds = event.type is EventTypeCode.AGGREGATION and event.action is not ActionCode.DELETE
        if adds and event.parent is not None:
            for node in object_nodes(event) - {event.parent}:
                found[event.parent].add(node)
                found[node].add(event.parent)
    return found


def _begin(day: date) -> int:
    return microseconds(datetime.combine(day, time.min, ZONE))
