"""Relay new grants to the bus: read what is past the cursor, hand it over, then move the cursor.

Nothing is published before its commit, since only committed grants are read; nothing is lost, since the cursor moves
only over what the bus has confirmed. A crash between the two repeats messages under the same ids.

One member who takes nothing must not hold back the sector. A member whose queue refuses is stopped: it gets a cursor
of its own where its stream was interrupted, the others go on without it, and from there it is refilled until it has
caught up. A suspended member is stopped in the same way, and gets what it missed when it is active again.

The database transaction is never open while the bus works: plan, publish and settle are three steps of the worker.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from filiere_platform.domain.audience import PUBLIC, PUBLIC_VIEW, SECTOR
from filiere_platform.domain.deliveries import Delivery, SharedView, deliveries
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.message import BusUnavailable, Message
from filiere_platform.domain.record import GrantRow
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.mandate_deliveries import delivered_under_mandates

CURSOR = "relay"
MEMBER_CURSOR = "relay.member."  # followed by the id of a stopped member
# Grants of one round: enough to fill the window of confirms with single records, few enough to hold in memory.
ROUND = 2_000


class LeadershipLost(Exception):  # noqa: N818 - a state of the world: step back and ask again
    """Somebody else moved the cursor since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What one round hands over. `after` is where the cursor stood, `reach` where it stands once all is safe.

    `cursor` is its name: the relay's, or a stopped member's.
    """

    cursor: str
    after: int
    reach: int
    deliveries: tuple[Delivery, ...]
    is_full: bool = False  # there is more behind it

    @property
    def messages(self) -> list[Message]:
        """The messages, in the order in which they are handed over."""
        return [delivery.message for delivery in self.deliveries]

    def position(self, failed: Collection[int]) -> int:
        """Where the cursor may stand when the messages at some positions are not safe."""
        return min((self.deliveries[i].first_grant - 1 for i in failed), default=self.reach)


def stopped_members(uow: UnitOfWork) -> dict[int, int]:
    """Read which members are stopped, and behind which grant each one's stream is interrupted."""
    named = uow.cursors.named(MEMBER_CURSOR)
    return {int(name.removeprefix(MEMBER_CURSOR)): position for name, position in named.items()}


def plan_round(uow: UnitOfWork, *, members: Collection[Member], origin: str, now: int, limit: int = ROUND) -> Plan:
    """Read what is past the relay's cursor, and stop the members that were suspended meanwhile.

    What is handed over under mandates that are in force `now` is written down first, in microseconds since 1970.
    """
    after = uow.cursors.read(CURSOR)
    if uow.log.head().grants <= after:
        return Plan(cursor=CURSOR, after=after, reach=after, deliveries=())
    stopped = stopped_members(uow)
    for member in members:
        if member.status is not MemberStatus.ACTIVE and member.id not in stopped:
            uow.cursors.move(_cursor_of(member.id), after)
    followed = [member for member in members if member.id not in stopped]
    grants = uow.grants.after(after, limit)
    return _plan(uow, CURSOR, after, grants, limit, members=followed, origin=origin, now=now)


def plan_refill(uow: UnitOfWork, *, member: Member, origin: str, now: int, limit: int = ROUND) -> Plan | None:
    """Read what a stopped member has missed, up to the relay's cursor; None when it has caught up.

    A member that has caught up is stopped no longer.
    """
    name = _cursor_of(member.id)
    after, end = uow.cursors.read(name), uow.cursors.read(CURSOR)
    held = [audience for audience, holder in uow.mandates.holders(now).items() if holder == member.id]
    audiences = (member.id, SECTOR, PUBLIC, PUBLIC_VIEW, *held)
    grants = [grant for grant in uow.grants.for_audiences(audiences, after, limit) if grant.grant_no <= end]
    if not grants:
        uow.cursors.remove(name)
        return None
    plan = _plan(uow, name, after, grants, limit, members=[member], origin=origin, now=now)
    return plan if plan.is_full else replace(plan, reach=end)


def probes(plan: Plan, refused: Iterable[int]) -> list[tuple[int, Delivery]]:
    """Give each recipient's first refused message: offered alone, it tells who is in the way.

    In the order of recipients; each `Delivery` has the one recipient.
    """
    first: dict[int, Delivery] = {}
    for position in sorted(refused):
        delivery = plan.deliveries[position]
        for member in delivery.message.recipients:
            if member not in first:
                first[member] = replace(delivery, message=replace(delivery.message, recipients=(member,)))
    return sorted(first.items())


def settle(
    uow: UnitOfWork, plan: Plan, failure: BusUnavailable | None = None, stop: Sequence[tuple[int, Delivery]] = ()
) -> int:
    """Move the plan's cursor over what is safe, and stop members where their streams are interrupted.

    Returns:
        Where the cursor stands now.

    Raises:
        LeadershipLost: the cursor is not where the plan found it.
    """
    if uow.cursors.read(plan.cursor) != plan.after:
        raise LeadershipLost
    position = plan.position(failure.failed if failure else ())
    if position != plan.after:
        uow.cursors.move(plan.cursor, position)
    for member, delivery in stop:
        uow.cursors.move(_cursor_of(member), delivery.first_grant - 1)
    return position


def _plan(
    uow: UnitOfWork,
    cursor: str,
    after: int,
    grants: Sequence[GrantRow],
    limit: int,
    *,
    members: Collection[Member],
    origin: str,
    now: int,
) -> Plan:
    is_full = len(grants) >= limit
    if is_full:
        grants = _without_a_torn_record(grants)
    reach = grants[-1].grant_no if grants else after
    grants = delivered_under_mandates(uow, grants, members, now=now)
    records = uow.grants.records({grant.log_index for grant in grants})
    made = deliveries(grants, records, members, origin=origin, views=_views(uow, grants, now=now))
    return Plan(cursor=cursor, after=after, reach=reach, deliveries=tuple(made), is_full=is_full)


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


def _without_a_torn_record(grants: Sequence[GrantRow]) -> Sequence[GrantRow]:
    """Leave the last record of a full round to the next one, which has all of its grants."""
    last = grants[-1].log_index
    whole = len(grants)
    while whole and grants[whole - 1].log_index == last:
        whole -= 1
    return grants[:whole] if whole else grants


def _cursor_of(member_id: int) -> str:
    return f"{MEMBER_CURSOR}{member_id}"
