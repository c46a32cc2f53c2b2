"""An act of administration, as a use case says it before the log gives it its place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import Directory
from filiere_platform.domain.principal import Principal
from filiere_schemas.provenance.audit import AuditAct
from filiere_schemas.provenance.keys import SigningKey

CONSOLE = "console"  # the operator's command line
SYSTEM = "system"  # the platform itself, such as a mandate that ends


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who acts: `kind:id`, opaque for people, and for which member."""

    actor: str
    on_behalf_of: str | None = None  # a member's URI


def author_of(principal: Principal, directory: Directory) -> Author:
    """Give who acts, as the log names him."""
    member = directory.members.get(principal.member_id or 0)
    actor = (
        principal.actor.value
        if principal.actor_id in {"", principal.actor}
        else f"{principal.actor}:{principal.actor_id}"
    )
    return Author(actor=actor, on_behalf_of=None if member is None else member.uri)


AT_CONSOLE = Author(actor=CONSOLE)
BY_ITSELF = Author(actor=SYSTEM)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActSigner:
    """With what acts are signed: the receipts' key, in the name of the log."""

    key: SigningKey
    origin: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """What is done, by whom, about whom; `member_id` is of the member concerned, who may read the entry.

    Neither `object` nor `details` ever has a secret or a person's name: they stay in the log for good.
    """

    act: str  # noun.verb
    author: Author
    member_id: int | None = None
    object: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ActQuery:
    """Which acts somebody asks for, in log order."""

    after: int = -1  # a log index
    limit: int = 100
    member_id: int | None = None  # only those about one member


def act_as_json(act: AuditAct) -> dict[str, Any]:
    """Lay out an act for programs and people."""
    return {
        "index": act.index,
        "at": iso_instant(act.at),
        "act": act.act,
        "actor": act.actor,
        "for": act.on_behalf_of,
        "member": act.member,
        "object": act.object,
        "details": dict(act.details),
    }
