"""What publishing and checking need of the store and of the tiles, as protocols."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from filiere_platform.domain.log_check import RowBreach, RowCounts
from filiere_platform.domain.record import End, EventRow, LogHead, RecordRow


class LogReader(Protocol):
    """The log as the store has it."""

    def head(self) -> LogHead:
        """Read the head of the log."""

    def entries(self, start: int, stop: int) -> Iterable[tuple[int, int, bytes]]:
        """Read (log index, kind code, SHA-256) of the records from `start` up to `stop`, in order."""


class LogFiles(Protocol):
    """Where the log's files are written to and read from (`tiles.folder.TileFolder`)."""

    def exclusive(self, *, take_over: bool = False) -> AbstractContextManager[bool]:
        """Hold the files for writing; yields False where somebody else does, who with `take_over` does no longer."""

    def read(self, name: str) -> bytes | None:
        """Read a file by its path below `/log/`."""

    def write(self, files: Sequence[tuple[str, bytes]]) -> None:
        """Write files; durable on return, each whole or absent after a crash."""

    def remove(self, names: Iterable[str]) -> None:
        """Remove files that others have replaced."""

    def names_in(self, folder: str) -> list[str]:
        """List the files of a folder."""

    def read_anchor(self) -> bytes | None:
        """Read the greatest checkpoint ever signed."""

    def write_anchor(self, note: bytes) -> None:
        """Keep the greatest checkpoint ever signed; durable on return."""

    def read_refusal(self) -> bytes | None:
        """Read why the publisher refuses to sign."""

    def write_refusal(self, report: bytes | None) -> None:
        """Say why the publisher refuses to sign, or that it no longer does."""


class LogAudit(Protocol):
    """The whole of what is stored, for `filiere fsck`: everything in it is readable, whoever it belongs to."""

    def head(self) -> LogHead:
        """Read the head of the log."""

    def records(self, start: int, stop: int) -> Iterable[RecordRow]:
        """Read the records from `start` up to `stop`, in order."""

    def event_rows(self, start: int, stop: int) -> Mapping[int, EventRow]:
        """Read the event rows of the records from `start` up to `stop`, by log index."""

    def ends(self, start: int, stop: int) -> Mapping[int, Sequence[End]]:
        """Read the ends of the events from `start` up to `stop`, by log index, in their order."""

    def row_breaches(self, below: int) -> Iterable[RowBreach]:
        """Find every broken row rule of the records below an index; one query per rule."""

    def row_counts(self) -> RowCounts:
        """Count what is numbered."""
