"""Derive every grant of every event again, and compare; what `filiere grants rebuild` does.

Grants of mandates follow from their scopes, as far as each mandate's cursor has come. Of an event that was stored
before modes were kept, and of what is no event, the grants of its own commit stand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from filiere_platform.domain.audience import FIRST_MANDATE, GrantCause
from filiere_platform.domain.late_grants import merge_causes
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.links import give_missing, link_audiences, named_audiences
from filiere_platform.usecases.mandate_grants import due_to_mandates

BLOCK = 500  # records looked at together

Place = tuple[int, int]  # log index, audience


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDifference:
    """How the grants of some records differ from those that are due."""

    due: dict[Place, GrantCause]
    missing: tuple[Place, ...]
    spurious: tuple[Place, ...]
    other_cause: tuple[Place, ...]

    @property
    def count(self) -> int:
        """How many grants differ."""
        return len(self.missing) + len(self.spurious) + len(self.other_cause)


def differing_grants(uow: UnitOfWork, *, below: int, block: int = BLOCK) -> Iterator[BlockDifference]:
    """Derive the grants of all events below a log index, block by block, and compare them with those that are there."""
    parties = uow.links.parties()
    for start in range(0, below, block):
        stop = min(below, start + block)
        facts = [fact for fact in uow.links.between(start, stop) if fact.sharing is not None]
        chosen = {fact.log_index for fact in facts}
        due = named_audiences(uow, facts, parties)
        if uow.links.any_linked():
            for log_index, found in link_audiences(uow, facts, parties).items():
                if log_index in chosen:
                    merge_causes(due, log_index, found)
        for log_index, member in (*uow.access_requests.granted(chosen), *uow.given_access.of(chosen)):
            merge_causes(due, log_index, {member: GrantCause.ACCESS_GIVEN})
        held = {place: cause for place, cause in uow.grants.causes(chosen).items() if place[1] > FIRST_MANDATE}
        due |= due_to_mandates(uow, start, stop)
        held |= uow.mandates.causes(start, stop)
        yield BlockDifference(
            due=due,
            missing=tuple(sorted(due.keys() - held.keys())),
            spurious=tuple(sorted(held.keys() - due.keys())),
            other_cause=tuple(sorted(place for place in due.keys() & held.keys() if due[place] != held[place])),
        )


def mend_grants(uow: UnitOfWork, found: BlockDifference) -> None:
    """Make the grants of a block what they should be: what is missing is given, and so delivered; numbers stay.

    A spurious grant is taken back: its audience does not see the record any more, and it keeps its number.
    """
    give_missing(uow, found.due)
    for log_index, audience in found.spurious:
        uow.grants.take_back(log_index, audience)
    for log_index, audience in found.other_cause:
        uow.grants.set_cause(log_index, audience, found.due[log_index, audience])
