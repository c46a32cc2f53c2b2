"""What a mapped event is to the spool: new, known, a correction; and the two records that a correction sends.

A row that was sent and has changed since is not overwritten: the old event is declared erroneous, under its own ID,
and a corrective event with another ID says what is right.

Source: GS1 EPCIS 2.0, 7.4.1.2 and 7.4.1.3 (error declarations, corrective event IDs); CBV 2.0, 7.5 (error reasons).
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any

from filiere_connectors.spool_records import Said

_IDS = uuid.uuid5(uuid.NAMESPACE_URL, "urn:filiere:ns:connector")


class Standing(StrEnum):
    """What a mapped event is to what its rows said before."""

    NEW = "new"
    KNOWN = "known"
    CORRECTION = "correction"
    AGAIN = "again"  # the platform refused what the rows said; what they say now stands alone


def standing(said: Said | None, content: bytes, *, was_refused: bool) -> Standing:
    """Decide what an event is; `was_refused` speaks of the record by which the rows spoke last."""
    if said is None:
        return Standing.NEW
    if said.content == content:
        return Standing.KNOWN
    return Standing.AGAIN if was_refused else Standing.CORRECTION


def event_id(*, member: str, flow: str, source_key: str, revision: int, content: bytes) -> str:
    """Give the ID of an event: the same row with the same content gets the same one on any machine."""
    name = "\x00".join((member, flow, source_key, str(revision), content.hex()))
    return uuid.uuid5(_IDS, name).urn


def error_declaration(payload: bytes, *, corrective_id: str, declared_at: datetime) -> dict[str, Any]:
    """Declare the event of a signed payload erroneous; everything else of it stays as it was."""
    event: dict[str, Any] = json.loads(payload)
    declaration: Mapping[str, Any] = {
        "declarationTime": declared_at.isoformat(timespec="milliseconds"),
        "reason": "incorrect_data",
        "correctiveEventIDs": [corrective_id],
    }
    return {**event, "errorDeclaration": declaration}
