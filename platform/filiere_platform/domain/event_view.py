"""What somebody sees of an event whose owner shares no more of it than its public fields: a view of the platform.

A view is a type of its own, so that nothing takes it for a record: it has no signed bytes, no digest, no sender and no
place in a proof. Nobody can verify it at its source, and every output says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from filiere_platform.domain.sealing import TYPS, stated_openly
from filiere_schemas.epcis.building import Builder
from filiere_schemas.epcis.context import Context
from filiere_schemas.epcis.event import Event
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.sectors.public_fields import PublicFields

NOT_VERIFIABLE: Final = "not verifiable at source"  # the assurance of a view, beside those of records
VIEW_NAME: Final = "public-fields"
_PLACES: Final = ("readPoint", "bizLocation")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventView:
    """The public fields of one event; `shown` is None once its payload is erased."""

    log_index: int
    kind: EntryKind
    stored_at: int  # microseconds since 1970
    shown: dict[str, Any] | None
    is_withdrawn: bool  # its owner declared it erroneous

    @property
    def event_id(self) -> str | None:
        """The event's ID, where its owner stated one and the sector shows it."""
        found = (self.shown or {}).get("eventID")
        return found if isinstance(found, str) else None


def project(kind: EntryKind, body: bytes | None, fields: PublicFields) -> dict[str, Any] | None:
    """Give the public fields of a stored event, of which nothing sealed is disclosed.

    Raises:
        Refusal: the stored bytes do not hold.
    """
    if body is None:
        return None
    return fields.view_of(stated_openly(strict_loads(parse_jws(body, typ=TYPS[kind]).payload)))


def read_view(view: EventView) -> Event:
    """Read a view that is not erased as a typed event: what queries and traces may know of it."""
    shown = view.shown or {}
    # A place of which the country is shown and the identifier is not is no end of the event.
    value = {name: child for name, child in shown.items() if name not in _PLACES or "id" in child}
    return Builder(Context(value["@context"])).event(value)
