"""Whether members' own programs may come in at the broker: what is found there, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from filiere_platform.domain.member import Member, MemberStatus


class BrokerAccessUnknown(Exception):  # noqa: N818 - a state of the world: ask again
    """The broker's management did not answer, or refused; nothing is known of its users."""


class PartFault(StrEnum):
    """What is wrong with an exchange, a queue or a binding."""

    MISSING = "missing"
    DIFFERS = "differs"  # it has other arguments: somebody's decision, somebody's mistake, or of an earlier release
    FORMER = "former"  # nothing of this release uses it
    UNBOUND = "unbound"  # what is sent to it does not arrive
    EXTRA = "extra"  # a binding by which somebody gets what is not his
    FEW = "few"  # a queue is on fewer nodes of the cluster than it ought to be
    OFFLINE = "offline"  # a node, or one of those that keep a queue, is not there
    ALARM = "alarm"  # a node takes nothing: it has too little memory, or disk


@dataclass(frozen=True, slots=True, kw_only=True)
class PartFound:
    """An exchange, a queue or a binding of which something is wrong."""

    name: str
    what: PartFault
    why: str = ""


class AccessFault(StrEnum):
    """What is wrong with a member's user at the broker."""

    ABSENT = "absent"  # an active member has none; it may read over HTTP
    DIFFERS = "differs"  # an active member's may do less or more than read its own queue
    OPEN = "open"  # a member that is not active may still come in, or is connected


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerUser:
    """A member's user as the broker has it.

    `permissions` are patterns of what it may configure, write and read; None: it may not open the virtual host.
    """

    permissions: tuple[str, str, str] | None = None
    connections: tuple[str, ...] = ()  # names of those that are open; looked up for members that are not active


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong, and at whom."""

    member: Member
    user: str
    what: AccessFault


def faults(
    members: Collection[Member],
    found: Mapping[int, BrokerUser],
    *,
    names: Mapping[int, str],
    wanted: Mapping[int, tuple[str, str, str]],
) -> Iterator[Fault]:
    """Compare what the broker has with what members are, by member id."""
    for member in members:
        user = found.get(member.id)
        what: AccessFault | None = None
        if member.status is MemberStatus.ACTIVE:
            if user is None:
                what = AccessFault.ABSENT
            elif user.permissions != wanted[member.id]:
                what = AccessFault.DIFFERS
        elif user is not None and (user.permissions is not None or user.connections):
            what = AccessFault.OPEN
        if what is not None:
            yield Fault(member=member, user=names[member.id], what=what)
