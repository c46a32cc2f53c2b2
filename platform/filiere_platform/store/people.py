"""Accounts of people and what opens them; each secret is used up by the statement that looks at it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from sqlalchemy import delete, insert, select, update
from sqlalchemy.engine import Row
from sqlmodel import Session

from filiere_platform.domain.person import Person, PersonStatus
from filiere_platform.domain.principal import Role
from filiere_platform.store.tables_person import PERSON, PERSON_LINK, RECOVERY_CODE, PersonLinkTable, PersonTable


class Kept(NamedTuple):
    """A person with what is compared when somebody signs in: the password's digest, the app's sealed secret."""

    person: Person
    password: str | None
    totp: bytes | None
    totp_step: int


class PersonStore:
    """Keeps people. Who may ask is decided by the use cases."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, person: Person, *, now: int) -> None:
        """Add a person who has no password yet.

        Raises:
            RowsRefused: the address is taken (`uq_person_login`), or there is no such member.
        """
        self._session.add(
            PersonTable(
                id=person.id,
                member_id=person.member_id,
                login=person.login,
                name=person.name,
                roles=_roles_text(person.roles),
                status=person.status.value,
                created_at=now,
            )
        )
        self._session.flush()

    def of_member(self, member_id: int) -> list[Person]:
        """List the people of a member, by name."""
        chosen = select(PERSON).where(PERSON.c.member_id == member_id).order_by(PERSON.c.name, PERSON.c.id)
        return [_person(row) for row in self._session.execute(chosen)]

    def kept(self, person_id: str) -> Kept | None:
        """Find a person by id."""
        return self._one(PERSON.c.id == person_id)

    def by_login(self, login: str) -> Kept | None:
        """Find a person by address."""
        return self._one(PERSON.c.login == login)

    def change(self, person_id: str, **values: Any) -> None:
        """Write columns of a person."""
        if "roles" in values:
            values["roles"] = _roles_text(values["roles"])
        self._session.execute(update(PERSON).where(PERSON.c.id == person_id).values(**values))

    def take_step(self, person_id: str, step: int) -> bool:
        """Use up the codes of an app up to a step; False where it, or a later one, was used before."""
        mine = (PERSON.c.id == person_id, PERSON.c.totp_step < step)
        return (
            self._session.execute(update(PERSON).where(*mine).values(totp_step=step).returning(PERSON.c.id)).first()
            is not None
        )

    def add_link(self, sha256: bytes, person_id: str, expires_at: int) -> None:
        """Let a person choose a password until a time; the links of before do not hold any more."""
        self._session.execute(delete(PERSON_LINK).where(PERSON_LINK.c.person_id == person_id))
        self._session.add(PersonLinkTable(sha256=sha256, person_id=person_id, expires_at=expires_at))
        self._session.flush()

    def linked(self, sha256: bytes, now: int) -> Person | None:
        """Find whom a link is for, without using it up; None where it does not hold."""
        mine = (PERSON_LINK.c.sha256 == sha256, PERSON_LINK.c.expires_at > now)
        row = self._session.execute(
            select(PERSON).join(PERSON_LINK, PERSON_LINK.c.person_id == PERSON.c.id).where(*mine)
        ).first()
        return None if row is None else _person(row)

    def take_link(self, sha256: bytes, now: int) -> bool:
        """Use a link up; False where it does not hold: of two who come with it one gets it."""
        mine = (PERSON_LINK.c.sha256 == sha256, PERSON_LINK.c.expires_at > now)
        return (
            self._session.execute(delete(PERSON_LINK).where(*mine).returning(PERSON_LINK.c.sha256)).first() is not None
        )

    def drop_links(self, person_id: str) -> None:
        """Let no link of a person hold any more."""
        self._session.execute(delete(PERSON_LINK).where(PERSON_LINK.c.person_id == person_id))

    def set_recovery_codes(self, person_id: str, digests: Iterable[bytes]) -> None:
        """Give a person recovery codes; those of before do not hold any more."""
        self._session.execute(delete(RECOVERY_CODE).where(RECOVERY_CODE.c.person_id == person_id))
        rows = [{"person_id": person_id, "sha256": digest} for digest in digests]
        if rows:
            self._session.execute(insert(RECOVERY_CODE), rows)

    def take_recovery_code(self, person_id: str, sha256: bytes) -> bool:
        """Use a recovery code up; False where it does not hold."""
        mine = (RECOVERY_CODE.c.person_id == person_id, RECOVERY_CODE.c.sha256 == sha256)
        return (
            self._session.execute(delete(RECOVERY_CODE).where(*mine).returning(RECOVERY_CODE.c.sha256)).first()
            is not None
        )

    def _one(self, *chosen: Any) -> Kept | None:
        row = self._session.execute(select(PERSON).where(*chosen)).first()
        return None if row is None else Kept(_person(row), row.password, row.totp, row.totp_step)


def _person(row: Row[Any]) -> Person:
    return Person(
        id=row.id,
        member_id=row.member_id,
        login=row.login,
        name=row.name,
        roles=frozenset(Role(name) for name in row.roles.split()),
        status=PersonStatus(row.status),
        has_totp=row.totp is not None,
    )


def _roles_text(roles: Iterable[Role]) -> str:
    return " ".join(sorted(roles))
