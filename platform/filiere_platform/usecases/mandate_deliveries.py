"""Deliver under mandates: a grant to a mandate reaches its holder's queue, once, and is written down as a look first.

A record that the holder sees anyway is not delivered again, nor one that an earlier grant of another of its mandates
brought. What ended before its delivery is not delivered: who holds it is asked anew in every round.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from filiere_platform.domain.audience import PUBLIC, SECTOR
from filiere_platform.domain.look import Look, Question
from filiere_platform.domain.mandate import is_mandate, number_of
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.record import GrantRow
from filiere_platform.store.unit_of_work import UnitOfWork

DELIVERY = Question(route="delivery")


def delivered_under_mandates(
    uow: UnitOfWork, grants: Sequence[GrantRow], members: Collection[Member], *, now: int
) -> list[GrantRow]:
    """Turn grants to mandates in force into grants to their holders, and leave out those that bring nobody anything.

    What they bring is noted as a look in the same transaction, for each grant once: a round that is planned again
    after a failure brings the same messages, which are not a second look.
    """
    if not any(is_mandate(grant.audience) for grant in grants):
        return list(grants)
    active = {member.id for member in members if member.status is MemberStatus.ACTIVE}
    holders = {audience: holder for audience, holder in uow.mandates.holders(now).items() if holder in active}
    earlier = _earlier(uow, grants, holders)
    found: list[GrantRow] = []
    brought: defaultdict[int, list[GrantRow]] = defaultdict(list)
    for grant in grants:
        holder = holders.get(grant.audience)
        if not is_mandate(grant.audience):
            found.append(grant)
        elif holder is not None and not _has_already(grant, holder, holders, earlier):
            found.append(grant._replace(audience=holder))
            brought[grant.audience].append(grant)
    for audience, theirs in sorted(brought.items(), reverse=True):
        noted = uow.mandates.note_delivered(number_of(audience), theirs[-1].grant_no)
        new = [grant.log_index for grant in theirs if grant.grant_no > noted]
        if new:
            look = Look(at=now, by="delivery", question=DELIVERY, member_id=holders[audience])
            uow.looks.keep(look, new, (), {audience}, now=now)
    return found


def _earlier(uow: UnitOfWork, grants: Sequence[GrantRow], holders: Mapping[int, int]) -> dict[int, dict[int, int]]:
    """Read by record which of the audiences that matter here have a grant, with its number."""
    audiences = {SECTOR, PUBLIC, *holders, *holders.values()}
    indexes = {grant.log_index for grant in grants if grant.audience in holders}
    found: defaultdict[int, dict[int, int]] = defaultdict(dict)
    for grant in uow.grants.among(audiences, indexes):
        found[grant.log_index][grant.audience] = grant.grant_no
    return found


def _has_already(
    grant: GrantRow, holder: int, holders: Mapping[int, int], earlier: Mapping[int, Mapping[int, int]]
) -> bool:
    """Say whether the holder has the record by another grant: its own of any number, a mandate's of an earlier one."""
    return any(
        audience in {holder, SECTOR, PUBLIC} or (holders.get(audience) == holder and number < grant.grant_no)
        for audience, number in earlier[grant.log_index].items()
    )
