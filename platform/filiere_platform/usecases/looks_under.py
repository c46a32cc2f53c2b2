"""Show who holds a mandate his own looks under it, and who gave it what it was used for.

Each reads what he may: who asked reads what he asked, who is looked at what he is told of it anyway. Who gave a mandate
over others reads that somebody looked, at whom, when and by which route, and no name of theirs and no place in the
log: a right to let others look is none to look. The number of a look in the chain of a member is told to that member
alone, as it counts everybody's looks.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any, Final

from filiere_platform.domain.look import KeptLook
from filiere_platform.domain.mandate import Mandate
from filiere_platform.domain.trace_answer import instant
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.reading import not_found

MOST_OF_ONE_ANSWER: Final = 10_000  # looks: one for each member that an answer tells of


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderPage:
    """One page of looks, and before which time the next one ends (None: this is the last)."""

    looks: list[dict[str, Any]]
    next_before: str | None


def looks_under(uow: UnitOfWork, mandate_id: str, member_id: int, *, before: int | None, limit: int) -> UnderPage:
    """Read the looks under a mandate that a member may read of, the newest first; a page ends between two answers.

    Raises:
        Refusal: code `not-found`, also where the mandate is others'.
    """
    mandate = uow.mandates.by_id(mandate_id)
    if mandate is None or member_id not in {mandate.giver_id, mandate.holder_id, *mandate.scope.members}:
        raise not_found(mandate_id)
    chosen = _chosen(mandate, member_id)
    found = uow.looks.under([mandate.number], **chosen, before=before, limit=limit + 1)
    shown, following = found[:limit], None
    if len(found) > limit:
        shown = [look for look in shown if look.at > found[limit].at]
        if not shown:  # one answer tells of more members than a page holds
            every = uow.looks.under([mandate.number], **chosen, before=before, limit=MOST_OF_ONE_ANSWER)
            shown = [look for look in every if look.at == found[0].at]
        following = instant(shown[-1].at)
    return UnderPage(looks=lay_out_under(uow, shown, member_id), next_before=following)


def newest_held(uow: UnitOfWork, held: Iterable[Mandate], member_id: int, *, limit: int) -> list[dict[str, Any]]:
    """Read one's own latest looks under the mandates that one holds."""
    found = uow.looks.under([each.number for each in held], by_guests=False, limit=limit)
    return lay_out_under(uow, found, member_id)


def newest_given(uow: UnitOfWork, given: Iterable[Mandate], member_id: int, *, limit: int) -> list[dict[str, Any]]:
    """Read the latest looks at others' records under the mandates that one gave."""
    over_others = [each.number for each in given if each.scope.members - {member_id}]
    found = uow.looks.under(over_others, but=member_id, limit=limit)
    return lay_out_under(uow, found, member_id)


def lay_out_under(uow: UnitOfWork, looks: Collection[KeptLook], member_id: int) -> list[dict[str, Any]]:
    """Lay out looks under mandates as far as a member may read them."""
    mandates = uow.mandates.by_numbers({look.mandate for look in looks})
    uris = {member.id: member.uri for member in uow.members.all()} if looks else {}
    laid_out = []
    for look in looks:
        mandate, question = mandates[look.mandate], json.loads(look.question)
        may_read = member_id in {mandate.holder_id, look.member_id}
        laid_out.append(
            {
                "at": instant(look.at),
                "mandate": mandate.id,
                "member": uris[look.member_id],
                "by": look.by,
                "route": question["route"],
                "parameters": question["parameters"] if may_read else None,
                "records": look.records if may_read else None,
                "count": look.count,
            }
        )
    return laid_out


def _chosen(mandate: Mandate, member_id: int) -> dict[str, Any]:
    """Which of the looks under a mandate a member may read of."""
    if member_id == mandate.giver_id:
        return {}
    # A guest's are no looks of the holder's, who does not know of him.
    return {"by_guests": False} if member_id == mandate.holder_id else {"of": member_id}
