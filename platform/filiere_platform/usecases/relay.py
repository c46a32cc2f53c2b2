"""Relay new grants to the bus: read what is past the cursor, hand it over, then move the cursor.

Nothing is published before its commit, since only committed grants are read; nothing is lost, since the cursor moves
only over what the bus has confirmed. A crash between the two repeats messages under the same ids.

One member who takes nothing must not hold back the sector. A member whose queue refuses is stopped: it gets a cursor
of its own where its stream was interrupted, the others go on without it, and from there it is refilled until it has
caught up. A suspended member is stopped in the same way, and gets what it missed when it is active again.

Several processes may relay at once: members are dealt out to shares, each with a cursor of its own, so that no two
processes ever hand the same member anything.

The database transaction is never open while the bus works: plan, publish and settle are three steps of the worker.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from filiere_platform.domain.deliveries import Delivery
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.message import BusUnavailable, Message
from filiere_platform.domain.record import GrantRow
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.granted import audiences_of, brought_by, without_a_torn_record

CURSOR = "relay"  # of the one share that has all members
SHARE_CURSOR = "relay.share."  # followed by number and count, where there are several
MEMBER_CURSOR = "relay.member."  # followed by the id of a stopped member
LOOKED_CURSOR = "looked."  # followed by a share's cursor: where that stood when its members' queues were there
# Grants of one round: enough to fill the window of confirms with single records, few enough to hold in memory.
ROUND = 2_000


class LeadershipLost(Exception):  # noqa: N818 - a state of the world: step back and ask again
    """Somebody else moved the cursor since it was read."""


@dataclass(frozen=True, slots=True)
class Share:
    """The members that one relay delivers to: those whose id leaves `number` when divided by `count`."""

    number: int = 0
    count: int = 1

    @property
    def cursor(self) -> str:
        """The name of its cursor, which is the name of the lock that its relay holds, too."""
        return CURSOR if self.count == 1 else f"{SHARE_CURSOR}{self.number}of{self.count}"

    def has(self, member_id: int) -> bool:
        """Whether a member is delivered to by this share's relay."""
        return member_id % self.count == self.number


EVERYBODY = Share()


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


def member_cursor(member_id: int) -> str:
    """Name the cursor of a member's own, while it is stopped."""
    return f"{MEMBER_CURSOR}{member_id}"


def stopped_members(uow: UnitOfWork) -> dict[int, int]:
    """Read which members are stopped, and behind which grant each one's stream is interrupted."""
    named = uow.cursors.named(MEMBER_CURSOR)
    return {int(name.removeprefix(MEMBER_CURSOR)): position for name, position in named.items()}


def found_shares(uow: UnitOfWork, count: int) -> bool:
    """Give each of so many shares its cursor, where members were dealt out to another number of shares before.

    Each begins where the slowest of the shares before it stood: what some of them had delivered further comes again,
    and nothing is left out. Under a lock, since two who do this at once would begin at two places.

    Returns:
        Whether the number had changed.
    """
    wanted = {Share(number, count).cursor for number in range(count)}
    known = uow.cursors.named(SHARE_CURSOR)
    if position := uow.cursors.read(CURSOR):
        known[CURSOR] = position
    if known.keys() == wanted or (count == 1 and not known):
        return False
    start = min(known.values(), default=0)
    for name in known.keys() - wanted:
        uow.cursors.remove(name)
    for name in wanted:
        uow.cursors.move(name, start)
    return bool(known)


def relayed_grants(uow: UnitOfWork) -> int:
    """Read up to which grant every share has come."""
    return min(uow.cursors.named(SHARE_CURSOR).values(), default=uow.cursors.read(CURSOR))


def plan_round(
    uow: UnitOfWork,
    *,
    members: Collection[Member],
    origin: str,
    now: int,
    limit: int = ROUND,
    share: Share = EVERYBODY,
) -> Plan:
    """Read what is past a relay's cursor, and stop those of its members that were suspended meanwhile.

    What is handed over under mandates that are in force `now` is written down first, in microseconds since 1970.
    """
    after = uow.cursors.read(share.cursor)
    if uow.log.head().grants <= after:
        return Plan(cursor=share.cursor, after=after, reach=after, deliveries=())
    stopped = stopped_members(uow)
    members = [member for member in members if share.has(member.id)]
    for member in members:
        if member.status is not MemberStatus.ACTIVE and member.id not in stopped:
            uow.cursors.hold_back(member_cursor(member.id), after)
    followed = [member for member in members if member.id not in stopped]
    grants = uow.grants.after(after, limit)
    return _plan(uow, share.cursor, after, grants, limit, members=followed, origin=origin, now=now)


def plan_refill(
    uow: UnitOfWork,
    *,
    member: Member,
    origin: str,
    now: int,
    limit: int = ROUND,
    share: Share = EVERYBODY,
) -> Plan | None:
    """Read what a stopped member has missed, up to the relay's cursor; None when it has caught up.

    A member that has caught up is stopped no longer.
    """
    name = member_cursor(member.id)
    after, end = uow.cursors.read(name), uow.cursors.read(share.cursor)
    audiences = audiences_of(member.id, uow.mandates.holders(now))
    grants = [grant for grant in uow.grants.for_audiences(audiences, after, limit) if grant.grant_no <= end]
    if not grants:
        uow.cursors.remove(name, at=after)  # unless it was put back this moment (usecases/replay.py)
        return None
    plan = _plan(uow, name, after, grants, limit, members=[member], origin=origin, now=now)
    return plan if plan.is_full else replace(plan, reach=end)


def note_queues(uow: UnitOfWork, share: Share, missing: Collection[int], *, seen_at: int) -> Collection[int]:
    """Note that a look at the share's queues found all of them but some, which had gone since the look before.

    A message that reached another recipient's queue is confirmed without the copy that had none. The members are
    stopped where the cursor stood at the look before, and are refilled from there. `seen_at` is where it stood when
    this look began.

    Returns:
        Whose streams go back; nobody's at the first look, before which no queue was needed.
    """
    looked = f"{LOOKED_CURSOR}{share.cursor}"
    going_back = missing if uow.cursors.is_set(looked) else ()
    before = uow.cursors.read(looked)
    for member in going_back:
        uow.cursors.hold_back(member_cursor(member), before)
    uow.cursors.move(looked, seen_at)
    return going_back


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
    position = plan.position(failure.failed if failure else ())
    if not uow.cursors.advance(plan.cursor, plan.after, position):
        raise LeadershipLost
    for member, delivery in stop:
        uow.cursors.hold_back(member_cursor(member), delivery.first_grant - 1)
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
        grants = without_a_torn_record(grants)
    reach = grants[-1].grant_no if grants else after
    made = brought_by(uow, grants, members, origin=origin, now=now)
    return Plan(cursor=cursor, after=after, reach=reach, deliveries=tuple(made), is_full=is_full)
