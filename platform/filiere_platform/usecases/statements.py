"""Keep beside the tiles the statements that a run of the publisher is about to publish."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from filiere_platform.domain.record import KINDS_BY_CODE
from filiere_platform.domain.statement import KEPT, Statement
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.provenance.entry import EntryKind

_PAYLOADS = tuple(f'{{"kind":"{kind}"'.encode() for kind in (EntryKind.EVENT, EntryKind.RECEIPT))


class StatementFiles(Protocol):
    """Where statements are kept (`tiles.statements.StatementFolder`)."""

    def keep(self, statements: Sequence[Statement]) -> None:
        """Keep the statements of a run; durable on return."""

    def read(self, start: int = 0) -> Iterator[Statement]:
        """Read the statements from a log index on, in log order, each once."""


def read_statements(unit: UnitOfWork, entries: Iterable[bytes], start: int) -> list[Statement]:
    """Read the statements among the entries that follow `start`; costs nothing where all are events."""
    wanted = [index for index, entry in enumerate(entries, start) if not entry.startswith(_PAYLOADS)]
    if not wanted:
        return []
    members = {member.id: member.uri for member in unit.members.all()}
    kids = {key.id: key.kid for key in unit.keys.all()}
    return [
        Statement(
            index=row.log_index,
            kind=KINDS_BY_CODE[row.kind],
            stored_at=row.stored_at,
            member=members.get(row.member_id or 0),
            kid=kids.get(row.key_id or 0),
            body=row.body,
        )
        for row in unit.log.records(wanted[0], wanted[-1] + 1, KEPT)
        if row.body is not None
    ]
