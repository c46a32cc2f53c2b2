"""Text files with delimiters, as French programs write them: cp1252 and semicolons as often as UTF-8.

The encoding is the byte order mark's, else UTF-8 where the bytes are, else cp1252; the delimiter is the most frequent
of four in the widest of the first lines. Guessing libraries were wrong on plain files of two thousand rows.

A row's number is the line on which it begins, since that is what a text editor shows; a quoted line break makes the
lines of a file outnumber a spreadsheet's rows.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from filiere_connectors.sources import sentences
from filiere_connectors.sources.header import LOOKED_AT, column_letter, find_header, name_columns
from filiere_connectors.sources.table import Layout, Row
from filiere_schemas.problems import Problem, Refusal, Sentence

LARGEST_BYTES = 200_000_000
LONGEST_CELL = 1_000_000  # characters
DELIMITERS = ";,\t|"
_MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
_SIGNATURES = ((b"PK\x03\x04", "un classeur / a workbook"), (b"\xd0\xcf\x11\xe0", "un classeur / a workbook"))


class SourceRefused(Refusal):
    """A source whose file cannot be read as a whole."""


def refused(sentence: Sentence, file: str, **values: object) -> SourceRefused:
    """Build the refusal of a file."""
    return SourceRefused([Problem(sentence=sentence, values={"file": file, **values})])


def read_bounded(path: Path, *, largest: int, most: int = -1) -> bytes:
    """Read a file, or its first bytes; its size is looked at before anything is read.

    Raises:
        SourceRefused: it is absent, held open by another program, or too large.
    """
    try:
        size = path.stat().st_size
        if size > largest:
            raise refused(sentences.SOURCE_TOO_LARGE, path.name, found=f"{size} o", expected=f"{largest} o")
        with path.open("rb") as file:
            return file.read(most)
    except PermissionError as error:  # on Windows, a spreadsheet program locks what it shows
        raise refused(sentences.SOURCE_LOCKED, path.name) from error
    except OSError as error:
        raise refused(sentences.SOURCE_NOT_FOUND, path.name) from error


class CsvTable:
    """One text file; its rows are read as they are asked for."""

    def __init__(
        self, path: Path, *, header_row: int | None = None, encoding: str | None = None, delimiter: str | None = None
    ) -> None:
        self._path = path
        self._header_row = header_row
        self._encoding = encoding
        self._delimiter = delimiter

    @cached_property
    def layout(self) -> Layout:
        """What was found out before the first row.

        Raises:
            SourceRefused: the file is absent, too large, no text, or has no header.
        """
        text, encoding = self._decoded
        delimiter = self._delimiter or _delimiter_of(text)
        first = []
        for line, values in _lines(text, delimiter):
            first.append((line, values))
            if len(first) >= max(LOOKED_AT, self._header_row or 0):
                break
        if self._header_row is None:
            at = find_header(first)
        else:
            at = next((at for at, (line, _) in enumerate(first) if line == self._header_row), None)
        if at is None:
            raise refused(sentences.SOURCE_NO_HEADER, self._path.name)
        line, values = first[at]
        names = name_columns(values)
        return Layout(
            file=self._path.name,
            sheet=None,
            headers=tuple(name for name in names if name),
            header_row=line,
            columns={name: column_letter(index) for index, name in enumerate(names) if name},
            encoding=encoding,
            delimiter=delimiter,
        )

    def rows(self) -> Iterator[Row]:
        """Read the rows below the header; wholly empty ones are left out."""
        layout = self.layout
        text, _ = self._decoded
        indexes = [_column_index(layout.columns[name]) for name in layout.headers]
        width = max(indexes) + 1
        for line, values in _lines(text, layout.delimiter or ";"):
            if line <= layout.header_row or not any(value.strip() for value in values):
                continue
            problems = _ragged(values, width)
            padded = [*values, *[""] * (width - len(values))] if len(values) < width else values
            yield Row(
                line, tuple(padded[index] if padded[index].strip() else None for index in indexes), layout, problems
            )

    @cached_property
    def _decoded(self) -> tuple[str, str]:
        name = self._path.name
        raw = read_bounded(self._path, largest=LARGEST_BYTES)
        for signature, found in _SIGNATURES:
            if raw.startswith(signature):
                raise refused(sentences.SOURCE_IS_OTHER, name, expected="CSV", found=found)
        return _decode(raw, self._encoding, name)


def _decode(raw: bytes, given: str | None, name: str) -> tuple[str, str]:
    encodings = [given] if given else [mark for bom, mark in _MARKS if raw.startswith(bom)] or ["utf-8", "cp1252"]
    at = 0
    for encoding in encodings:
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError as error:
            at = error.start
        except LookupError:
            break
    raise refused(sentences.SOURCE_ENCODING, name, expected=" / ".join(encodings), found=at + 1)


def _delimiter_of(text: str) -> str:
    lines = text.splitlines()[:LOOKED_AT]
    counts = {mark: max((line.count(mark) for line in lines), default=0) for mark in DELIMITERS}
    return max(DELIMITERS, key=lambda mark: counts[mark])


def _lines(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Give each record with the line on which it begins; NUL bytes, which some exports leave, count as nothing."""
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text.replace("\x00", ""), newline=""), delimiter=delimiter)
    begins = 1
    for values in reader:
        yield begins, values
        begins = reader.line_num + 1


def _column_index(letter: str) -> int:
    index = 0
    for each in letter:
        index = index * 26 + ord(each) - ord("A") + 1
    return index - 1


def _ragged(values: list[str], width: int) -> tuple[Problem, ...]:
    surplus = any(value.strip() for value in values[width:])
    if len(values) >= width and not surplus:
        return ()
    return (Problem(sentence=sentences.ROW_RAGGED, values={"found": len(values), "expected": width}),)
