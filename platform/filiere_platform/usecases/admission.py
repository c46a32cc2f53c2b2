"""Apply, approve, decline; publish the charter; invite a member and let it take its first credentials, once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass

from filiere_platform.domain import admission_sentences as say
from filiere_platform.domain.application import (
    HOUR,
    LONGEST,
    MOST_IDENTIFIERS,
    Application,
    ApplicationState,
    Charter,
    read_words,
    require_charter,
    require_room,
)
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.member import USUAL_SCOPES, Member, MemberStatus, Scope
from filiere_platform.domain.member_changes import AlreadyExists
from filiere_platform.domain.request_sentences import FIELD_UNREADABLE
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.domain.token_request import TokenRequest
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.identifiers import add_identifier, key_of
from filiere_platform.usecases.members import add_member, create_enrolment_token
from filiere_platform.usecases.tokens import give_token
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.audit import LONGEST_DETAIL

INVITATION_PREFIX = "fili_"
INVITATION_HOURS = 168
FIRST_TOKEN = "invitation"  # noqa: S105 - the name of a token


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCredentials:
    """What an invitation yields: what a connector enrols with, and a token that keeps the member's tokens."""

    member: Member
    enrolment_token: str
    token: str


def apply(
    uow: UnitOfWork,
    *,
    uri: str,
    name: str,
    contact: str,
    message: str,
    identifiers: tuple[str, ...],
    charter: Charter | None,
    now: int,
) -> Application:
    """Keep an application. What is answered does not tell whether the applicant is a member already.

    Raises:
        InvalidIdentifier: the URI or an identifier is none.
        Refusal: code `field-unreadable`, `charter-not-accepted`, `too-many-applications`.
    """
    key = canonical_key(uri)
    keys = tuple(dict.fromkeys(key_of(identifier) for identifier in identifiers))
    if len(uri) > LONGEST["uri"] or len(keys) > MOST_IDENTIFIERS:
        field = "uri" if len(uri) > LONGEST["uri"] else "identifiers"
        raise Refusal([Problem(sentence=FIELD_UNREADABLE, pointer=f"/{field}", values={"name": field})])
    name, contact, message = (
        read_words(name, "name"),
        read_words(contact, "contact"),
        read_words(message, "message", least=0),
    )
    require_charter(charter, uow.admission.charter())
    require_room(
        waiting=uow.admission.count(),
        of_one=uow.admission.count(uri=key),
        in_last_hour=uow.admission.count(since=now - HOUR),
    )
    application = Application(
        id=secrets.token_hex(8),
        uri=key,
        name=name,
        contact=contact,
        message=message,
        identifiers=keys,
        charter=charter,
        asked_at=now,
    )
    uow.admission.add(application)
    return application


def approve(uow: UnitOfWork, application_id: str, *, author: Author, signer: ActSigner, now: int) -> tuple[Member, str]:
    """Admit an applicant; gives the member and the text of its invitation, which is shown this once.

    Raises:
        Refusal: code `no-such-application`, `charter-not-accepted` where another version came into force meanwhile.
        AlreadyExists: the member, or one of the identifiers, is another's already.
    """
    application = _decided(uow, application_id, ApplicationState.APPROVED, reason=None, now=now)
    require_charter(application.charter, uow.admission.charter())
    member = add_member(uow, uri=application.uri, name=application.name)
    details = {"application": application.id}
    record_act(
        uow,
        Act(act="member.admit", author=author, member_id=member.id, object=member.uri, details=details),
        signer=signer,
        now=now,
    )
    if application.charter is not None:
        uow.admission.accept_charter(member.id, application.charter, now)
        said = {"version": application.charter.version, "sha256": application.charter.sha256.hex()}
        accepts = Act(act="charter.accept", author=author, member_id=member.id, details=said)
        record_act(uow, accepts, signer=signer, now=now)
    for key in application.identifiers:
        add_identifier(uow, member, key, author=author, signer=signer, now=now)
    return member, invite(uow, member, author=author, signer=signer, now=now)


def decline(
    uow: UnitOfWork, application_id: str, *, reason: str, author: Author, signer: ActSigner, now: int
) -> Application:
    """Decline an application; how to reach the applicant is forgotten. The log names neither him nor the reason.

    Raises:
        Refusal: code `no-such-application`, `reason-missing`.
    """
    said = require_reason(reason)
    declined = _decided(uow, application_id, ApplicationState.DECLINED, reason=said, now=now)
    record_act(uow, Act(act="application.decline", author=author, object=declined.id), signer=signer, now=now)
    return declined


def publish_charter(uow: UnitOfWork, charter: Charter, *, author: Author, signer: ActSigner, now: int) -> None:
    """Put a version of the charter into force, for all who apply from now on.

    Raises:
        AlreadyExists: there is one of this name.
    """
    if uow.admission.has_charter(charter.version):
        raise AlreadyExists([Problem(sentence=say.CHARTER_EXISTS, values={"version": charter.version})])
    uow.admission.publish_charter(charter, now)
    details = {"version": charter.version, "sha256": charter.sha256.hex()}
    if charter.allows_mandates:
        details["mandates"] = "allowed"
    record_act(uow, Act(act="charter.publish", author=author, details=details), signer=signer, now=now)


def accept_charter(
    uow: UnitOfWork, member: Member, charter: Charter, *, author: Author, signer: ActSigner, now: int
) -> None:
    """Note that a member accepts the version in force; again, nothing changes.

    Raises:
        Refusal: code `charter-not-accepted` where another version is in force, `not-found` where none is.
    """
    in_force = uow.admission.charter()
    if in_force is None:
        raise Refusal([Problem(sentence=NOT_FOUND, values={"what": "charter"})])
    require_charter(charter, in_force)
    if charter in uow.admission.accepted(member.id):
        return
    said = {"version": charter.version, "sha256": charter.sha256.hex()}
    act = Act(act="charter.accept", author=author, member_id=member.id, details=said)
    record_act(uow, act, signer=signer, now=now)
    uow.admission.accept_charter(member.id, charter, now)


def invite(uow: UnitOfWork, member: Member, *, author: Author, signer: ActSigner, now: int) -> str:
    """Make a one-time invitation of a member; its text is shown this once."""
    text = INVITATION_PREFIX + secrets.token_urlsafe(32)
    uow.admission.invite(digest_of_invitation(text), member.id, now + INVITATION_HOURS * HOUR)
    record_act(uow, Act(act="member.invite", author=author, member_id=member.id), signer=signer, now=now)
    return text


def take_invitation(uow: UnitOfWork, text: str, *, signer: ActSigner, now: int) -> FirstCredentials:
    """Use an invitation up; of two who come with it, one gets the credentials.

    Raises:
        Unauthenticated: it is unknown, expired or used, or its member may not act.
    """
    member_id = uow.admission.take_invitation(digest_of_invitation(text), now)
    member = None if member_id is None else uow.members.by_id(member_id)
    if member is None or member.status is not MemberStatus.ACTIVE:
        raise Unauthenticated([Problem(sentence=say.INVITATION_REFUSED)])
    author = Author(actor=f"invitation:{digest_of_invitation(text).hex()[:12]}", on_behalf_of=member.uri)
    record_act(uow, Act(act="invitation.take", author=author, member_id=member.id), signer=signer, now=now)
    request = TokenRequest(name=FIRST_TOKEN, scopes=USUAL_SCOPES | {Scope.SUPPLIERS, Scope.MANAGE})
    given = give_token(uow, member, request, by=None, author=author, signer=signer, now=now)
    return FirstCredentials(
        member=member,
        enrolment_token=create_enrolment_token(uow, uri=member.uri, now=now),
        token=given.text,
    )


def require_reason(reason: str) -> str:
    """Give a reason as it is kept.

    Raises:
        Refusal: code `reason-missing`.
    """
    if not 0 < len(reason.strip()) <= LONGEST_DETAIL:
        raise Refusal([Problem(sentence=say.REASON_MISSING, values={"limit": LONGEST_DETAIL})])
    return reason.strip()


def _decided(
    uow: UnitOfWork, application_id: str, state: ApplicationState, *, reason: str | None, now: int
) -> Application:
    application = uow.admission.find(application_id)
    if application is None or not uow.admission.decide(application_id, state, reason=reason, now=now):
        raise Refusal([Problem(sentence=say.NO_SUCH_APPLICATION, values={"id": application_id})])
    return application


def digest_of_invitation(text: str) -> bytes:
    """Reduce an invitation to what is kept of it."""
    return hashlib.sha256(text.encode()).digest()
