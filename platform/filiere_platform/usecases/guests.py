"""Make guest links, let guests in by them, end them. A link shows what one mandate of its giver shows, and no more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from filiere_platform.domain.audit import Act, author_of
from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.guest_link import DEFAULT_HOURS, HOUR, GuestLink, decide_link
from filiere_platform.domain.guest_sentences import GUEST_LINK_OVER
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.mandate import Mandate, MandateState
from filiere_platform.domain.mandate_sentences import MANDATE_OVER
from filiere_platform.domain.permissions import Permission, require
from filiere_platform.domain.person import new_link, read_link
from filiere_platform.domain.principal import Actor, Principal
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.people import Administration
from filiere_platform.usecases.reading import not_found
from filiere_schemas.problems import Problem, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeLink:
    """A new link with its secret, for the one answer that shows it."""

    link: GuestLink
    secret: str


def make_guest_link(
    uow: UnitOfWork, doing: Administration, mandate_id: str, *, label: str, ends_at: int | None = None
) -> MadeLink:
    """Make a link under a mandate that one gave; the holder of a mandate passes it on to nobody.

    Without an end it ends after 72 hours, or with its mandate if that is earlier.

    Raises:
        Refusal: code `not-found` of a mandate that is not one's own, `mandate-over`, and the reasons of `decide_link`.
    """
    mandate = own_mandate(uow, doing, mandate_id)
    if mandate.state(doing.now) in {MandateState.ENDED, MandateState.REVOKED}:
        raise Refusal([Problem(sentence=MANDATE_OVER)])
    until = min(doing.now + DEFAULT_HOURS * HOUR, mandate.ends_at) if ends_at is None else ends_at
    # The log's lock before the mandate's row, as whoever takes both takes them.
    author = author_of(doing.by, uow.directory())
    existing = len(uow.guest_links.of_mandate(mandate.number))
    kept = decide_link(label=label, ends_at=until, mandate_ends_at=mandate.ends_at, existing=existing, now=doing.now)
    secret, digest = new_link()
    for member_id in sorted(mandate.scope.members):
        details = {"until": iso_instant(until), "guest": str(existing + 1)}
        act = Act(act="guest.invite", author=author, member_id=member_id, object=mandate.id, details=details)
        record_act(uow, act, signer=doing.signer, now=doing.now)
    number = uow.guest_links.count(mandate.number) + 1
    link = GuestLink(mandate=mandate.number, number=number, label=kept, made_at=doing.now, ends_at=until)
    uow.guest_links.add(link, digest)
    return MadeLink(link=link, secret=secret)


def end_guest_link(uow: UnitOfWork, doing: Administration, mandate_id: str, number: int) -> None:
    """End a link for good; it lets nobody in any more, nor goes on for who came by it.

    Raises:
        Refusal: code `not-found`.
    """
    mandate = own_mandate(uow, doing, mandate_id)
    if not 0 < number < 1 << 62:
        raise not_found(f"{mandate_id}/{number}")
    known = {link.number: link for link in uow.guest_links.of_mandate(mandate.number)}
    if number not in known:
        raise not_found(f"{mandate_id}/{number}")
    if known[number].revoked_at is not None:
        return
    author = author_of(doing.by, uow.directory())
    for member_id in sorted(mandate.scope.members):
        details = {"guest": str(number)}
        act = Act(act="guest.revoke", author=author, member_id=member_id, object=mandate.id, details=details)
        record_act(uow, act, signer=doing.signer, now=doing.now)
    uow.guest_links.revoke(mandate.number, number, doing.now)


def enter(uow: UnitOfWork, secret: str, *, now: int) -> GuestLink:
    """Find the link by which somebody comes.

    Raises:
        Unauthenticated: code `guest-link-over`: it is not one, or lets nobody in any more; the answer is the same.
    """
    digest = read_link(secret)
    link = None if digest is None else uow.guest_links.by_secret(digest, now)
    if link is None:
        raise over()
    return link


def guest_of(uow: UnitOfWork, mandate: int, number: int, *, now: int) -> Principal:
    """Give who acts as a guest.

    Raises:
        Unauthenticated: code `guest-link-over`: the link or its mandate is not in force any more.
    """
    link = uow.guest_links.open_link(mandate, number, now)
    found = uow.mandates.by_numbers([mandate]).get(mandate)
    if link is None or found is None:
        raise over()
    return Principal(actor=Actor.GUEST, actor_id=f"{found.id}.{number}", ends_at=link.ends_at, guest=(mandate, number))


def own_mandate(uow: UnitOfWork, doing: Administration, mandate_id: str) -> Mandate:
    """Find a mandate that somebody's member gave, under which he may invite guests.

    Raises:
        Refusal: code `not-found`, also of a mandate of others.
    """
    require(doing.by, Permission.GUEST_INVITE)
    mandate = uow.mandates.by_id(mandate_id)
    is_console = doing.by.actor is Actor.CONSOLE
    if mandate is None or not (is_console or mandate.giver_id == doing.by.member_id):
        raise not_found(mandate_id)
    return mandate


def link_as_json(link: GuestLink, *, now: int) -> dict[str, Any]:
    """Lay out a link for the one who made it, without anything of its secret."""
    state = "revoked" if link.revoked_at is not None else ("open" if link.is_open(now) else "ended")
    return {
        "guest": link.number,
        "label": link.label,
        "state": state,
        "made": iso_instant(link.made_at),
        "until": iso_instant(link.ends_at),
    }


def over() -> Unauthenticated:
    """Build the answer to whoever comes by a link that lets nobody in."""
    return Unauthenticated([Problem(sentence=GUEST_LINK_OVER)])
