"""Who may see a record: audiences, sharing modes, viewers.

A grant gives one audience the right to see one record, and is the only source of visibility. An audience is one
integer, so that the gate is one indexed comparison in the database.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum

from filiere_platform.domain.look import Look, Question

PUBLIC = -1  # anybody, without an account
SECTOR = -2  # every admitted member of the instance
# Anybody, for the public fields alone. No viewer is of this audience, so that no question for records finds its grants:
# only `store/views.py` asks for it, and gives what the sector's profile calls public.
PUBLIC_VIEW = -3
# An audience above zero is the id of one member, from here down it is a mandate.
FIRST_MANDATE = -1_000
NOBODY = -(1 << 40)  # less a grant's number: the audience of a grant that was taken back


class SharingMode(StrEnum):
    """How far an event is shared, as its owner set it, or else its member, or else the instance."""

    PRIVATE = "private"  # the owner alone
    PARTNERS = "partners"  # whom the event names: its other side, and whom its owner lists in `filiere:sharedWith`
    LINKED = "linked"  # partners, and who got what the event made from the owner's own hands (domain/links.py)
    CHAIN = "chain"  # partners, and everybody down the chain of what the event made
    PUBLIC_FIELDS = "public-fields"  # partners; anybody sees the fields that the sector's profile calls public
    SECTOR = "sector"
    PUBLIC = "public"


class GrantCause(IntEnum):
    """Why a grant was given; stored beside it, so that an auditor can ask."""

    OWNER = 1
    NAMED_PARTNER = 2
    SECTOR_SHARING = 3
    PUBLIC_SHARING = 4
    NAMED_BY_OWNER = 5  # in `filiere:sharedWith`
    LINK = 6  # what the event made was handed over, by the owner's own record
    CHAIN = 7  # the same, through the records of each giver in turn
    ACCESS_GIVEN = 8  # the owner granted a request, or named a partner afterwards
    MANDATE = 9  # the record is in the scope of a mandate
    PUBLIC_FIELDS = 10  # to `PUBLIC_VIEW`


# The stored code of each mode, for what is derived again from an event's row. Codes are never reused.
SHARING_CODES: dict[SharingMode, int] = {
    SharingMode.PRIVATE: 1,
    SharingMode.PARTNERS: 2,
    SharingMode.LINKED: 3,
    SharingMode.CHAIN: 4,
    SharingMode.PUBLIC_FIELDS: 5,
    SharingMode.SECTOR: 6,
    SharingMode.PUBLIC: 7,
}
SHARING_BY_CODE: dict[int, SharingMode] = {code: mode for mode, code in SHARING_CODES.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Somebody who asks to read: a member, nobody in particular (public), or the operator at the console.

    The operator reads the database anyway; he is a viewer of his own so that the gate has no way around it.
    """

    member_id: int | None = None
    operator: bool = False
    look: Look | None = None  # who asks what, without which no mandate shows anything

    def asking(self, parameters: Iterable[tuple[str, str]]) -> Viewer:
        """The same viewer, whose look, if any, says that he asks this: what the body of a request holds."""
        if self.look is None:
            return self
        question = Question.of(self.look.question.route, parameters)
        return replace(self, look=replace(self.look, question=question))

    @property
    def audiences(self) -> tuple[int, ...]:
        """The audiences this viewer belongs to, mandates aside; meaningless for the operator, who needs no grant."""
        return (PUBLIC,) if self.member_id is None else (self.member_id, SECTOR, PUBLIC)


ANYBODY = Viewer()
OPERATOR = Viewer(operator=True)
