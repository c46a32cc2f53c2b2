"""What some grants bring to some members: the one way from a grant to what is handed over, whatever carries it.

The relay, webhooks and open streams all ask here, so that no road shows what another would hide.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import groupby
from operator import attrgetter

from filiere_platform.domain.audience import PUBLIC, PUBLIC_VIEW, SECTOR
from filiere_platform.domain.deliveries import Delivery, SharedView, deliveries
from filiere_platform.domain.member import Member
from filiere_platform.domain.record import GrantRow
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.mandate_deliveries import delivered_under_mandates


def brought_by(
    uow: UnitOfWork, grants: Sequence[GrantRow], members: Collection[Member], *, origin: str, now: int
) -> list[Delivery]:
    """Make the deliveries that fulfil some grants; what goes out under mandates is written down as a look first."""
    due = delivered_under_mandates(uow, grants, members, now=now)
    records = uow.grants.records({grant.log_index for grant in due})
    return deliveries(due, records, members, origin=origin, views=_views(uow, due, now=now))


def streamed_to(
    uow: UnitOfWork, grants: Sequence[GrantRow], member: Member, *, origin: str, now: int
) -> Iterator[tuple[int, Delivery]]:
    """Give what some grants bring one member, a record at a time, with the last of the grants that each fulfils."""
    due = delivered_under_mandates(uow, grants, [member], now=now)
    records = uow.grants.records({grant.log_index for grant in due})
    views = _views(uow, due, now=now)
    for _, group in groupby(due, key=attrgetter("log_index")):
        run = list(group)
        for delivery in deliveries(run, records, [member], origin=origin, views=views):
            yield run[-1].grant_no, delivery


def audiences_of(member_id: int, holders: Mapping[int, int]) -> tuple[int, ...]:
    """Name every audience whose grants may bring a member something.

    Those of the mandates that it holds are among them: `holders` says by audience who holds which (`mandates.holders`).
    """
    held = [audience for audience, holder in holders.items() if holder == member_id]
    return (member_id, SECTOR, PUBLIC, PUBLIC_VIEW, *held)


def without_a_torn_record(grants: Sequence[GrantRow]) -> Sequence[GrantRow]:
    """Leave the last record of a full round to the next one, which has all of its grants."""
    last = grants[-1].log_index
    whole = len(grants)
    while whole and grants[whole - 1].log_index == last:
        whole -= 1
    return grants[:whole] if whole else grants


def _views(uow: UnitOfWork, grants: Sequence[GrantRow], *, now: int) -> dict[int, SharedView]:
    """Read the views of the records that grants share by their public fields, with who sees more of each."""
    shared = [grant.log_index for grant in grants if grant.audience == PUBLIC_VIEW]
    entitled: dict[int, set[int]] = {}
    holders = uow.mandates.holders(now) if shared else {}
    for log_index, audience in uow.grants.causes(shared):
        entitled.setdefault(log_index, set()).add(holders.get(audience, audience))
    return {
        view.log_index: SharedView(view, frozenset(entitled[view.log_index]))
        for view in uow.views.shared().views(shared)
    }
