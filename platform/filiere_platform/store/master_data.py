"""What members say of things: each writes its own, and reads what others share with it.

`seen_by(viewer)` is the gate: it gives nothing that `domain/master_data.may_see` does not let through.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, func, insert, or_, select, true, update
from sqlmodel import Session

from filiere_platform.domain.audience import SharingMode, Viewer
from filiere_platform.domain.master_data import (
    MasterDataEntry,
    MasterDataQuery,
    may_see,
    modes_shown_to,
    read_body,
    terms_of,
)
from filiere_platform.store.column_types import one_of
from filiere_platform.store.directory import lock_head
from filiere_platform.store.tables_master_data import MASTER_DATA, MASTER_DATA_TERM, MASTER_DATA_VERSION

_AT_ONCE = 200  # rows read for a page: more than one page, since some may not pass
_ENTRY, _VERSION = MASTER_DATA.c, MASTER_DATA_VERSION.c
_SAID = select(
    _ENTRY.id,
    _ENTRY.member_id,
    _ENTRY.vocabulary,
    _ENTRY.key,
    _VERSION.number,
    _VERSION.at,
    _VERSION.body,
    _VERSION.act,
).join_from(MASTER_DATA, MASTER_DATA_VERSION, _VERSION.entry_id == _ENTRY.id)
_NOW = _SAID.where(_VERSION.number == _ENTRY.latest)


class MasterDataStore:
    """Opens what one member says, for its writer, and what is said, for a reader."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def of(self, member_id: int) -> MemberMasterData:
        """Open what one member says."""
        return MemberMasterData(self._session, member_id)

    def seen_by(self, viewer: Viewer, parties: Mapping[str, int]) -> VisibleMasterData:
        """Open the gate for a viewer; `parties` are members' identifiers, by which a proposal is known."""
        return VisibleMasterData(self._session, viewer, parties)


class MemberMasterData:
    """What one member says, to be changed by it."""

    def __init__(self, session: Session, member_id: int) -> None:
        self._session = session
        self._mine: ColumnElement[bool] = _ENTRY.member_id == member_id
        self._change = (
            update(MASTER_DATA)
            .where(self._mine, _ENTRY.id == bindparam("entry"))
            .values(latest=bindparam("number"), sharing=bindparam("mode"))
        )

    def lock(self) -> None:
        """Let nobody change anything until the unit ends, nor store a record: to be held for moments only."""
        lock_head(self._session)

    def revision(self) -> tuple[int, int]:
        """Give how many things are described, and a number that changes with every change."""
        summed = select(func.count(), func.coalesce(func.sum(_ENTRY.latest), 0)).where(self._mine)
        count, versions = self._session.execute(summed).one()
        return int(count), int(versions)

    def count_versions(self, since: int) -> int:
        """Count the versions that were made since an instant."""
        counted = (
            select(func.count()).select_from(MASTER_DATA_VERSION).join(MASTER_DATA, _ENTRY.id == _VERSION.entry_id)
        )
        return int(self._session.execute(counted.where(self._mine, _VERSION.at >= since)).scalar_one())

    def entries(self, ids: Collection[str]) -> dict[str, MasterDataEntry]:
        """Give those of some entries that there are, also those that were removed."""
        rows = self._session.execute(_NOW.where(self._mine, one_of(_ENTRY.id, ids))) if ids else ()
        return {row.id: _entry(row) for row in rows}

    def versions(self, entry_id: str) -> list[MasterDataEntry]:
        """Give every version of an entry, the newest first, also once it is removed."""
        chosen = _SAID.where(self._mine, _ENTRY.id == entry_id).order_by(_VERSION.number.desc())
        return [_entry(row) for row in self._session.execute(chosen)]

    def all_versions(self) -> list[MasterDataEntry]:
        """Give every version of everything that the member says or said, in the order of the log."""
        chosen = _SAID.where(self._mine).order_by(_VERSION.act, _ENTRY.id)
        return [_entry(row) for row in self._session.execute(chosen)]

    def write(self, entries: Sequence[MasterDataEntry]) -> None:
        """Keep new versions; first versions make the entry. What it is found by is that of the newest version."""
        run = self._session.execute
        first = [_described(each) for each in entries if each.version == 1]
        if first:
            run(insert(MASTER_DATA), first)
        again = [
            {"entry": each.id, "number": each.version, "mode": _sharing(each)} for each in entries if each.version > 1
        ]
        if again:
            run(self._change, again)
        run(MASTER_DATA_TERM.delete().where(one_of(MASTER_DATA_TERM.c.entry_id, [each.id for each in entries])))
        terms = [
            {"entry_id": each.id, "sha256": digest}
            for each in entries
            if each.said is not None
            for digest in terms_of(each.said.element)
        ]
        if terms:
            run(insert(MASTER_DATA_TERM), terms)
        run(insert(MASTER_DATA_VERSION), [_version(each) for each in entries])


class VisibleMasterData:
    """What one viewer may know of what members say."""

    def __init__(self, session: Session, viewer: Viewer, parties: Mapping[str, int]) -> None:
        self._session = session
        self._viewer = viewer
        self._parties = parties

    def find(self, query: MasterDataQuery) -> list[MasterDataEntry]:
        """Find entries as they are now, one page of them in the order of their ids."""
        conditions = [self._candidates, _VERSION.body.is_not(None)]
        if query.vocabulary:
            conditions.append(_ENTRY.vocabulary == query.vocabulary)
        if query.key:
            conditions.append(_ENTRY.key == query.key)
        if query.term:
            conditions.append(_ENTRY.id.in_(_found_by([query.term])))
        found: list[MasterDataEntry] = []
        for entry in self._walk(_NOW.where(*conditions), query.after):
            found.append(entry)
            if len(found) == query.limit:
                break
        return found

    def entry(self, entry_id: str, *, as_of: int | None = None) -> MasterDataEntry | None:
        """Give one entry as it is, or as it was at an instant (microseconds since 1970); None: not for this viewer."""
        chosen = _NOW if as_of is None else _SAID.where(_VERSION.at <= as_of)
        newest = chosen.where(self._candidates, _ENTRY.id == entry_id).order_by(_VERSION.number.desc()).limit(1)
        found = next(self._passed(newest), None)
        return found if found is not None and found.said is not None else None

    def described(self, vocabulary: str, keys: Collection[str]) -> list[MasterDataEntry]:
        """Give what is said of some things."""
        chosen = _NOW.where(self._candidates, _ENTRY.vocabulary == vocabulary, one_of(_ENTRY.key, sorted(keys)))
        return [each for each in self._passed(chosen) if each.said is not None] if keys else []

    def keys_with(self, vocabulary: str, terms: Collection[bytes], *, most: int) -> list[str]:
        """Give the things of which any of some terms is said, each once; at most so many and one more."""
        chosen = _NOW.where(self._candidates, _ENTRY.vocabulary == vocabulary, _ENTRY.id.in_(_found_by(terms)))
        keys: dict[str, None] = {}
        for entry in self._walk(chosen, ""):
            keys[entry.key] = None
            if len(keys) > most:
                break
        return list(keys)

    @property
    def _candidates(self) -> ColumnElement[bool]:
        """What may pass: one's own, and what is shared now."""
        if self._viewer.operator:
            return true()
        shared = _ENTRY.sharing.in_([mode.value for mode in modes_shown_to(self._viewer)])
        return shared if self._viewer.member_id is None else or_(_ENTRY.member_id == self._viewer.member_id, shared)

    def _walk(self, chosen: Select[Any], after: str) -> Iterator[MasterDataEntry]:
        while True:
            page = chosen.where(_ENTRY.id > after).order_by(_ENTRY.id).limit(_AT_ONCE)
            rows = self._session.execute(page).all()
            yield from (entry for entry in map(_entry, rows) if may_see(entry, self._viewer, self._parties))
            if len(rows) < _AT_ONCE:
                return
            after = rows[-1].id

    def _passed(self, chosen: Select[Any]) -> Iterator[MasterDataEntry]:
        entries = map(_entry, self._session.execute(chosen))
        return (entry for entry in entries if may_see(entry, self._viewer, self._parties))


def _found_by(terms: Collection[bytes]) -> Select[Any]:
    return select(MASTER_DATA_TERM.c.entry_id).where(MASTER_DATA_TERM.c.sha256.in_(list(terms)))


def _described(entry: MasterDataEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "member_id": entry.member_id,
        "vocabulary": entry.vocabulary,
        "key": entry.key,
        "sharing": _sharing(entry),
        "latest": entry.version,
    }


def _version(entry: MasterDataEntry) -> dict[str, Any]:
    body = None if entry.said is None else entry.said.body
    return {"entry_id": entry.id, "number": entry.version, "at": entry.at, "body": body, "act": entry.act}


def _sharing(entry: MasterDataEntry) -> str:
    return (SharingMode.PRIVATE if entry.said is None else entry.said.sharing).value


def _entry(row: Row[Any]) -> MasterDataEntry:
    return MasterDataEntry(
        id=row.id,
        member_id=row.member_id,
        vocabulary=row.vocabulary,
        key=row.key,
        version=row.number,
        at=row.at,
        said=None if row.body is None else read_body(row.vocabulary, row.key, row.body),
        act=row.act,
    )
