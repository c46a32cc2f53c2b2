"""Administer the people of a member: invite, give roles, suspend; each change is an act in the log.

A person is found only by who may see the people of that member: for anybody else there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

from filiere_platform.domain.audit import Act, ActSigner, author_of
from filiere_platform.domain.member import Member
from filiere_platform.domain.member_changes import AlreadyExists
from filiere_platform.domain.permissions import Permission, require
from filiere_platform.domain.person import (
    FIRST_LINK_LIFETIME,
    LINK_LIFETIME,
    Person,
    PersonStatus,
    fold_login,
    new_link,
    new_person_id,
    read_login,
    read_name,
)
from filiere_platform.domain.person_sentences import LAST_ADMINISTRATOR, PERSON_EXISTS
from filiere_platform.domain.principal import Actor, Principal, Role
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_schemas.problems import Problem, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Invitation:
    """A person, and the secret of the link by which a password is chosen: shown once."""

    person: Person
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Administration:
    """Who administers people, with what the acts are signed, and when."""

    by: Principal
    signer: ActSigner
    now: int

    def record(self, uow: UnitOfWork, act: str, person: Person) -> None:
        """Put what was done into the log."""
        author = author_of(self.by, uow.directory())
        details = {"roles": " ".join(sorted(person.roles))} if person.roles else {}
        done = Act(act=act, author=author, member_id=person.member_id, object=f"person:{person.id}", details=details)
        record_act(uow, done, signer=self.signer, now=self.now)


def list_people(uow: UnitOfWork, by: Principal, member_id: int) -> list[Person]:
    """List the people of a member.

    Raises:
        Forbidden: somebody of this member may not.
        Refusal: code `not-found`, for whoever is of another.
    """
    _reach(by, member_id, Permission.PERSON_READ)
    return uow.people.of_member(member_id)


def invite_person(
    uow: UnitOfWork, doing: Administration, member: Member, *, login: str, name: str, roles: frozenset[Role]
) -> Invitation:
    """Make an account that begins with a one-time link.

    Raises:
        Forbidden, Refusal: as `list_people`, for who may manage; the address or the name is none.
        AlreadyExists: the address has an account.
    """
    _reach(doing.by, member.id, Permission.PERSON_MANAGE)
    person = Person(
        id=new_person_id(),
        member_id=member.id,
        login=read_login(login),
        name=read_name(name),
        roles=roles,
        status=PersonStatus.INVITED,
    )
    if uow.people.by_login(person.login) is not None:
        raise AlreadyExists([Problem(sentence=PERSON_EXISTS, values={"found": person.login})])
    uow.people.add(person, now=doing.now)
    doing.record(uow, "person.invite", person)
    return Invitation(person=person, secret=_link(uow, doing, person))


def give_link(uow: UnitOfWork, doing: Administration, person_id: str) -> Invitation:
    """Give somebody who has lost a password another one-time link; the one of before does not hold any more.

    The password and the app stay what they are until the link is used: it stands in for the password alone.

    Raises:
        Forbidden, Refusal: as `list_people`.
    """
    person = _managed(uow, doing, person_id)
    doing.record(uow, "person.link", person)
    return Invitation(person=person, secret=_link(uow, doing, person))


def set_roles(uow: UnitOfWork, doing: Administration, person_id: str, roles: frozenset[Role]) -> Person:
    """Give a person other roles, from the next request on.

    Raises:
        Forbidden, Refusal: as `list_people`; code `last-administrator`.
    """
    person = _managed(uow, doing, person_id)
    if Role.ADMINISTRATOR not in roles:
        _keep_an_administrator(uow, person)
    uow.people.change(person.id, roles=roles)
    changed = _found(uow, person.id)
    doing.record(uow, "person.roles", changed)
    return changed


def suspend_person(uow: UnitOfWork, doing: Administration, person_id: str) -> Person:
    """Let somebody in no more, and end what is open.

    Raises:
        Forbidden, Refusal: as `list_people`; code `last-administrator`.
    """
    person = _managed(uow, doing, person_id)
    _keep_an_administrator(uow, person)
    uow.people.change(person.id, status=PersonStatus.SUSPENDED.value)
    uow.people.drop_links(person.id)
    uow.person_sessions.end_all(person.id)
    doing.record(uow, "person.suspend", person)
    return _found(uow, person.id)


def resume_person(uow: UnitOfWork, doing: Administration, person_id: str) -> Person:
    """Let somebody back in.

    Raises:
        Forbidden, Refusal: as `list_people`.
    """
    person = _managed(uow, doing, person_id)
    kept = uow.people.kept(person.id)
    began = kept is not None and kept.password is not None
    uow.people.change(person.id, status=(PersonStatus.ACTIVE if began else PersonStatus.INVITED).value)
    doing.record(uow, "person.resume", person)
    return _found(uow, person.id)


def forget_factors(uow: UnitOfWork, doing: Administration, person_id: str) -> Person:
    """Forget app, recovery codes, passkeys and the provider's account of who has lost them; end what is open.

    Raises:
        Forbidden, Refusal: as `list_people`.
    """
    person = _managed(uow, doing, person_id)
    uow.people.change(person.id, totp=None)
    uow.people.set_recovery_codes(person.id, ())
    uow.passkeys.remove(person.id)
    uow.identities.forget(person.id)
    uow.person_sessions.end_all(person.id)
    doing.record(uow, "person.factors", person)
    return _found(uow, person.id)


def _reach(by: Principal, member_id: int, permission: Permission) -> None:
    require(by, permission)
    if by.actor is not Actor.CONSOLE and by.member_id != member_id:
        raise _nobody(f"member/{member_id}")


def _managed(uow: UnitOfWork, doing: Administration, person_id: str) -> Person:
    require(doing.by, Permission.PERSON_MANAGE)
    _ = uow.capture  # the head's lock, before anything is read: two administrators cannot both remove the other
    kept = uow.people.kept(person_id)
    if kept is None or (doing.by.actor is not Actor.CONSOLE and kept.person.member_id != doing.by.member_id):
        raise _nobody(f"person/{person_id[:20]}")
    return kept.person


def _keep_an_administrator(uow: UnitOfWork, person: Person) -> None:
    others = [each for each in uow.people.of_member(person.member_id) if each.id != person.id]
    if person.is_administrator and not any(each.is_administrator for each in others):
        member = uow.members.by_id(person.member_id)
        raise Refusal([Problem(sentence=LAST_ADMINISTRATOR, values={"member": member.name})])


def _found(uow: UnitOfWork, person_id: str) -> Person:
    kept = uow.people.kept(person_id)
    if kept is None:
        raise _nobody(f"person/{person_id[:20]}")
    return kept.person


def _link(uow: UnitOfWork, doing: Administration, person: Person) -> str:
    secret, digest = new_link()
    # What is printed at a console is used by who sits there; what is sent takes its time.
    lasts = FIRST_LINK_LIFETIME if doing.by.actor is Actor.CONSOLE else LINK_LIFETIME
    uow.people.add_link(digest, person.id, doing.now + lasts)
    return secret


def _nobody(what: str) -> Refusal:
    return Refusal([Problem(sentence=NOT_FOUND, values={"what": what})])


def person_by_login(uow: UnitOfWork, login: str) -> Person:
    """Find a person by address, for the console.

    Raises:
        Refusal: code `not-found`.
    """
    kept = uow.people.by_login(fold_login(login))
    if kept is None:
        raise _nobody(login)
    return kept.person


def inviting_member(uow: UnitOfWork, uri: str) -> Member:
    """Find for whom somebody is invited at the console: the member of a URI, else the sector body.

    Raises:
        Refusal: code `not-found`.
    """
    member = uow.members.by_uri(uri) if uri else uow.members.sector_body()
    if member is None:
        raise _nobody(uri or "sector body")
    return member
