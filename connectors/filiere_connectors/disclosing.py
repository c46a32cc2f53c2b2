"""Hand over disclosures that the company kept: chosen in the spool, given to the instance, noted when it has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

from filiere_connectors.client import Client, ServerRefused
from filiere_connectors.delivery import Clock, microseconds
from filiere_connectors.spool import Spool
from filiere_connectors.spool_disclosures import KeptDisclosure
from filiere_schemas.sectors.sealable import matches


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Which of them; each part that is given must hold."""

    flows: tuple[str, ...] = ()
    event_id: str | None = None
    index: int | None = None
    field: str | None = None  # a JSON pointer in which "*" is one name or place

    def takes(self, kept: KeptDisclosure) -> bool:
        """Whether a disclosure is meant."""
        return (
            (not self.flows or kept.flow in self.flows)
            and self.event_id in (None, kept.event_id)
            and self.index in (None, kept.log_index)
            and (self.field is None or matches(self.field, kept.pointer))
        )


@dataclass(slots=True, kw_only=True)
class Handed:
    """What became of them; `waiting` belong to records that the log does not have yet."""

    given: int = 0
    waiting: int = 0
    refused: list[ServerRefused] = field(default_factory=list)


def chosen(spool: Spool, choice: Choice) -> list[KeptDisclosure]:
    """Choose among those that the instance does not have."""
    return [each for each in spool.kept.all() if each.disclosed_at is None and choice.takes(each)]


def disclose(spool: Spool, client: Client, disclosures: Sequence[KeptDisclosure], *, clock: Clock) -> Handed:
    """Give disclosures to the instance, record by record; a refused record does not hold up the others.

    Killed at any moment, it may be run again: what the instance has already, it knows.

    Raises:
        ServerAway: the instance does not answer; what was given until then is noted.
        ServerOdd: the answer does not speak of what was given.
    """
    handed = Handed()
    for index, together in groupby(disclosures, key=lambda each: each.log_index):
        mine = list(together)
        if index is None:
            handed.waiting += len(mine)
            continue
        try:
            client.disclose(index, [each.disclosure for each in mine])
        except ServerRefused as refused:
            handed.refused.append(refused)
            continue
        with spool.transaction():
            spool.kept.note_disclosed([each.digest for each in mine], at=microseconds(clock()))
        handed.given += len(mine)
    return handed
