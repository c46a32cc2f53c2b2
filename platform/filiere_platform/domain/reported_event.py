"""An event as a report reads it: what its reader is shown of it, and what the platform says of its record.

What the platform says stands in `filiere:record`, whatever an event itself says under this name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from filiere_platform.domain.event_matching import rank_of, shown_view
from filiere_platform.domain.event_query import Order, OrderKey
from filiere_platform.domain.event_view import NOT_VERIFIABLE, EventView
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.sealing import fields_withheld, opened_value
from filiere_platform.domain.stored_event import ASSURANCE, StoredEvent
from filiere_schemas.sectors.judging import AskedKde, CompiledProfile, cte_of, kdes_of
from filiere_schemas.sectors.report import CONTENTS, KDES, RECORD
from filiere_schemas.sectors.report_rows import ReportedEvent

_BY_TIME: Final = Order(key=OrderKey.EVENT_TIME)


def reported_event(
    profile: CompiledProfile,
    stored: StoredEvent | EventView,
    *,
    with_kdes: bool = False,
    contents: Sequence[Mapping[str, Any]] | None = None,
) -> ReportedEvent | None:
    """Read an event for a report, with the KDEs that are asked of it where these are wanted; None once it is erased.

    `contents` is what was in the units that it names, where that is wanted.

    Of an event with sealed fields, and of a view, no KDEs are given: what is not shown would look as if it were
    missing.
    """
    shown: Mapping[str, Any] | None
    if isinstance(stored, EventView):
        shown, at = stored.shown, rank_of(shown_view(stored), _BY_TIME)
        said = {"sender": None, "assurance": NOT_VERIFIABLE}
    else:
        shown, at = _shown(stored), stored.earliest
        said = {"sender": stored.member_uri, "assurance": ASSURANCE[stored.kind]}
    if shown is None:
        return None
    cte = cte_of(profile, shown)
    record: dict[str, Any] = {"index": stored.log_index, "storedAt": iso_instant(stored.stored_at), "cte": cte, **said}
    if with_kdes and isinstance(stored, StoredEvent) and not stored.disclosures and not is_withheld_in_part(stored):
        record[KDES] = [_kde(asked, stored.log_index) for asked in kdes_of(profile, shown)]
    if contents is not None:
        record[CONTENTS] = list(contents)
    event = {**shown, RECORD: record, "recordTime": record["storedAt"]}
    return ReportedEvent(event, cte, at, stored.log_index)


def is_withheld_in_part(stored: StoredEvent | EventView) -> bool:
    """Whether its reader is not shown some field of an event."""
    return isinstance(stored, EventView) or bool(fields_withheld(stored.kind, stored.body, stored.disclosures))


def _kde(asked: AskedKde, index: int) -> dict[str, Any]:
    counted = {state: int(asked.state == state) for state in ("present", "missing", "absent")}
    return {"kde": asked.rule, "state": asked.state, "index": index, **counted}


def _shown(stored: StoredEvent) -> Mapping[str, Any] | None:
    if stored.body is None:
        return None
    return {"eventID": stored.event_id, **opened_value(stored.kind, stored.body, stored.disclosures)}
