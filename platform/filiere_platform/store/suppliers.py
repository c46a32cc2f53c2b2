"""Members' registers of partners. Every look begins with whose register it is: there is no other way to a row."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, func, insert, select, update
from sqlmodel import Session

from filiere_platform.domain.supplier import KeptPartner, Partner, Step, Version
from filiere_platform.domain.supplier_document import body_of, read_partner, write_partner
from filiere_platform.store.directory import lock_head
from filiere_platform.store.tables_supplier import PARTNER, PARTNER_VERSION

_VERSION = PARTNER_VERSION.c


class SupplierStore:
    """Opens registers."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, member_id: int) -> Register:
        """Open the register of one member, and of nobody else."""
        return Register(self._session, member_id)


class Register:
    """The partners of one member."""

    def __init__(self, session: Session, member_id: int) -> None:
        self._session = session
        self._mine: ColumnElement[bool] = PARTNER.c.member_id == member_id
        self._member_id = member_id

    def lock(self) -> None:
        """Let nobody change anything until the unit ends, nor store a record: to be held for moments only."""
        lock_head(self._session)

    def revision(self) -> tuple[int, int]:
        """Give what changes with every change of the register; read without reading any partner."""
        summed = select(func.count(), func.coalesce(func.sum(PARTNER.c.latest), 0)).where(self._mine)
        count, versions = self._session.execute(summed).one()
        return int(count), int(versions)

    def partners(self, *, as_of: int | None = None) -> list[KeptPartner]:
        """List the partners, by code; as the register stood at an instant, without contacts, where one is named."""
        return sorted(self._kept(as_of), key=lambda kept: (kept.partner.code, kept.id))

    def partner(self, partner_id: str, *, as_of: int | None = None) -> KeptPartner | None:
        """Find a partner that is, or at an instant was, in the register."""
        return next(iter(self._kept(as_of, PARTNER.c.id == partner_id)), None)

    def versions(self, partner_id: str) -> list[Version]:
        """List the versions of a partner, the newest first, also of one that was removed."""
        chosen = self._joined(PARTNER.c.id == partner_id).order_by(_VERSION.number.desc())
        return [_version(row) for row in self._session.execute(chosen)]

    def all_versions(self) -> list[Version]:
        """List the versions of everybody who is or was in the register, in the order in which they were written."""
        chosen = self._joined().order_by(_VERSION.act, _VERSION.partner_id)
        return [_version(row) for row in self._session.execute(chosen)]

    def count_versions(self, since: int) -> int:
        """Count the versions that were made since an instant."""
        counted = select(func.count()).select_from(PARTNER_VERSION).join(PARTNER, PARTNER.c.id == _VERSION.partner_id)
        return int(self._session.execute(counted.where(self._mine, _VERSION.at >= since)).scalar_one())

    def size(self) -> int:
        """Count the characters of all documents as they are now."""
        summed = select(func.coalesce(func.sum(func.length(_VERSION.body)), 0)).select_from(PARTNER_VERSION)
        current = summed.join(PARTNER, PARTNER.c.id == _VERSION.partner_id)
        return int(self._session.execute(current.where(self._mine, _VERSION.number == PARTNER.c.latest)).scalar_one())

    def write(self, versions: Sequence[Version], contacts: dict[str, Partner]) -> None:
        """Keep new versions, and the contacts of their partners as they are now; first versions make the partner."""
        contacts_of = {partner_id: _contacts(partner) for partner_id, partner in contacts.items()}
        first = [each.partner_id for each in versions if each.number == 1]
        if first:
            row = {"member_id": self._member_id, "latest": 1}
            rows = [{"id": partner_id, "contacts": contacts_of[partner_id], **row} for partner_id in first]
            self._session.execute(insert(PARTNER), rows)
        for each in versions:
            if each.number > 1:
                mine = (self._mine, PARTNER.c.id == each.partner_id)
                kept = contacts_of.get(each.partner_id, "[]")
                self._session.execute(update(PARTNER).where(*mine).values(latest=each.number, contacts=kept))
        self._session.execute(insert(PARTNER_VERSION), [_row(each) for each in versions])

    def _joined(self, *chosen: ColumnElement[bool]) -> Any:
        columns = select(PARTNER_VERSION, PARTNER.c.contacts)
        return columns.join(PARTNER, PARTNER.c.id == _VERSION.partner_id).where(self._mine, *chosen)

    def _kept(self, as_of: int | None, *chosen: ColumnElement[bool]) -> list[KeptPartner]:
        if as_of is None:
            rows = self._joined(_VERSION.number == PARTNER.c.latest, *chosen)
        else:
            # Of what was written up to an instant, the newest version is the one that held.
            then = (
                select(_VERSION.partner_id, func.max(_VERSION.number).label("number"))
                .where(_VERSION.at <= as_of)
                .group_by(_VERSION.partner_id)
                .subquery()
            )
            held = (then.c.partner_id == _VERSION.partner_id, then.c.number == _VERSION.number)
            rows = self._joined(*held, *chosen)
        return [
            KeptPartner(
                id=row.partner_id,
                version=row.number,
                changed_at=row.at,
                partner=_partner(row.body, "[]" if as_of is not None else row.contacts),
            )
            for row in self._session.execute(rows)
            if row.body is not None
        ]


def _row(version: Version) -> dict[str, Any]:
    return {
        "partner_id": version.partner_id,
        "number": version.number,
        "at": version.at,
        "author": version.author,
        "step": version.step.value,
        "body": None if version.partner is None else body_of(version.partner),
        "sha256": version.sha256,
        "act": version.act,
    }


def _contacts(partner: Partner) -> str:
    return json.dumps(write_partner(partner)["contacts"], ensure_ascii=False)


def _partner(body: str, contacts: str = "[]") -> Partner:
    return read_partner({**json.loads(body), "contacts": json.loads(contacts)})


def _version(row: Row[Any]) -> Version:
    return Version(
        partner_id=row.partner_id,
        number=row.number,
        at=row.at,
        author=row.author,
        step=Step(row.step),
        partner=None if row.body is None else _partner(row.body),
        sha256=row.sha256,
        act=row.act,
    )
