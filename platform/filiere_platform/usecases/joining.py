"""The first administrator of a member that was admitted: its invitation, opened in a browser instead of by a program.

The invitation gives here what it gives there, once, and an account beside: nobody has to wait for the sector body to
make one. A member whose people administer it already invites others itself.
"""

from __future__ import annotations

from dataclasses import dataclass

from filiere_platform.domain.admission_sentences import INVITATION_REFUSED, MEMBER_HAS_ADMINISTRATOR
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.member_changes import AlreadyExists
from filiere_platform.domain.password import check_password, digest_password
from filiere_platform.domain.person import Person, PersonStatus, new_person_id, read_login, read_name
from filiere_platform.domain.person_sentences import PERSON_EXISTS
from filiere_platform.domain.principal import Role
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.admission import FirstCredentials, digest_of_invitation, take_invitation
from filiere_platform.usecases.audit import record_act
from filiere_schemas.problems import Problem, Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """Somebody who makes an account for himself, read and checked; the password is a digest already."""

    login: str
    name: str
    password: str


def read_newcomer(*, login: str, name: str, password: str) -> Newcomer:
    """Read what somebody wrote into the form; takes the fifty milliseconds of a password.

    Raises:
        Refusal: the address, the name or the password is none that is accepted.
    """
    folded = read_login(login)
    named = read_name(name)
    check_password(password, login=folded)
    return Newcomer(login=folded, name=named, password=digest_password(password))


def invited_member(uow: UnitOfWork, invitation: str, *, now: int) -> Member:
    """Find whom an invitation is for, without using it up.

    Raises:
        Unauthenticated: it is unknown, expired or used, or its member may not act.
        Refusal: code `member-has-administrator`.
    """
    member_id = uow.admission.invited(digest_of_invitation(invitation), now)
    member = None if member_id is None else uow.members.by_id(member_id)
    if member is None or member.status is not MemberStatus.ACTIVE:
        raise Unauthenticated([Problem(sentence=INVITATION_REFUSED)])
    _require_nobody(uow, member)
    return member


def join_first(
    uow: UnitOfWork, invitation: str, newcomer: Newcomer, *, signer: ActSigner, now: int
) -> FirstCredentials:
    """Use an invitation up: the newcomer administers the member from now on; gives the member's first credentials.

    Raises:
        Unauthenticated, Refusal: as `invited_member`; the invitation holds on where it is not unknown, expired or used.
        AlreadyExists: the address has an account.
    """
    given = take_invitation(uow, invitation, signer=signer, now=now)
    _require_nobody(uow, given.member)
    if uow.people.by_login(newcomer.login) is not None:
        raise AlreadyExists([Problem(sentence=PERSON_EXISTS, values={"found": newcomer.login})])
    person = Person(
        id=new_person_id(),
        member_id=given.member.id,
        login=newcomer.login,
        name=newcomer.name,
        roles=frozenset({Role.ADMINISTRATOR}),
        status=PersonStatus.ACTIVE,
    )
    uow.people.add(person, now=now)
    uow.people.change(person.id, password=newcomer.password)
    # He is the author of his own account: the invitation that let him make it has its act before this one.
    joins = Act(
        act="person.join",
        author=Author(actor=f"person:{person.id}", on_behalf_of=given.member.uri),
        member_id=given.member.id,
        object=f"person:{person.id}",
        details={"roles": Role.ADMINISTRATOR.value},
    )
    record_act(uow, joins, signer=signer, now=now)
    return given


def _require_nobody(uow: UnitOfWork, member: Member) -> None:
    people = uow.people.of_member(member.id)
    if any(each.is_administrator and each.status is PersonStatus.ACTIVE for each in people):
        raise Refusal([Problem(sentence=MEMBER_HAS_ADMINISTRATOR, values={"member": member.name})])
