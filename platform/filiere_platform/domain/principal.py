"""Who acts: a person of a member, a member's token, a guest, the operator at the console, or nobody in particular.

Everybody acts for one member at most. The sector body is a member too; only its administrators, and the console, also
administer the instance. What a principal may do stands in `permissions`, what it may see in `visibility`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from filiere_platform.domain.audience import ANYBODY, OPERATOR, Viewer
from filiere_platform.domain.member import Scope


class Role(StrEnum):
    """What a person does for its member."""

    ADMINISTRATOR = "administrator"
    SUPERVISOR = "supervisor"
    QUALITY = "quality"
    OPERATOR = "operator"
    AUDITOR = "auditor"
    AUTHORITY = "authority"
    READER = "reader"


class Actor(StrEnum):
    """What kind of somebody acts."""

    PERSON = "person"
    TOKEN = "token"  # noqa: S105 - a kind of actor
    GUEST = "guest"  # a time-boxed link, read only
    CONSOLE = "console"  # the operator's command line
    NOBODY = "nobody"  # no credential was presented


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Somebody who acts, already authenticated.

    Of persons and links `actor_id` is opaque, so that it may stand in the log; of a token it is the public prefix.
    """

    actor: Actor
    actor_id: str = ""
    member_id: int | None = None  # for whom; None: nobody, or the console
    of_sector_body: bool = False
    roles: frozenset[Role] = frozenset()  # of a person
    scopes: frozenset[Scope] = frozenset()  # of a token
    ends_at: int | None = None  # microseconds since 1970; None: as long as the credential is not revoked
    guest: tuple[int, int] | None = None  # numbers of the mandate, and of the link of it

    @property
    def viewer(self) -> Viewer:
        """Who looks, for the gate, without any mandate; see `domain.looking`."""
        if self.actor is Actor.CONSOLE:
            return OPERATOR
        return ANYBODY if self.member_id is None else Viewer(member_id=self.member_id)


NOBODY = Principal(actor=Actor.NOBODY)
CONSOLE = Principal(actor=Actor.CONSOLE, actor_id="console")
