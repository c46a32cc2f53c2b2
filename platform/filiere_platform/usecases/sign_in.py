"""Sign people in: password, then the code of an app where there is one; what fails is told in one sentence.

The password is compared between two transactions, since it takes its fifty milliseconds on purpose.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Final

from filiere_platform.domain.attempts import Attempts, Limit
from filiere_platform.domain.callers import place_of
from filiere_platform.domain.credential import Unauthenticated, active_member
from filiere_platform.domain.member import Directory
from filiere_platform.domain.password import check_password, digest_password, is_password
from filiere_platform.domain.person import Person, PersonStatus, fold_login, read_link
from filiere_platform.domain.person_sentences import LINK_REFUSED, SESSION_OVER, SIGN_IN_REFUSED
from filiere_platform.domain.person_session import (
    SEEN_EVERY,
    PersonSession,
    Stage,
    new_session,
    open_secret,
    read_session_name,
    seal_secret,
)
from filiere_platform.domain.principal import Actor, Principal
from filiere_platform.domain.totp import step_of_code
from filiere_platform.store.people import Kept
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_schemas.problems import Problem, Refusal

RECOVERY_CODES: Final = 10
_MINUTE: Final = 60_000_000  # microseconds
BY_ADDRESS: Final = Limit(at_once=30, pause=6_000_000)  # a company's people share one address
BY_ACCOUNT: Final = Limit(at_once=8, pause=_MINUTE)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has begun, and its name for the cookie."""

    name: str
    session: PersonSession


class Door:
    """Lets people in; counts who tries, in this process."""

    def __init__(self, units: UnitsOfWork, *, secret: bytes) -> None:
        self._units = units
        self._secret = secret  # seals what apps share with us
        self._by_address = Attempts(BY_ADDRESS)
        self._by_account = Attempts(BY_ACCOUNT)

    def try_password(self, login: str, password: str, *, address: str, presented: str, now: int) -> SignedIn:
        """Begin a session; half of one where an app's code is still to come. The one that was presented ends.

        Raises:
            TooMany: too many attempts from this address, or for this account, whether there is one or not.
            Unauthenticated: code `sign-in-refused`.
        """
        folded = fold_login(login)
        self._count(folded, address=address, now=now)
        with self._units.unit_of_work() as uow:
            kept = uow.people.by_login(folded)
        if not is_password(password, None if kept is None else kept.password) or not _may_enter(kept):
            raise _refused()
        assert kept is not None  # noqa: S101 - `_may_enter` has said so
        stage = Stage.FULL if kept.totp is None else Stage.HALF
        if stage is Stage.FULL:
            self._by_account.forget(folded)
        with self._units.unit_of_work() as uow:
            return _begin(uow, kept.person.id, stage=stage, presented=presented, now=now)

    def try_code(self, presented: str, code: str, *, address: str, now: int) -> SignedIn:
        """Complete a half session with an app's code, or a recovery code; each is taken once.

        Raises:
            TooMany: as `try_password`.
            Unauthenticated: code `session-over` where the half session is; code `sign-in-refused`.
        """
        with self._units.unit_of_work() as uow:
            half = _session(uow, presented, now=now)
            kept = None if half is None else uow.people.kept(half.person_id)
        if half is None or half.stage is not Stage.HALF or not _may_enter(kept):
            raise Unauthenticated([Problem(sentence=SESSION_OVER)])
        assert kept is not None  # noqa: S101 - `_may_enter` has said so
        self._count(kept.person.login, address=address, now=now)
        with self._units.unit_of_work() as uow:
            if not self._takes(uow, kept, code, now=now):
                raise _refused()
            self._by_account.forget(kept.person.login)
            return _begin(uow, kept.person.id, stage=Stage.FULL, presented=presented, now=now)

    def join(self, link: str, password: str, *, address: str, now: int) -> Person:
        """Choose a password by a one-time link; whatever was open before ends.

        Raises:
            TooMany: as `try_password`.
            Refusal: code `link-refused`, or the password is not accepted; the link holds on then.
        """
        self.count_address(address, now=now)
        person = self.invited(link, now=now)
        check_password(password, login=person.login)
        digest = digest_password(password)
        with self._units.unit_of_work() as uow:
            if not uow.people.take_link(read_link(link) or b"", now):
                raise Refusal([Problem(sentence=LINK_REFUSED)])
            uow.people.change(person.id, password=digest, status=PersonStatus.ACTIVE.value)
            uow.person_sessions.end_all(person.id)
        self._by_account.forget(person.login)
        return person

    def begin_full(self, uow: UnitOfWork, person_id: str, *, presented: str, now: int) -> SignedIn:
        """Begin the session of somebody who proved by other means who he is.

        Raises:
            Unauthenticated: code `sign-in-refused`: he may not come in.
        """
        kept = uow.people.kept(person_id)
        if not _may_enter(kept):
            raise _refused()
        return _begin(uow, person_id, stage=Stage.FULL, presented=presented, now=now)

    def begin_after_password(self, uow: UnitOfWork, person_id: str, *, presented: str, now: int) -> SignedIn:
        """Begin the session of somebody for whom another's word stands in for the password, and for it alone.

        Raises:
            Unauthenticated: as `begin_full`.
        """
        kept = uow.people.kept(person_id)
        if not _may_enter(kept):
            raise _refused()
        stage = Stage.FULL if kept is None or kept.totp is None else Stage.HALF
        return _begin(uow, person_id, stage=stage, presented=presented, now=now)

    def may_enter(self, uow: UnitOfWork, person_id: str) -> bool:
        """Whether somebody may come in at all."""
        return _may_enter(uow.people.kept(person_id))

    def count_address(self, address: str, *, now: int) -> None:
        """Count an attempt of somebody of whom nothing but the address is known.

        Raises:
            TooMany: as `try_password`.
        """
        self._by_address.take(place_of(address), now=now)

    def invited(self, link: str, *, now: int) -> Person:
        """Find whom a link is for, without using it up.

        Raises:
            Refusal: code `link-refused`.
        """
        digest = read_link(link)
        with self._units.unit_of_work() as uow:
            person = None if digest is None else uow.people.linked(digest, now)
        if person is None or person.status is PersonStatus.SUSPENDED:
            raise Refusal([Problem(sentence=LINK_REFUSED)])
        return person

    def change_password(self, person_id: str, old: str, new: str, *, session: str, address: str, now: int) -> None:
        """Change one's own password; one's other sessions end.

        Raises:
            TooMany, Unauthenticated: as `try_password`.
            Refusal: the new password is not accepted.
        """
        kept = self.confirm(person_id, old, address=address, now=now)
        check_password(new, login=kept.person.login)
        digest = digest_password(new)
        with self._units.unit_of_work() as uow:
            uow.people.change(person_id, password=digest)
            uow.people.drop_links(person_id)
            uow.person_sessions.end_all(person_id, but=read_session_name(session) or b"")

    def add_app(self, person_id: str, secret: bytes, code: str, password: str, *, address: str, now: int) -> list[str]:
        """Ask for an app's code from now on at every sign-in; gives the recovery codes, which are shown once.

        Raises:
            TooMany, Unauthenticated: as `try_password`; the code is not the app's.
        """
        self.confirm(person_id, password, address=address, now=now)
        step = step_of_code(secret, code, now=now, after=0)
        if step is None:
            raise _refused()
        codes = [_recovery_code() for _ in range(RECOVERY_CODES)]
        with self._units.unit_of_work() as uow:
            uow.people.change(person_id, totp=self.seal(secret, person_id), totp_step=step)
            uow.people.set_recovery_codes(person_id, map(_recovery_digest, codes))
        return codes

    def remove_app(self, person_id: str, password: str, *, address: str, now: int) -> None:
        """Ask for the password alone again.

        Raises:
            TooMany, Unauthenticated: as `try_password`.
        """
        self.confirm(person_id, password, address=address, now=now)
        with self._units.unit_of_work() as uow:
            uow.people.change(person_id, totp=None)
            uow.people.set_recovery_codes(person_id, ())

    def seal(self, secret: bytes, person_id: str) -> bytes:
        """Seal an app's secret for one person."""
        return seal_secret(secret, key=self._secret, owner=person_id)

    def unseal(self, sealed: bytes, person_id: str) -> bytes | None:
        """Open what was sealed for this person; None for anything else."""
        return open_secret(sealed, key=self._secret, owner=person_id)

    def confirm(self, person_id: str, password: str, *, address: str, now: int) -> Kept:
        """Have somebody who is signed in say the password again: an open browser is not enough to change a factor.

        Raises:
            TooMany, Unauthenticated: as `try_password`.
        """
        with self._units.unit_of_work() as uow:
            kept = uow.people.kept(person_id)
        if kept is None:
            raise _refused()
        self._count(kept.person.login, address=address, now=now)
        if not is_password(password, kept.password):
            raise _refused()
        self._by_account.forget(kept.person.login)
        return kept

    def _count(self, login: str, *, address: str, now: int) -> None:
        self.count_address(address, now=now)
        self._by_account.take(login, now=now)

    def _takes(self, uow: UnitOfWork, kept: Kept, code: str, *, now: int) -> bool:
        secret = None if kept.totp is None else self.unseal(kept.totp, kept.person.id)
        step = None if secret is None else step_of_code(secret, code, now=now, after=kept.totp_step)
        if step is not None:
            return uow.people.take_step(kept.person.id, step)
        return uow.people.take_recovery_code(kept.person.id, _recovery_digest(code))


def principal_of_session(uow: UnitOfWork, name: str, directory: Directory, *, now: int) -> Principal | None:
    """Find who acts in a session; None where the second factor is still to come.

    Raises:
        Unauthenticated: there is no such session, or its time is over.
        Forbidden: the member is suspended.
    """
    session = _session(uow, name, now=now)
    kept = None if session is None else uow.people.kept(session.person_id)
    if session is None or not _may_enter(kept):
        raise Unauthenticated([Problem(sentence=SESSION_OVER)])
    assert kept is not None  # noqa: S101 - `_may_enter` has said so
    if session.stage is Stage.HALF:
        return None
    member = active_member(kept.person.member_id, directory)
    if now >= session.seen_at + SEEN_EVERY:
        uow.person_sessions.saw(session.sha256, now)
    return Principal(
        actor=Actor.PERSON,
        actor_id=kept.person.id,
        member_id=member.id,
        of_sector_body=member.is_sector_body,
        roles=kept.person.roles,
        ends_at=session.ends_at,
    )


def end_session(uow: UnitOfWork, name: str) -> None:
    """End a session; nothing happens where there is none."""
    digest = read_session_name(name)
    if digest is not None:
        uow.person_sessions.end(digest)


def end_own_sessions(uow: UnitOfWork, person_id: str, *, but: str, short: str | None = None) -> None:
    """End one of one's sessions, by what names it on one's page, or all but the one in use."""
    if short is None:
        uow.person_sessions.end_all(person_id, but=read_session_name(but) or b"")
        return
    for session in uow.person_sessions.of_person(person_id):
        if session.short == short:
            uow.person_sessions.end(session.sha256)


def _session(uow: UnitOfWork, name: str, *, now: int) -> PersonSession | None:
    digest = read_session_name(name)
    session = None if digest is None else uow.person_sessions.find(digest)
    return None if session is None or session.is_over(now) else session


def _begin(uow: UnitOfWork, person_id: str, *, stage: Stage, presented: str, now: int) -> SignedIn:
    # Whatever name was presented ends here: the session has one that nobody knew before.
    end_session(uow, presented)
    name, session = new_session(person_id, stage=stage, now=now)
    uow.person_sessions.begin(session, now=now)
    return SignedIn(name, session)


def _may_enter(kept: Kept | None) -> bool:
    return kept is not None and kept.person.status is PersonStatus.ACTIVE


def _refused() -> Unauthenticated:
    return Unauthenticated([Problem(sentence=SIGN_IN_REFUSED)])


def _recovery_code() -> str:
    text = secrets.token_hex(10)
    return "-".join(text[at : at + 5] for at in range(0, len(text), 5))


def _recovery_digest(code: str) -> bytes:
    plain = "".join(code.split()).replace("-", "").lower()
    return hashlib.sha256(b"recovery\0" + plain.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnAccount:
    """What somebody is shown of the own account; `current` names the session in use."""

    person: Person
    sessions: list[PersonSession]
    current: str


def own_account(uow: UnitOfWork, person_id: str, *, session: str, now: int) -> OwnAccount:
    """Read somebody's own account, with the sessions that are open.

    Raises:
        Unauthenticated: code `session-over`.
    """
    kept = uow.people.kept(person_id)
    if kept is None:
        raise Unauthenticated([Problem(sentence=SESSION_OVER)])
    found = [each for each in uow.person_sessions.of_person(person_id) if not each.is_over(now)]
    used = (read_session_name(session) or b"").hex()[:16]
    return OwnAccount(person=kept.person, sessions=found, current=used)
