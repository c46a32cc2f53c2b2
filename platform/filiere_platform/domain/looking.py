"""Who looks, for the gate: whether mandates open anything for a principal, and what is written down if they do."""

from __future__ import annotations

from dataclasses import replace

from filiere_platform.domain.audience import ANYBODY, Viewer
from filiere_platform.domain.look import Look, Question
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.domain.principal import Actor, Principal


def looking(principal: Principal, question: Question, *, now: int) -> Viewer:
    """Give the viewer that a principal is while it asks a question, `now` in microseconds since 1970.

    A guest has what his link's mandate shows, and what everybody has. Of a member, whoever may read of mandates looks
    under those that it holds, and under his own.
    """
    by = f"{principal.actor.value}:{principal.actor_id}"
    if principal.actor is Actor.GUEST:
        return replace(ANYBODY, look=Look(at=now, by=by, question=question, guest=principal.guest))
    viewer = principal.viewer
    if principal.member_id is None or not may(principal, Permission.MANDATE_READ):
        return viewer
    person = principal.actor_id if principal.actor is Actor.PERSON else None
    look = Look(at=now, by=by, question=question, member_id=principal.member_id, person_id=person)
    return replace(viewer, look=look)
