"""What an event says of the state of its objects: dispositions, which stay in the record and not in the graph."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from filiere_platform.domain.sealing import open_record
from filiere_platform.domain.stored_event import StoredEvent
from filiere_schemas.epcis.vocabulary import Vocabulary, bare_word


@dataclass(frozen=True, slots=True, kw_only=True)
class EventWords:
    """The words of one event, bare where the Core Business Vocabulary has them, and who recorded it."""

    member_uri: str
    disposition: str | None = None
    set: frozenset[str] = frozenset()
    unset: frozenset[str] = frozenset()
    erased: bool = False


def words_of(event: StoredEvent) -> EventWords:
    """Read the words of a stored event as far as its reader is shown it; an erased one has none left."""
    if event.body is None:
        return EventWords(member_uri=event.member_uri, erased=True)
    payload = open_record(event.kind, event.body, event.disclosures).value
    persistent = payload.get("persistentDisposition")
    lasting = persistent if isinstance(persistent, Mapping) else {}
    stated = payload.get("disposition")
    return EventWords(
        member_uri=event.member_uri,
        disposition=_bare(stated) if isinstance(stated, str) else None,
        set=_words(lasting.get("set")),
        unset=_words(lasting.get("unset")),
    )


def _words(value: Any) -> frozenset[str]:
    return frozenset(_bare(word) for word in value if isinstance(word, str)) if isinstance(value, list) else frozenset()


def _bare(word: str) -> str:
    return bare_word(Vocabulary.DISPOSITION, word) or word
