"""Dead letters: what a member's receiver refused for good, on whatever road; listed, shown, sent again or discarded.

Each road keeps its own where they are: a webhook's in the database, a queue's on the broker. Whoever lists them asks
every road in turn, and whoever changes one asks the road that has it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from filiere_platform.domain.webhook import LONGEST_REASON, dead_letter_as_json
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.reading import not_found
from filiere_platform.usecases.webhooks import Doing, dead_letter_of, discard_dead_letter, retry_dead_letter

Letter = dict[str, Any]  # as it is written in JSON; `id` names it on its road, `road` says which


class Road(Protocol):
    """A road by which deliveries go, and the dead letters on it. None of a member is anybody's: the operator asks."""

    def listed(self, *, member_id: int | None, limit: int) -> list[Letter]:
        """List dead letters, the newest first."""

    def shown(self, letter_id: str, *, member_id: int | None) -> Letter | None:
        """Show one; None where this road has none of this name."""

    def retry(self, letter_id: str, doing: Doing, *, member_id: int | None) -> bool:
        """Have one delivered again; False where this road has none of this name. Nothing of it is lost meanwhile."""

    def discard(self, letter_id: str, doing: Doing, *, member_id: int | None, reason: str) -> bool:
        """Forget one, for a reason that stays in the log; False where this road has none of this name.

        Raises:
            Refusal: code `dead-letter-reason`.
        """


@dataclass(frozen=True, slots=True)
class WebhookRoad:
    """The dead letters of webhooks."""

    units: UnitsOfWork

    def listed(self, *, member_id: int | None, limit: int) -> list[Letter]:
        """List dead letters, the newest first."""
        with self.units.unit_of_work() as uow:
            found = uow.webhooks.dead_letters(member_id=member_id, limit=limit)
        return [dead_letter_as_json(letter) for letter in found]

    def shown(self, letter_id: str, *, member_id: int | None) -> Letter | None:
        """Show one."""
        with self.units.unit_of_work() as uow:
            letter = dead_letter_of(uow, letter_id, member_id=member_id)
            return None if letter is None else dead_letter_as_json(letter)

    def retry(self, letter_id: str, doing: Doing, *, member_id: int | None) -> bool:
        """Have the worker send one again; it is forgotten once it is taken."""
        with self.units.unit_of_work() as uow:
            letter = dead_letter_of(uow, letter_id, member_id=member_id)
            if letter is not None:
                retry_dead_letter(uow, doing, letter)
            return letter is not None

    def discard(self, letter_id: str, doing: Doing, *, member_id: int | None, reason: str) -> bool:
        """Forget one."""
        with self.units.unit_of_work() as uow:
            letter = dead_letter_of(uow, letter_id, member_id=member_id)
            if letter is not None:
                discard_dead_letter(uow, doing, letter, reason=reason)
            return letter is not None


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """All roads together."""

    roads: Sequence[Road]

    def listed(self, *, member_id: int | None, limit: int) -> list[Letter]:
        """List dead letters of all roads, the newest first."""
        found = [letter for road in self.roads for letter in road.listed(member_id=member_id, limit=limit)]
        return sorted(found, key=lambda letter: str(letter["died"]), reverse=True)[:limit]

    def shown(self, letter_id: str, *, member_id: int | None) -> Letter:
        """Show one.

        Raises:
            Refusal: code `not-found`, also of another member's.
        """
        for road in self.roads:
            letter = road.shown(letter_id, member_id=member_id)
            if letter is not None:
                return letter
        raise not_found(letter_id[:LONGEST_REASON])

    def retry(self, letter_id: str, doing: Doing, *, member_id: int | None) -> None:
        """Have one delivered again.

        Raises:
            Refusal: code `not-found`, also of another member's.
        """
        if not any(road.retry(letter_id, doing, member_id=member_id) for road in self.roads):
            raise not_found(letter_id[:LONGEST_REASON])

    def discard(self, letter_id: str, doing: Doing, *, member_id: int | None, reason: str) -> None:
        """Forget one, for a reason that stays in the log.

        Raises:
            Refusal: code `not-found`, also of another member's; code `dead-letter-reason`.
        """
        if not any(road.discard(letter_id, doing, member_id=member_id, reason=reason) for road in self.roads):
            raise not_found(letter_id[:LONGEST_REASON])
