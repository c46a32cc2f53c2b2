"""Gather what `filiere doctor` decides about: the database's own word, and what database and files say of the log."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Protocol

from filiere_platform.domain import doctor_sentences as say
from filiere_platform.domain.diagnosis import (
    DatabaseFacts,
    Diagnosis,
    Heads,
    PostgresqlFacts,
    error,
    examine_database,
    examine_heads,
)
from filiere_platform.domain.standing import OPEN
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.publish import CHECKPOINT_NAME
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.note import parse_note

ANCHOR = "log.anchor"


class Examinable(UnitsOfWork, Protocol):
    """The database that is examined (`store.database.Database`)."""

    def is_ready(self) -> bool:
        """Say whether it answers and has this release's schema."""

    def durability(self, clock: Callable[[], int]) -> DatabaseFacts:
        """Ask it how it is set up."""


def examine(
    database: Examinable, files: LogFiles, *, anchor_age: float, clock: Callable[[], int]
) -> Iterator[Diagnosis]:
    """Examine the database and what was signed of it; starts nothing, changes nothing.

    Args:
        database: of an instance, or of none yet.
        files: the log's.
        anchor_age: seconds since the anchor was written.
        clock: the time, in microseconds since 1970.
    """
    timeline = None
    try:
        facts = database.durability(clock)
    except StoreUnavailable:
        yield error(say.DATABASE_NOT_READY)
        stored, standing = None, OPEN
    else:
        yield from examine_database(facts)
        timeline = facts.timeline if isinstance(facts, PostgresqlFacts) else None
        stored, standing = None, OPEN
        if database.is_ready():
            with database.unit_of_work() as unit:
                stored, standing = unit.log.head().size, unit.standing.read()
        else:
            yield error(say.DATABASE_NOT_READY)
    heads = {}
    for name, note in ((ANCHOR, files.read_anchor()), (CHECKPOINT_NAME, files.read(CHECKPOINT_NAME))):
        try:
            heads[name] = _head(note)
        except Refusal as refusal:
            yield error(say.HEAD_UNREADABLE, path=name, reason=refusal.problems[0].code)
    if len(heads) == 2:  # noqa: PLR2004 - what cannot be read is not compared
        known = Heads(anchor=heads[ANCHOR], served=heads[CHECKPOINT_NAME], stored=stored, standing=standing)
        yield from examine_heads(known, anchor_age=anchor_age, timeline=timeline)
    if (report := files.read_refusal()) is not None:
        told = json.loads(report)
        yield error(say.PUBLISHER_WAITS, since=told["since"], reason=told["code"])


def _head(note: bytes | None) -> tuple[int, bytes] | None:
    """Read size and root of a head, unverified: whoever publishes verifies it.

    Raises:
        Refusal: it is none.
    """
    if note is None:
        return None
    head = parse_checkpoint_text(parse_note(note).text)
    return head.size, head.root
