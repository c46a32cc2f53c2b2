"""Rows beside the events that they would give, and what each would be to the instance: nothing is signed or moved."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from filiere_connectors.correction import Standing, standing
from filiere_connectors.flow_seal import sealed_fields
from filiere_connectors.mapping import MappedEvent, RefusedRows, SkippedRow
from filiere_connectors.mapping_source import map_source
from filiere_connectors.spool import Spool, read_spool
from filiere_connectors.templates.workbook_file import Source
from filiere_connectors.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """What some rows would become; `wrong_id` is the event that a correction would declare erroneous."""

    mapped: MappedEvent | RefusedRows | SkippedRow
    standing: Standing | None
    wrong_id: str | None = None
    sealed: Mapping[str, str] = field(default_factory=dict)  # mode by pointer


def preview_flow(workspace: Workspace, flow: Source) -> Iterator[Previewed]:
    """Preview every row of a flow's files, in their order.

    Raises:
        SourceRefused: a file cannot be read as a whole.
    """
    with _spool_of(workspace) as spool:
        for path in flow.files():
            for mapped in map_source(flow, path, member=workspace.member):
                if isinstance(mapped, MappedEvent):
                    judged = _judged(flow, mapped, spool)
                    yield replace(judged, sealed=sealed_fields(flow.seals, mapped.event))
                else:
                    yield Previewed(mapped=mapped, standing=None)


def _judged(flow: Source, mapped: MappedEvent, spool: Spool | None) -> Previewed:
    said = None if spool is None else spool.said(flow.name, mapped.source_key)
    if spool is None or said is None:
        return Previewed(mapped=mapped, standing=Standing.NEW)
    record = spool.record(said.seq)
    found = standing(said, mapped.content, was_refused=record.state == "refused")
    return Previewed(mapped=mapped, standing=found, wrong_id=record.event_id if found is Standing.CORRECTION else None)


@contextlib.contextmanager
def _spool_of(workspace: Workspace) -> Iterator[Spool | None]:
    path: Path = workspace.spool_path
    if not path.exists():
        yield None
        return
    with read_spool(path) as spool:
        yield spool
