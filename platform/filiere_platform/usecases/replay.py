"""Hand a member's stream over again, from a position or a time, without touching anybody else's.

The member is stopped where its stream is to begin again, and the relay refills it from there (usecases/relay.py): it
gets everything behind that position in order, what it was granted late included, and goes on with everybody else.
What is on its way to it at this moment may come twice; ids tell.
"""

from __future__ import annotations

from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import Member
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.relay import member_cursor, relayed_grants

VERB = "delivery.replay"


def position_at(uow: UnitOfWork, instant: int) -> int:
    """Find a position behind which everything is that was stored or granted since an instant, in microseconds.

    The last record of before is repeated with it: what it was granted late has no time of its own.
    """
    return max(0, uow.grants.first_of_last_below(uow.log.size_at(instant - 1)) - 1)


def held_back(uow: UnitOfWork, member_id: int, position: int | None = None) -> int:
    """Stop a member where everything behind is handed over again; gives the position.

    Without a position it is the one up to which every share has come: what is confirmed and not yet settled is behind.

    Raises:
        RowsRefused: the relay stopped this member at the same moment; ask again.
    """
    at = relayed_grants(uow) if position is None else position
    uow.cursors.hold_back(member_cursor(member_id), at)
    return at


def replay(
    uow: UnitOfWork,
    member: Member,
    *,
    author: Author,
    signer: ActSigner,
    now: int,
    position: int | None = None,
    start: int | None = None,
) -> int:
    """Send a member its stream again; gives the position behind which it begins.

    Args:
        uow: the unit of work; its edge commits.
        member: whose stream.
        author: who asks for it.
        signer: signs the act.
        now: microseconds since 1970.
        position: a grant's number, behind which to begin; or
        start: a time to begin at, in microseconds since 1970.

    Raises:
        RowsRefused: the relay stopped this member at the same moment; ask again.
    """
    if position is None:
        position = 0 if start is None else position_at(uow, start)
    # The member reads its acts, and a grant's number would tell it how much others are shown.
    since = "a position" if start is None else iso_instant(start)
    record_act(uow, Act(act=VERB, author=author, member_id=member.id, details={"since": since}), signer=signer, now=now)
    return held_back(uow, member.id, position)
