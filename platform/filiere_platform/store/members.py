"""Members and what identifies them. Every change moves the directory's version in the same commit."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import delete, update
from sqlmodel import Session

from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.store.directory import announce_change, read_members
from filiere_platform.store.tables import MEMBER, MEMBER_IDENTIFIER, MemberIdentifierTable, MemberTable


class MemberStore:
    """Admits, suspends and finds members."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        uri: str,
        name: str,
        sharing: SharingMode | None,
        identifiers: Iterable[str],
        *,
        is_sector_body: bool = False,
    ) -> Member:
        """Admit a member. `identifiers` are canonical keys of its parties and sites; its own uri is added to them.

        Raises:
            RowsRefused: the uri (`uq_member_uri`) or an identifier (`pk_member_identifier`) is a member's already;
                there is a sector body already (`uq_member_is_sector_body`).
        """
        announce_change(self._session)
        row = MemberTable(
            uri=uri,
            name=name,
            status=MemberStatus.ACTIVE.value,
            sharing=sharing and sharing.value,
            is_sector_body=is_sector_body,
        )
        self._session.add(row)
        self._session.flush()
        assert row.id is not None  # noqa: S101 - the database has just given it
        keys = tuple(sorted({uri, *identifiers}))
        self._session.add_all([MemberIdentifierTable(key=key, member_id=row.id) for key in keys])
        self._session.flush()
        return Member(
            id=row.id,
            uri=uri,
            name=name,
            status=MemberStatus.ACTIVE,
            sharing=sharing,
            identifiers=keys,
            is_sector_body=is_sector_body,
        )

    def add_identifiers(self, member_id: int, identifiers: Iterable[str]) -> None:
        """Give a member more parties or sites.

        Raises:
            RowsRefused: an identifier belongs to a member already, or there is no such member.
        """
        announce_change(self._session)
        self._session.add_all([MemberIdentifierTable(key=key, member_id=member_id) for key in sorted(set(identifiers))])
        self._session.flush()

    def remove_identifier(self, member_id: int, key: str) -> bool:
        """Take one party, site or prefix from a member; False where it does not have it."""
        announce_change(self._session)
        gone = delete(MEMBER_IDENTIFIER).where(
            MEMBER_IDENTIFIER.c.member_id == member_id, MEMBER_IDENTIFIER.c.key == key
        )
        return self._session.execute(gone.returning(MEMBER_IDENTIFIER.c.key)).first() is not None

    def by_uri(self, uri: str) -> Member | None:
        """Find a member by its global identifier."""
        found = read_members(self._session, MEMBER.c.uri == uri)
        return found[0] if found else None

    def by_id(self, member_id: int) -> Member:
        """Give the member of an id, which stands in records for good.

        Raises:
            KeyError: there never was one.
        """
        found = read_members(self._session, MEMBER.c.id == member_id)
        if not found:
            raise KeyError(member_id)
        return found[0]

    def sector_body(self) -> Member | None:
        """Find the sector body; None in an instance that was founded before it was a member."""
        found = read_members(self._session, MEMBER.c.is_sector_body)
        return found[0] if found else None

    def all(self) -> list[Member]:
        """List the members in order of admission."""
        return read_members(self._session)

    def set_status(self, member_id: int, status: MemberStatus) -> bool:
        """Suspend or readmit a member; False when there is no such member."""
        announce_change(self._session)
        return self._change(member_id, status=status.value)

    def set_sharing(self, member_id: int, sharing: SharingMode | None) -> bool:
        """Change how far a member's later records are shared; False when there is no such member."""
        announce_change(self._session)
        return self._change(member_id, sharing=sharing and sharing.value)

    def _change(self, member_id: int, **values: str | None) -> bool:
        changed = self._session.execute(
            update(MEMBER).where(MEMBER.c.id == member_id).values(**values).returning(MEMBER.c.id)
        )
        return changed.first() is not None
