"""What a sector's retention rules say is due to be erased, and its erasure, one record and one commit at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.erasure import ErasureOrder
from filiere_platform.domain.instant import microseconds, moment
from filiere_platform.domain.sealing import open_record
from filiere_platform.domain.stored_event import StoredEvent
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.erasure import erase_record
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_schemas.provenance.erasure import Erased
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.sectors.retention import Kept, Retention, RetentionRule

PAGE = 500  # records looked at in one transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A record of which something is kept no longer, and by which rule."""

    index: int
    rule: RetentionRule


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """What a run found due by each rule, and how much of it was erased."""

    due: Counter[str] = field(default_factory=Counter)
    erased: int = 0


def author_of(origin: str) -> str:
    """Name the instance as the author of an erasure that its own rules ask for."""
    return f"urn:filiere:instance:{quote(origin, safe='')}"


def find_due(units: UnitsOfWork, retention: Retention, *, now: int) -> Iterator[Due]:
    """Go through the records in log order and give what is due, `now` in microseconds since 1970.

    Each page is a transaction of its own: what is found may be erased, by this or by somebody else, before the next.
    """
    shortest = retention.shortest
    if shortest is None:
        return
    before, after = microseconds(moment(now) - shortest), -1
    while True:
        with units.unit_of_work() as uow:
            indexes = uow.erasures.candidates(before=before, after=after, limit=PAGE)
            found = [due for event in _read(uow, indexes) for due in _due(event, retention, now)]
        yield from found
        if len(indexes) < PAGE:
            return
        after = indexes[-1]


def apply_retention(
    units: UnitsOfWork,
    retention: Retention,
    *,
    receipt_key: SigningKey | None,
    origin: str,
    clock: Callable[[], int],
    may_go_on: Callable[[], bool] = lambda: True,
) -> Applied:
    """Erase what is due, each record in a commit of its own; without a key, only count it."""
    due: Counter[str] = Counter()
    erased = 0
    for each in find_due(units, retention, now=clock()):
        if not may_go_on():
            break
        due[each.rule.name] += 1
        if receipt_key is None:
            continue
        order = ErasureOrder(
            rule=each.rule.name,
            basis=f"{each.rule.fr} / {each.rule.en}",
            author=author_of(origin),
            what=Erased.PAYLOAD if each.rule.what is Kept.PAYLOAD else Erased.DISCLOSURES,
        )
        with units.unit_of_work() as uow:
            done = erase_record(uow, index=each.index, order=order, receipt_key=receipt_key, origin=origin, now=clock())
        erased += done.is_new
    return Applied(due=due, erased=erased)


def _read(uow: UnitOfWork, indexes: list[int]) -> list[StoredEvent]:
    return [event for event in uow.events.visible_to(OPERATOR).records(indexes) if event.body is not None]


def _due(event: StoredEvent, retention: Retention, now: int) -> Iterator[Due]:
    """Give the rules by which something of an event is due: at most one for each thing that may be kept."""
    told = _told(event)
    for what in Kept:
        rule = retention.rule_for(told, what)
        if rule is None or (what is Kept.DISCLOSURES and not event.disclosures):
            continue
        # The end of the event's time counts: what may have happened later is kept as if it had.
        if rule.keep.end(moment(event.latest)) <= moment(now):
            yield Due(index=event.log_index, rule=rule)
            return  # the payload takes the sealed fields with it


def _told(event: StoredEvent) -> dict[str, Any]:
    """Read everything that an event says: a rule may ask for a member that is sealed."""
    return open_record(event.kind, event.body or b"", event.disclosures).value
