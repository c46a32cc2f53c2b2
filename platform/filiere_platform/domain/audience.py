"""Who may see a record: audiences, sharing modes, viewers.

A grant gives one audience the right to see one record, and is the only source of visibility. An audience is one
integer, so that the gate is one indexed comparison in the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

PUBLIC = -1  # anybody, without an account
SECTOR = -2  # every admitted member of the instance
# An audience above zero is the id of one member.


class SharingMode(StrEnum):
    """How far an event is shared, as its owner set it, or else its member, or else the instance."""

    PRIVATE = "private"
    PARTNERS = "partners"
    SECTOR = "sector"
    PUBLIC = "public"


class GrantCause(IntEnum):
    """Why a grant was given; stored beside it, so that an auditor can ask."""

    OWNER = 1
    NAMED_PARTNER = 2
    SECTOR_SHARING = 3
    PUBLIC_SHARING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who asks to read: a member, nobody in particular (public), or the operator at the console.

    The operator reads the database anyway; he is a viewer of his own so that the gate has no way around it.
    """

    member_id: int | None = None
    operator: bool = False

    @property
    def audiences(self) -> tuple[int, ...]:
        """The audiences this viewer belongs to; meaningless for the operator, who needs no grant."""
        return (PUBLIC,) if self.member_id is None else (self.member_id, SECTOR, PUBLIC)


ANYBODY = Viewer()
OPERATOR = Viewer(operator=True)
