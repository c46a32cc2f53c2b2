"""What a member says of places, products and parties: its own, in versions, shared as it says.

Whose word it is decides how far it carries. About an identifier of one's own, or of nobody's, a word may be shared;
about one that lies under another member's it is a proposal: it stands for its author alone, whatever its sharing says.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from filiere_platform.domain.audience import SharingMode, Viewer
from filiere_platform.domain.field_name import full_name
from filiere_platform.domain.master_data_sentences import NOT_YOURS, SHARING_UNKNOWN
from filiere_platform.domain.ownership import owner_of
from filiere_platform.domain.record import Role
from filiere_schemas.epcis.context import OUR_NAMESPACE
from filiere_schemas.epcis.master_data import (
    BUSINESS_LOCATION,
    EPC_CLASS,
    READ_POINT,
    SOURCE_OR_DESTINATION,
    VocabularyElement,
)
from filiere_schemas.problems import Problem, Refusal

# In a document: how far an element is shared, as `filiere:sharing` of an event.
SHARING_ATTRIBUTES: Final = frozenset({f"{OUR_NAMESPACE}sharing", "filiere:sharing"})
MODES: Final = (SharingMode.PRIVATE, SharingMode.SECTOR, SharingMode.PUBLIC)
MOST_ENTRIES: Final = 100_000  # of one member
MOST_VERSIONS_PER_DAY: Final = 50_000  # of one member

_CLASSES: Final = frozenset({Role.OBJECT, Role.CHILD, Role.INPUT, Role.OUTPUT})
_SOURCES: Final = frozenset(role for role in Role if Role.SOURCE_OWNING_PARTY <= role <= Role.SOURCE_OTHER)
_DESTINATIONS: Final = frozenset(
    role for role in Role if Role.DESTINATION_OWNING_PARTY <= role <= Role.DESTINATION_OTHER
)
# Which vocabulary describes what stands in a field of events, and in which roles. Source: EPCIS 2.0, 8.2.7.1.
FIELDS: Final[Mapping[str, tuple[str, frozenset[Role]]]] = {
    "readPoint": (READ_POINT, frozenset({Role.READ_POINT})),
    "bizLocation": (BUSINESS_LOCATION, frozenset({Role.BIZ_LOCATION})),
    "epcClass": (EPC_CLASS, _CLASSES),
    "source": (SOURCE_OR_DESTINATION, _SOURCES),
    "destination": (SOURCE_OR_DESTINATION, _DESTINATIONS),
}


class Standing(StrEnum):
    """Whose the identifier is that a member describes."""

    OWN = "own"
    UNCLAIMED = "unclaimed"  # it lies under nobody's
    PROPOSAL = "proposal"  # it lies under another member's


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One version of what a member says: an element, and how far it shares it."""

    element: VocabularyElement
    sharing: SharingMode = SharingMode.PRIVATE

    @property
    def body(self) -> str:
        """As it is kept and digested."""
        element = self.element
        attributes = [[name, value] for name, value in element.attributes]
        document = {"id": element.id, "attributes": attributes, "children": list(element.children)}
        return json.dumps(document | {"sharing": self.sharing}, ensure_ascii=False, separators=(",", ":"))


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterDataEntry:
    """What a member says, or said, of one thing; `said` is None where it says nothing any more."""

    id: str
    member_id: int
    vocabulary: str
    key: str
    version: int
    at: int  # microseconds since 1970
    said: Said | None
    act: int = -1  # the log index of the act that wrote it


@dataclass(frozen=True, slots=True, kw_only=True)
class MasterDataQuery:
    """Which entries somebody asks for, in the order of their ids; an empty query asks for all."""

    vocabulary: str = ""
    key: str = ""  # canonical
    term: bytes = b""  # a digest that `terms_of` gives
    after: str = ""
    limit: int = 100


def read_body(vocabulary: str, key: str, body: str) -> Said:
    """Read a version as it is kept."""
    document = json.loads(body)
    element = VocabularyElement(
        vocabulary=vocabulary,
        id=document["id"],
        key=key,
        attributes=tuple((name, value) for name, value in document["attributes"]),
        children=tuple(document["children"]),
    )
    return Said(element=element, sharing=SharingMode(document["sharing"]))


def entry_id(member_id: int, vocabulary: str, key: str) -> str:
    """Name what a member says of one thing: the same member, vocabulary and thing have one name."""
    return hashlib.sha256(f"{member_id}\0{vocabulary}\0{key}".encode()).hexdigest()[:24]


def read_sharing(text: str) -> SharingMode:
    """Read how far master data is shared.

    Raises:
        Refusal: code `master-data-sharing`.
    """
    if text not in MODES:
        values = {"found": text[:40], "expected": ", ".join(MODES)}
        raise Refusal([Problem(sentence=SHARING_UNKNOWN, pointer="/sharing", values=values)])
    return SharingMode(text)


def with_sharing(element: VocabularyElement, before: Said | None) -> Said:
    """Take how far an element of a document is shared out of its attributes; where it does not say, as before.

    Raises:
        Refusal: code `master-data-sharing`.
    """
    stated = [value for name, value in element.attributes if name in SHARING_ATTRIBUTES]
    if not stated:
        return Said(element=element, sharing=SharingMode.PRIVATE if before is None else before.sharing)
    others = tuple(each for each in element.attributes if each[0] not in SHARING_ATTRIBUTES)
    return Said(element=replace(element, attributes=others), sharing=read_sharing(str(stated[-1])))


def standing_of(key: str, member_id: int, parties: Mapping[str, int]) -> Standing:
    """Say whose the identifier is that a member describes."""
    owned = owner_of(key, parties)
    if owned is None:
        return Standing.UNCLAIMED
    return Standing.OWN if owned[0] == member_id else Standing.PROPOSAL


def require_shareable(said: Said, member_id: int, parties: Mapping[str, int]) -> None:
    """Let nobody spread his word about what is another's.

    Raises:
        Refusal: code `master-data-not-yours`.
    """
    is_kept = said.sharing is SharingMode.PRIVATE
    if not is_kept and standing_of(said.element.key, member_id, parties) is Standing.PROPOSAL:
        values = {"found": said.element.id}
        raise Refusal([Problem(sentence=NOT_YOURS, pointer="/sharing", values=values)])


def modes_shown_to(viewer: Viewer) -> tuple[SharingMode, ...]:
    """Give the modes under which a viewer is shown what others say."""
    return (SharingMode.PUBLIC,) if viewer.member_id is None else (SharingMode.SECTOR, SharingMode.PUBLIC)


def may_see(entry: MasterDataEntry, viewer: Viewer, parties: Mapping[str, int]) -> bool:
    """Whether a viewer may know what a member says: his own, or what is shared with him and no proposal."""
    if viewer.operator or entry.member_id == viewer.member_id:
        return True
    is_shared = entry.said is not None and entry.said.sharing in modes_shown_to(viewer)
    return is_shared and standing_of(entry.key, entry.member_id, parties) is not Standing.PROPOSAL


def terms_of(element: VocabularyElement) -> set[bytes]:
    """Give what an element is found by: a digest of each attribute's name, and of each name with its value."""
    found = set()
    for name, value in element.attributes:
        found.add(term(name))
        for text in _texts(value):
            found.add(term(name, text))
    return found


def term(name: str, value: str | None = None) -> bytes:
    """Digest an attribute's name, or its name and one value, as `terms_of` does."""
    named = full_name(name, {}) or name
    return hashlib.sha256((named if value is None else f"{named}\0{value}").encode()).digest()


def _texts(value: Any) -> Iterator[str]:
    """Give what a value may be compared with: a text as it is, a number or a truth as JSON writes it."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (bool, int, float)):
        yield json.dumps(value)
