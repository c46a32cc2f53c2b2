"""The gate in its plainest form: a list of what was stored, read by loops. The oracle of the store's queries."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.candidate import Candidate
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.record import Role


@dataclass(frozen=True, kw_only=True)
class Kept:
    """One stored event."""

    log_index: int
    stored_at: int
    told: Candidate

    def is_visible_to(self, viewer: Viewer) -> bool:
        return viewer.operator or any(audience in viewer.audiences for audience, _ in self.told.audiences)

    def touches(self, key: str) -> bool:
        return any(end.key == key and end.role < Role.READ_POINT for end in self.told.ends)


@dataclass
class Model:
    """All stored events in log order."""

    kept: list[Kept] = field(default_factory=list)

    def find(self, viewer: Viewer, query: EventQuery) -> list[int]:
        found = [k.log_index for k in self.kept if k.is_visible_to(viewer) and _meets(k, query)]
        return found[: query.limit]

    def by_event_id(self, viewer: Viewer, event_id: str) -> list[int]:
        return [k.log_index for k in self.kept if k.is_visible_to(viewer) and k.told.event.event_id == event_id]

    def in_force(self, before: int | None) -> list[Kept]:
        known = [k for k in self.kept if before is None or k.log_index < before]
        taken_back = {(k.told.member_id, k.told.event.event_id) for k in known if k.told.event.declares_error}
        return [
            k
            for k in known
            if not k.told.event.declares_error and (k.told.member_id, k.told.event.event_id) not in taken_back
        ]

    def ends_touching(self, viewer: Viewer, keys: Collection[str], before: int | None) -> list[tuple[object, ...]]:
        seen = [k for k in self.in_force(before) if k.is_visible_to(viewer)]
        touched = [k for k in seen if any(k.touches(key) for key in keys)]
        shared = {k.told.event.transformation_id for k in touched} - {None}
        together = [k for k in seen if k in touched or k.told.event.transformation_id in shared]
        return [
            (k.log_index, k.told.event.event_type, k.told.member_id, end.role, end.key, end.quantity, end.uom)
            for k in together
            for end in k.told.ends
        ]

    def count_hidden(self, viewer: Viewer, keys: Collection[str], before: int | None) -> dict[str, int]:
        hidden = [k for k in self.in_force(before) if not k.is_visible_to(viewer)]
        counts = {key: sum(k.touches(key) for k in hidden) for key in keys}
        return {key: count for key, count in counts.items() if count}


def _meets(kept: Kept, query: EventQuery) -> bool:
    event = kept.told.event
    listed = (
        (event.event_type, query.event_types),
        (event.action, query.actions),
        (event.biz_step, query.biz_steps),
        (event.disposition, query.dispositions),
        (event.event_id, query.event_ids),
    )
    return (
        kept.log_index > query.after
        and all(not wanted or value in wanted for value, wanted in listed)
        and (query.event_from is None or event.latest >= query.event_from)
        and (query.event_before is None or event.earliest < query.event_before)
        and (query.record_from is None or kept.stored_at >= query.record_from)
        and (query.record_before is None or kept.stored_at < query.record_before)
        and all(any(end.role in roles and end.key in keys for end in kept.told.ends) for roles, keys in query.matches)
    )
