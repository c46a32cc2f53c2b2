"""A stored event as a reader gets it: its record, what was indexed of it, and who sent it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Final

from filiere_platform.domain.record import KINDS_BY_CODE
from filiere_schemas.provenance.entry import EntryKind

# How sure a reader may be of whose word an event is.
ASSURANCE: Final = {EntryKind.EVENT: "signed at source", EntryKind.RECEIPT: "attested on receipt"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """One visible record that holds an event."""

    log_index: int
    kind: EntryKind  # event: signed at source; receipt: attested on receipt
    sha256: bytes
    stored_at: int  # microseconds since 1970: the event's recordTime
    member_id: int
    member_uri: str
    event_id: str
    body: bytes | None  # the compact JWS; None once erased
    disclosures: bytes | None
    declares_error: bool
    earliest: int
    latest: int

    @classmethod
    def of_row(cls, log_index: int, kind: int, *columns: Any) -> StoredEvent:
        """Make one of a row: its kind as stored, all else in the order of the fields."""
        return cls(**dict(zip(_FIELDS, (log_index, KINDS_BY_CODE[kind], *columns), strict=True)))


_FIELDS = tuple(each.name for each in fields(StoredEvent))
