"""Turn mandates into grants: of what is stored already, in pieces that capture hardly waits for; then of what comes.

Reading is one transaction, each piece another, in which the mandate's own cursor and its grants move together: a crash
at any point repeats a piece, and a grant that is there is not given again, so that it is delivered once. Which grants
a mandate has is thereby decided by its scope and its cursor alone, and derived again with an identical result.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from filiere_platform.domain.audience import GrantCause
from filiere_platform.domain.late_grants import admit_grants
from filiere_platform.domain.mandate import Mandate
from filiere_platform.domain.standing import State
from filiere_platform.store.unit_of_work import UnitOfWork

SPAN = 20_000  # log indexes that are read together
PIECE = 1_000  # grants of one commit: capture waits for some tens of milliseconds at most


class MandatesMoved(Exception):  # noqa: N818 - a state of the world: step back and ask again
    """Somebody else moved a mandate's cursor since it was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """Some records that a mandate covers, and where its cursor stands once they are granted."""

    mandate: Mandate
    after: int
    stop: int
    indexes: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MandateRound:
    """What one round found, mandate by mandate; keeping its pieces in order is keeping all of it."""

    pieces: tuple[Piece, ...]
    is_last: bool


def read_mandates(uow: UnitOfWork, *, now: int, span: int = SPAN, piece: int = PIECE) -> MandateRound:
    """Find what the mandates in force cover of what is past their cursors; changes nothing."""
    if uow.standing.read().state is not State.OPEN:
        return MandateRound(pieces=(), is_last=True)  # what a restored database misses is given back first
    size = uow.log.head().size
    pieces: list[Piece] = []
    is_last = True
    for mandate in uow.mandates.in_force(now):
        stop = min(size, mandate.followed + span)
        if stop > mandate.followed:
            pieces += _pieces(mandate, uow.mandates.covered(mandate.scope, mandate.followed, stop), stop, piece)
        is_last = is_last and stop >= size
    return MandateRound(pieces=tuple(pieces), is_last=is_last)


def keep_piece(uow: UnitOfWork, piece: Piece) -> int:
    """Give the grants of a piece, numbered under the log head's lock; gives how many were not there.

    Raises:
        MandatesMoved: another worker was here meanwhile; roll back.
    """
    number, audience = piece.mandate.number, piece.mandate.audience
    if not piece.indexes:
        if not uow.mandates.follow(number, piece.after, piece.stop):
            raise MandatesMoved
        return 0
    # The head first, as everybody takes it who takes both.
    head = uow.capture.begin(digests=(), node_keys=()).head
    if not uow.mandates.follow(number, piece.after, piece.stop):
        raise MandatesMoved
    held = uow.mandates.granted(audience, piece.indexes[0], piece.indexes[-1] + 1)
    missing = tuple((index, audience, GrantCause.MANDATE) for index in piece.indexes if index not in held)
    if missing:
        uow.capture.save(admit_grants(missing, head))
    return len(missing)


def due_to_mandates(uow: UnitOfWork, start: int, stop: int) -> dict[tuple[int, int], GrantCause]:
    """Derive the grants that all mandates, ended ones too, have to the records from one log index up to another."""
    due: dict[tuple[int, int], GrantCause] = {}
    for mandate in uow.mandates.all(limit=None):
        reach = min(stop, mandate.followed)
        if reach > start:
            found = uow.mandates.covered(mandate.scope, start, reach)
            due.update({(index, mandate.audience): GrantCause.MANDATE for index in found})
    return due


def _pieces(mandate: Mandate, indexes: list[int], stop: int, size: int) -> Iterator[Piece]:
    after = mandate.followed
    for start in range(0, len(indexes), size):
        part = tuple(indexes[start : start + size])
        end = stop if start + size >= len(indexes) else part[-1] + 1
        yield Piece(mandate=mandate, after=after, stop=end, indexes=part)
        after = end
    if not indexes:
        yield Piece(mandate=mandate, after=after, stop=stop, indexes=())
