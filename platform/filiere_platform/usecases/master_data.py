"""Keep and read master data: each change is a version, and with its commit an act of the log.

The act names what was written by its id and digests it, so that a member can show later what it said, and the log tells
nobody what that was.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from filiere_platform.domain import master_data_sentences as say
from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.audit import Act
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.master_data import (
    MOST_ENTRIES,
    MOST_VERSIONS_PER_DAY,
    MasterDataEntry,
    MasterDataQuery,
    Said,
    entry_id,
    require_shareable,
    standing_of,
    with_sharing,
)
from filiere_platform.domain.member_changes import AlreadyExists
from filiere_platform.domain.supplier import DAY
from filiere_platform.store.master_data import MemberMasterData
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.reading import not_found
from filiere_platform.usecases.suppliers import Keeping
from filiere_schemas.epcis.master_data import VocabularyElement, as_json
from filiere_schemas.problems import Problem, Refusal

_LONGEST_ID = 40  # characters of an id that an answer repeats
Parties = Mapping[str, int]


def put_master_data(uow: UnitOfWork, keeping: Keeping, said: Said, parties: Parties) -> MasterDataEntry:
    """Say something of a thing; that it was said already changes nothing.

    Raises:
        Refusal: code `master-data-not-yours`, `master-data-full`, `master-data-too-many-changes`.
        AlreadyExists: code `master-data-moved`.
    """
    require_shareable(said, keeping.member_id, parties)
    opened = _opened(uow, keeping)
    kept = opened[0].entries([_id(keeping, said.element)])
    changed = _changed(keeping, said, kept)
    if changed is not None:
        (changed,) = _write(uow, opened, keeping, "master-data.put", [changed])
    return changed or kept[_id(keeping, said.element)]


def keep_elements(uow: UnitOfWork, keeping: Keeping, elements: Sequence[VocabularyElement], parties: Parties) -> int:
    """Keep the master data of a document; what was said already changes nothing. Gives how many changed.

    An element that says nothing of sharing is shared as before, a new one with nobody.

    Raises:
        Refusal, AlreadyExists: as `put_master_data`, and code `master-data-sharing`; nothing is kept.
    """
    opened = _opened(uow, keeping)
    changes = _changes(opened[0], keeping, elements, parties)
    if changes:
        _write(uow, opened, keeping, "master-data.capture", changes)
    return len(changes)


def judge_elements(uow: UnitOfWork, keeping: Keeping, elements: Sequence[VocabularyElement], parties: Parties) -> None:
    """Say beforehand what `keep_elements` would say of all the master data of a document; nothing is changed.

    Raises:
        Refusal: as `keep_elements`.
    """
    book, (count, _) = _opened(uow, keeping)
    _require_room(book, count, keeping, _changes(book, keeping, elements, parties))


def remove_master_data(uow: UnitOfWork, keeping: Keeping, entry: str) -> None:
    """Say nothing more of a thing; what was said stays among its versions.

    Raises:
        Refusal: code `not-found`, also for another member's; `master-data-too-many-changes`.
        AlreadyExists: code `master-data-moved`.
    """
    opened = _opened(uow, keeping)
    kept = opened[0].entries([entry]).get(entry)
    if kept is None or kept.said is None:
        raise _not_found(entry)
    removed = replace(kept, version=kept.version + 1, at=_shown_instant(keeping.now), said=None)
    _write(uow, opened, keeping, "master-data.remove", [removed])


def find_master_data(
    uow: UnitOfWork, viewer: Viewer, query: MasterDataQuery, parties: Parties
) -> tuple[list[MasterDataEntry], str | None]:
    """Find what a viewer may know, one page of it, and after which id the next begins (None: this is the last)."""
    found = uow.master_data.seen_by(viewer, parties).find(replace(query, limit=query.limit + 1))
    page = found[: query.limit]
    return page, page[-1].id if len(found) > query.limit else None


def read_master_data(
    uow: UnitOfWork, viewer: Viewer, entry: str, parties: Parties, *, as_of: int | None = None
) -> MasterDataEntry:
    """Read what is, or at an instant was, said of a thing.

    Raises:
        Refusal: code `not-found`, also where this viewer may not know it.
    """
    found = uow.master_data.seen_by(viewer, parties).entry(entry, as_of=as_of)
    if found is None:
        raise _not_found(entry)
    return found


def versions_of(uow: UnitOfWork, member_id: int, entry: str) -> list[MasterDataEntry]:
    """Give every version of what a member says, the newest first, to itself alone.

    Raises:
        Refusal: code `not-found`, also for another member's.
    """
    found = uow.master_data.of(member_id).versions(entry)
    if not found:
        raise _not_found(entry)
    return found


def version_document(entry: MasterDataEntry) -> dict[str, Any]:
    """Lay out a version of what a member says, whoever asks."""
    document = {} if entry.said is None else as_json(entry.said.element)
    return {
        "entry": entry.id,
        "vocabulary": entry.vocabulary,
        "key": entry.key,
        **document,
        "sharing": None if entry.said is None else entry.said.sharing.value,
        "version": entry.version,
        "at": iso_instant(entry.at),
        "removed": entry.said is None,
        "act": entry.act,
    }


def entry_as_json(
    entry: MasterDataEntry, viewer: Viewer, parties: Parties, members: Mapping[int, str]
) -> dict[str, Any]:
    """Lay out an entry; `members` are the URIs of all members. The act is told to who wrote it alone."""
    is_own = entry.member_id == viewer.member_id
    return version_document(entry) | {
        "member": members[entry.member_id],
        "own": is_own,
        "standing": standing_of(entry.key, entry.member_id, parties).value,
        "act": entry.act if is_own else None,
    }


def _opened(uow: UnitOfWork, keeping: Keeping) -> tuple[MemberMasterData, tuple[int, int]]:
    book = uow.master_data.of(keeping.member_id)
    return book, book.revision()


def _id(keeping: Keeping, element: VocabularyElement) -> str:
    return entry_id(keeping.member_id, element.vocabulary, element.key)


def _changes(
    book: MemberMasterData, keeping: Keeping, elements: Sequence[VocabularyElement], parties: Parties
) -> list[MasterDataEntry]:
    """Give the versions that the master data of a document makes."""
    kept = book.entries([_id(keeping, element) for element in elements])
    changes = []
    for element in elements:
        before = kept.get(_id(keeping, element))
        said = with_sharing(element, None if before is None else before.said)
        require_shareable(said, keeping.member_id, parties)
        changed = _changed(keeping, said, kept)
        if changed is not None:
            changes.append(changed)
    return changes


def _changed(keeping: Keeping, said: Said, kept: Mapping[str, MasterDataEntry]) -> MasterDataEntry | None:
    """Give the version that saying something makes; None where it was said already."""
    element = said.element
    name = _id(keeping, element)
    before = kept.get(name)
    if before is not None and before.said is not None and before.said.body == said.body:
        return None
    return MasterDataEntry(
        id=name,
        member_id=keeping.member_id,
        vocabulary=element.vocabulary,
        key=element.key,
        version=1 if before is None else before.version + 1,
        at=_shown_instant(keeping.now),
        said=said,
    )


def _shown_instant(now: int) -> int:
    """Give an instant as answers show it, in milliseconds: asked as of then, a version is there."""
    return now - now % 1_000


def _write(
    uow: UnitOfWork,
    opened: tuple[MemberMasterData, tuple[int, int]],
    keeping: Keeping,
    verb: str,
    changes: Sequence[MasterDataEntry],
) -> list[MasterDataEntry]:
    book, revision = opened
    _require_room(book, revision[0], keeping, changes)
    # Nobody's record is stored under the lock: it is taken for the writing alone, and what was decided holds if nothing
    # was changed since.
    book.lock()
    if book.revision() != revision:
        raise AlreadyExists([Problem(sentence=say.MASTER_DATA_MOVED)])
    digest = hashlib.sha256()
    for each in changes:
        body = b"" if each.said is None else each.said.body.encode()
        digest.update(f"{each.id} {each.version} {hashlib.sha256(body).hexdigest()}\n".encode())
    act = Act(
        act=verb,
        author=keeping.author,
        member_id=keeping.member_id,
        object=changes[0].id if len(changes) == 1 else None,
        details={"sha256": digest.hexdigest(), "versions": str(len(changes))},
    )
    index = record_act(uow, act, signer=keeping.signer, now=keeping.now)
    written = [replace(each, act=index) for each in changes]
    book.write(written)
    return written


def _require_room(book: MemberMasterData, count: int, keeping: Keeping, changes: Sequence[MasterDataEntry]) -> None:
    added = sum(each.version == 1 for each in changes)
    if added and count + added > MOST_ENTRIES:
        raise Refusal([Problem(sentence=say.TOO_MANY_ENTRIES, values={"most": MOST_ENTRIES})])
    if changes and book.count_versions(keeping.now - DAY) + len(changes) > MOST_VERSIONS_PER_DAY:
        raise Refusal([Problem(sentence=say.TOO_MANY_VERSIONS, values={"most": MOST_VERSIONS_PER_DAY})])


def _not_found(entry: str) -> Refusal:
    return not_found(f"master-data/{entry[:_LONGEST_ID]}")
