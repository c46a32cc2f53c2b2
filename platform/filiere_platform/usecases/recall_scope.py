"""Derive the scope of a recall: the suspects, what was beside them, what became of both, and in whose hands it is.

What the issuer may see is traced through the gate. Whom to warn beyond its consignees is found along the handovers that
givers themselves recorded, private ones too: safety comes before secrecy, and the issuer is told numbers alone
(docs/recall.md).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from filiere_platform.domain import recall_sentences as say
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.instant import microseconds, moment
from filiere_platform.domain.links import GIVING_ROLES, Holders, LinkFact, holders_from
from filiere_platform.domain.recall import Cause, Handed, Reach, RecallQuestion, RecallScope, ScopedLot, Warned
from filiere_platform.domain.record import PLACE_ROLES, ActionCode, NodeKind, Role
from filiere_platform.domain.sealing import open_record
from filiere_platform.domain.trace_quantities import flows_of, makes
from filiere_platform.domain.traced_event import TracedEvent, group_ends, object_nodes
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.links import facts_downstream
from filiere_platform.usecases.trace import Ways, known_objects
from filiere_platform.usecases.trace_set import MOST_ROOTS, SetQuestion, trace_set
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal

_TRACED: Final = frozenset({NodeKind.LOT, NodeKind.ITEM, NodeKind.OTHER})  # what a reused container is not
_PAGE: Final = 1_000
_PARTY_ROLES: Final = GIVING_ROLES - {Role.DESTINATION_LOCATION}

Amount = tuple[Decimal, str | None]


def derive_scope(uow: UnitOfWork, issuer_id: int, question: RecallQuestion) -> RecallScope:
    """Derive what is concerned, as far as it is known now.

    Raises:
        InvalidIdentifier: an object's or a site's identifier is not one.
        Refusal: code `recall-not-own`, `recall-too-wide`, `not-found`.
    """
    viewer = Viewer(member_id=issuer_id)
    causes = _suspects(uow, viewer, issuer_id, question)
    if len(causes) > MOST_ROOTS:
        raise Refusal([Problem(sentence=say.TOO_WIDE, values={"found": len(causes), "expected": MOST_ROOTS})])
    names = {node: key for node, (key, _) in uow.nodes.names(causes).items()}
    asked = SetQuestion(objects=tuple(sorted(names.values())), ways=Ways.DOWN)
    traced = trace_set(uow, viewer, asked)
    nodes = uow.nodes.ids([each["key"] for each in traced["nodes"]])
    own = _Own.read(uow, viewer, issuer_id, nodes.values())
    lots = [
        ScopedLot(
            key=each["key"],
            causes=tuple(causes.get(nodes[each["key"]], (Cause.LINKED,))),
            is_certain=each["certainty"] == "certain",
            produced=amount[0] if amount else None,
            uom=amount[1] if amount else None,
        )
        for each in traced["nodes"]
        for amount in (own.produced(nodes[each["key"]]),)
    ]
    cut = None if traced["cut"] is None else str(traced["cut"]["reason"])
    warned = _warned(uow, issuer_id, own, nodes.values())
    return RecallScope(lots=tuple(sorted(lots, key=lambda lot: lot.key)), warned=warned, cut=cut)


def _suspects(
    uow: UnitOfWork, viewer: Viewer, issuer_id: int, question: RecallQuestion
) -> dict[int, tuple[Cause, ...]]:
    keys, known = known_objects(uow, viewer, question.objects)
    own = _Own.read(uow, viewer, issuer_id, known.values())
    problems = [
        Problem(sentence=say.NOT_OWN, pointer=f"/objects/{at}", values={"object": key[:200]})
        for at, key in enumerate(keys)
        if key not in known or not own.touching(known[key])
    ]
    if problems:
        raise Refusal(problems)
    found: dict[int, list[Cause]] = defaultdict(list)
    for node in known.values():
        found[node].append(Cause.SUSPECT)
    if question.same_line:
        for place, start, stop in _lines(uow, viewer, own, known.values()):
            _note(found, _handled(uow, viewer, issuer_id, (place, start, stop), only_made=True), Cause.LINE)
    for each in question.sites:
        where = canonical_key(each.site), each.start, each.stop
        _note(found, _handled(uow, viewer, issuer_id, where, only_made=False), Cause.SITE)
    return {node: tuple(causes) for node, causes in found.items()}


def _note(found: dict[int, list[Cause]], nodes: Collection[int], cause: Cause) -> None:
    for node in nodes:
        if cause not in found[node]:
            found[node].append(cause)


def _lines(uow: UnitOfWork, viewer: Viewer, own: _Own, suspects: Collection[int]) -> set[tuple[str, int, int]]:
    """Give where and on which day the suspects were made: the calendar day of the event's own time zone."""
    making = {event.log_index: event for node in suspects for event in own.touching(node) if makes(event, node)}
    records = {each.log_index: each for each in uow.events.visible_to(viewer).records(sorted(making))}
    places = {end for event in making.values() for role in PLACE_ROLES for end in event.nodes(role)}
    names = uow.nodes.names(places)
    found = set()
    for index, event in making.items():
        line = [*event.nodes(Role.READ_POINT), *event.nodes(Role.BIZ_LOCATION)][:1]
        record = records.get(index)
        value: dict[str, Any] = {}
        if record is not None and record.body is not None:
            value = open_record(record.kind, record.body, record.disclosures).value
        zone = _zone(value.get("eventTimeZoneOffset"))
        start = moment(event.earliest).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        last = moment(event.latest).astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
        for place in line:
            stop = microseconds(last + timedelta(days=1))
            found.add((names[place][0], microseconds(start), stop))
    return found


def _zone(text: object) -> timezone:
    try:
        offset = datetime.fromisoformat(f"2000-01-01T00:00:00{text}").utcoffset()
    except ValueError:
        offset = None
    return UTC if offset is None else timezone(offset)


def _handled(
    uow: UnitOfWork, viewer: Viewer, issuer_id: int, where: tuple[str, int, int], *, only_made: bool
) -> set[int]:
    """Find what the issuer's own events made, or touched, at a place in a period."""
    place, start, stop = where
    events = uow.events.visible_to(viewer)
    found: list[int] = []
    query = EventQuery(matches=((PLACE_ROLES, (place,)),), event_from=start, event_before=stop, limit=_PAGE)
    while True:
        page = events.find(query)
        found += [each.log_index for each in page if each.member_id == issuer_id and not each.declares_error]
        if len(page) < _PAGE:
            break
        query = EventQuery(
            matches=query.matches, event_from=start, event_before=stop, limit=_PAGE, after=page[-1].log_index
        )
    ends = group_ends(events.ends_of(found), {})
    nodes = {
        end.node_id
        for event in ends.values()
        for role, listed in event.ends.items()
        if role < Role.READ_POINT
        for end in listed
        if not only_made or makes(event, end.node_id)
    }
    kinds = {node: kind for node, (_, kind) in uow.nodes.names(nodes).items()}
    return {node for node in nodes if kinds[node] in _TRACED}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Own:
    """The issuer's own events around some objects."""

    events: Mapping[int, TracedEvent]
    by_node: Mapping[int, list[TracedEvent]]

    @classmethod
    def read(cls, uow: UnitOfWork, viewer: Viewer, issuer_id: int, nodes: Collection[int]) -> _Own:
        ends = uow.events.visible_to(viewer).ends_touching(set(nodes))
        events = {at: each for at, each in group_ends(ends, {}).items() if each.member_id == issuer_id}
        by_node: dict[int, list[TracedEvent]] = defaultdict(list)
        for event in events.values():
            for node in object_nodes(event):
                by_node[node].append(event)
        return cls(events=events, by_node=by_node)

    def touching(self, node: int) -> list[TracedEvent]:
        return self.by_node.get(node, [])

    def produced(self, node: int) -> Amount | None:
        """Add up what the issuer says it made of something; None: nothing, or in units that differ."""
        return _sum(
            (end.quantity, end.uom)
            for event in self.touching(node)
            for role, flow in flows_of(event)
            if flow == "made"
            for end in event.among(role)
            if end.node_id == node
        )

    def handed(self, node: int, by: Collection[int]) -> Amount | None:
        """Add up what was handed over: as the handovers say, or else as what was packed says."""
        named = [self._stated(self.events[at], node) for at in by if at in self.events]
        if named and all(each is not None for each in named):
            return _sum(amount for each in named if each is not None for amount in each)
        packed = [
            (end.quantity, end.uom)
            for event in self.touching(node)
            if event.action is ActionCode.ADD
            for end in event.among(Role.CHILD)
            if end.node_id == node
        ]
        return _sum(packed) if len(by) == 1 else None

    def _stated(self, event: TracedEvent, node: int) -> list[tuple[Decimal | None, str | None]] | None:
        listed = [
            (end.quantity, end.uom)
            for role in (Role.OBJECT, Role.CHILD)
            for end in event.among(role)
            if end.node_id == node
        ]
        return listed or None


def _sum(amounts: Iterable[tuple[Decimal | None, str | None]]) -> Amount | None:
    listed = list(amounts)
    units = {uom for _, uom in listed}
    if len(units) != 1 or any(quantity is None for quantity, _ in listed):
        return None
    return sum((quantity for quantity, _ in listed if quantity is not None), Decimal(0)), units.pop()


def _warned(uow: UnitOfWork, issuer_id: int, own: _Own, nodes: Collection[int]) -> tuple[Warned, ...]:
    kinds = {node: kind for node, (_, kind) in uow.nodes.names(nodes).items()}
    starts = {(issuer_id, node) for node in nodes if kinds[node] in _TRACED}
    facts = facts_downstream(uow, {node for _, node in starts})
    parties = uow.links.parties()
    members = {node: parties[key] for node, key in uow.links.nodes_of(parties).items()}
    outside = _outsiders(facts, issuer_id, members)
    found = holders_from(facts, members | {node: -node for node in outside}, starts)
    return tuple(_group(uow, issuer_id, own, found))


def _outsiders(facts: Iterable[LinkFact], issuer_id: int, members: Mapping[int, int]) -> set[int]:
    """Find to whom the issuer handed something who is no member: parties, or else the places that it names."""
    found: set[int] = set()
    for fact in facts:
        named = {node for role in GIVING_ROLES for node in fact.places.get(role, ())}
        if fact.member_id == issuer_id and not any(node in members for node in named):
            owners = {node for role in _PARTY_ROLES for node in fact.places.get(role, ())}
            found |= owners or named
    return found


def _group(uow: UnitOfWork, issuer_id: int, own: _Own, found: Holders) -> Iterable[Warned]:
    by: dict[tuple[int, int], set[int]] = defaultdict(set)
    for giver, node, taker, index in found.handovers:
        if giver == issuer_id and taker != issuer_id:
            by[taker, node].add(index)
    names = uow.nodes.names({node for _, node in found.held} | {-taker for taker, _ in by if taker < 0})
    uris = {member.id: member.uri for member in uow.members.all()}
    lots: dict[tuple[Reach, int], list[Handed]] = defaultdict(list)
    for holder, node in found.held:
        if names[node][1] not in _TRACED:
            continue
        amount = own.handed(node, by[holder, node]) if (holder, node) in by else None
        reach = Reach.OWN if holder == issuer_id else Reach.FORWARDED
        if (holder, node) in by:
            reach = Reach.OUTSIDE if holder < 0 else Reach.DIRECT
        quantity, uom = amount or (None, None)
        lots[reach, holder].append(Handed(lot=names[node][0], quantity=quantity, uom=uom))
    for (reach, holder), handed in sorted(lots.items()):
        yield Warned(
            reach=reach,
            member_id=None if holder < 0 else holder,
            party=names[-holder][0] if holder < 0 else uris[holder],
            lots=tuple(sorted(handed, key=lambda each: each.lot)),
        )
