"""How far the log's readers lag behind what is stored, measured when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from filiere_platform.domain.graph_state import GraphState
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.chains import CURSOR as CHAINS_CURSOR
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.publish import CHECKPOINT_NAME
from filiere_platform.usecases.relay import relayed_grants
from filiere_platform.usecases.webhook_state import WebhookSums, read_webhook_sums
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.checkpoint import parse_checkpoint_text
from filiere_schemas.provenance.note import parse_note

MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class LogState:
    """Sizes in records and grants, ages in seconds; an age is 0 where nothing waits."""

    stored: int
    published: int
    unpublished_seconds: float  # age of the oldest record under no checkpoint
    grants: int
    relayed: int
    unrelayed_seconds: float  # age of the record of the oldest grant not yet on the bus
    followed: int  # records whose keys' chains were followed
    open_findings: dict[str, int]  # by rule
    webhooks: WebhookSums
    graph: GraphState  # of this process
    is_refused: bool  # whether a publisher, of whatever process, refuses to sign


def read_log_state(unit: UnitOfWork, files: LogFiles, *, now: int) -> LogState:
    """Compare what is stored with what is published and relayed; indexed reads, and of small tables.

    `now` is in microseconds.
    """
    head = unit.log.head()
    published = read_published_size(files)
    relayed = relayed_grants(unit)
    waiting = next(iter(unit.grants.after(relayed, 1)), None)
    return LogState(
        stored=head.size,
        published=published,
        unpublished_seconds=_age(unit, published, now) if published < head.size else 0.0,
        grants=head.grants,
        relayed=relayed,
        unrelayed_seconds=_age(unit, waiting.log_index, now) if waiting else 0.0,
        followed=unit.cursors.read(CHAINS_CURSOR),
        open_findings=unit.findings.open_by_rule(now),
        webhooks=read_webhook_sums(unit, now=now),
        graph=unit.graph.state(),
        is_refused=files.read_refusal() is not None,
    )


def log_state_reader(units: UnitsOfWork, files: LogFiles, clock: Callable[[], int]) -> Callable[[], LogState]:
    """Build what reads it in a unit of work of its own."""

    def read() -> LogState:
        with units.unit_of_work() as unit:
            return read_log_state(unit, files, now=clock())

    return read


def read_published_size(files: LogFiles) -> int:
    """Read the size under the served checkpoint; 0 where there is none, or none that can be read."""
    note = files.read(CHECKPOINT_NAME)
    try:
        return parse_checkpoint_text(parse_note(note).text).size if note else 0
    except Refusal:
        return 0


def _age(unit: UnitOfWork, log_index: int, now: int) -> float:
    record = next(iter(unit.log.records(log_index, log_index + 1)), None)
    return max(0, now - record.stored_at) / MICROSECONDS if record else 0.0
