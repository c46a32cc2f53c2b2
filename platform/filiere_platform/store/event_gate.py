"""Where the gate opens: as far as a viewer's grants reach, and those of the mandates that are in force for him."""

from __future__ import annotations

from collections.abc import Iterable

from sqlmodel import Session

from filiere_platform.domain.audience import Viewer
from filiere_platform.store.gate import VisibleEvents
from filiere_platform.store.looks import LookStore


class EventGate:
    """Stands before the events of one transaction, and remembers what mandates alone have shown of them.

    What they have shown is written down before the transaction ends, and the answer goes out after it has: where it
    cannot be written, there is no answer.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._looks = LookStore(session)
        self._opened: dict[Viewer, VisibleEvents] = {}

    def visible_to(self, viewer: Viewer) -> VisibleEvents:
        """Open the gate as far as a viewer's grants reach, and those of the mandates that are in force for him now."""
        if viewer not in self._opened:
            mandates = frozenset[int]() if viewer.look is None else self._looks.in_force(viewer.look)
            self._opened[viewer] = VisibleEvents(self._session, viewer, mandates)
        return self._opened[viewer]

    def audiences_of(self, viewer: Viewer) -> tuple[int, ...]:
        """Give every audience that a viewer belongs to, mandates included."""
        return self.visible_to(viewer).audiences

    def is_under_mandate(self, viewer: Viewer) -> bool:
        """Say whether any mandate shows a viewer something."""
        return bool(self.visible_to(viewer).mandates)

    def note_shown(self, viewer: Viewer, indexes: Iterable[int]) -> None:
        """Count events as shown that an answer tells of without having read their records here."""
        opened = self.visible_to(viewer)
        if opened.mandates:
            opened.shown.update(indexes)

    def keep_looks(self, now: int | None = None) -> bool:
        """Write down what mandates have shown since it was last done; says whether there was anything.

        `now` is in microseconds; None: when the question was asked.

        Raises:
            MandateOver: a mandate that showed something is in force no longer.
        """
        kept = False
        for viewer, opened in self._opened.items():
            shown = opened.shown - opened.told
            if viewer.look is not None and shown:
                opened.told |= shown
                at = viewer.look.at if now is None else now
                kept |= self._looks.keep(viewer.look, shown, viewer.audiences, opened.mandates, now=at)
        return kept
