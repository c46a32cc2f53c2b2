"""Read a workbook that was filled in: its rows become events by the profile that it was made from, without any flow.

1. The mark says the sector, the version of its profile and the role; another version is refused.
2. The rows of a sheet that have one number are one event. One that cannot be read keeps its rows back, no others.
3. The event is held against EPCIS, against the CTE of its sheet, and against the profile: what a rule of the profile
   has to say is a note, as it is a finding of the platform.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from filiere_connectors import cell_sentences
from filiere_connectors.mapping import Mapped, MappedEvent, RefusedRows, SkippedRow
from filiere_connectors.mapping_time import is_zone
from filiere_connectors.mapping_values import Gathered
from filiere_connectors.problem import RowProblem
from filiere_connectors.readers import Unreadable, text_of
from filiere_connectors.sources.csv_file import SourceRefused, refused
from filiere_connectors.sources.table import Row
from filiere_connectors.sources.workbook import WorkbookTable
from filiere_connectors.templates import sentences, words
from filiere_connectors.templates.column import Column, Sheet, shown
from filiere_connectors.templates.event import SheetMapping
from filiere_connectors.templates.mark import FORMAT, Mark, read_mark
from filiere_connectors.templates.plan import Plan, declared_context, make_plan
from filiere_connectors.templates.sheet import OF_THING, leads_to
from filiere_connectors.templates.workbook_file import WorkbookFile
from filiere_schemas.epcis.identity import content_sha256
from filiere_schemas.epcis.reading import InvalidEvent, read_event
from filiere_schemas.problems import Language, Problem, Refusal, Sentence
from filiere_schemas.sectors.judging import cte_of, judge
from filiere_schemas.sectors.profile import Text
from filiere_schemas.sectors.profile_files import find_sector, is_sector_name
from filiere_schemas.spreadsheet import as_text

_OURS: Final = frozenset(each.casefold() for text in (words.EXAMPLE, words.HELP) for each in text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said(Problem):
    """A reason that a profile gives, in the reader's language."""

    text: Text

    def message(self, language: Language) -> str:
        """Say it."""
        return shown(self.text, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filled:
    """An opened workbook, with the plan by which it is read."""

    file: WorkbookFile
    mark: Mark
    sheets: Mapping[str, Sheet]  # by title
    plan: Plan
    context: Any


def map_workbook(file: WorkbookFile, *, member: str) -> Iterator[Mapped]:
    """Read every sheet of a filled-in workbook, in order.

    Raises:
        SourceRefused: it is no such workbook, or was made from another version of the profile; nothing of it is read.
    """
    filled = _open(file)
    for title, sheet in filled.sheets.items():
        yield from _map_sheet(filled, title, sheet, member=member)


def _open(file: WorkbookFile) -> _Filled:
    name = file.path.name
    marked = read_mark(file.path)
    if marked is None:
        raise refused(sentences.UNMARKED, name)
    mark = marked.mark
    if mark.format != FORMAT:
        raise refused(sentences.OTHER_FORMAT, name, found=mark.format, expected=FORMAT)
    if not is_zone(mark.zone):
        raise refused(sentences.UNMARKED, name)
    try:
        # A workbook is a stranger's file: it names a sector, never a folder of this machine.
        known = mark.sector if is_sector_name(mark.sector) else ""
        plan = make_plan(find_sector(known, file.sector_dir), mark.role)
    except SourceRefused:
        raise
    except Refusal as error:
        raise SourceRefused(error.problems) from error
    if plan.profile.version != mark.version:
        values = {"sector": mark.sector, "role": mark.role}
        raise refused(sentences.OTHER_VERSION, name, found=mark.version, expected=plan.profile.version, **values)
    by_cte = {sheet.cte.name: sheet for sheet in plan.sheets}
    table = WorkbookTable(file.path)
    there = table.every_sheet_name
    sheets = {title: by_cte[cte] for title, cte in marked.ctes.items() if title in there and cte in by_cte}
    _require_named(file, table, plan, marked.ctes, mark)
    return _Filled(file=file, mark=mark, sheets=sheets, plan=plan, context=declared_context(plan.profile))


def _require_named(file: WorkbookFile, table: WorkbookTable, plan: Plan, known: Mapping[str, str], mark: Mark) -> None:
    """Require that no sheet of a template goes by another name: its rows would be passed over in silence."""
    first = as_text(shown(words.HEADINGS["event"], mark.language))
    for name in table.sheet_names:
        if name in known:
            continue
        try:
            headers = WorkbookTable(file.path, sheet=name, header_row=1).layout.headers
        except SourceRefused:
            continue  # an empty sheet of the company's own
        if headers[:1] == (first,):
            expected = ", ".join(plan.titles(mark.language))
            raise refused(sentences.UNKNOWN_SHEET, file.path.name, found=name, expected=expected)


def _map_sheet(filled: _Filled, title: str, sheet: Sheet, *, member: str) -> Iterator[Mapped]:
    table = WorkbookTable(filled.file.path, sheet=title, header_row=1)
    try:
        layout = table.layout
    except SourceRefused:
        return  # an emptied sheet: its events are somebody else's
    language = filled.mark.language
    headings = {column.key: as_text(shown(column.heading, language)) for column in sheet.columns}
    mapping = SheetMapping(
        sheet,
        layout,
        headings,
        vocabularies=filled.plan.profile.vocabularies,
        language=language,
        zone=filled.mark.zone,
        member=member,
    )
    groups: dict[str, list[Row]] = {}
    for row in table.rows():
        number = _number(row, headings["event"])
        if number.casefold() in _OURS:
            yield SkippedRow(row=row)
        elif number:
            groups.setdefault(number, []).append(row)
        else:
            yield _unnumbered(row, headings["event"])
    for number, rows in groups.items():
        yield _map(filled, mapping, number, tuple(rows))


def _number(row: Row, heading: str) -> str:
    value = row.value(heading) if heading in row.layout.index else None
    try:
        return "" if value is None else text_of(value)
    except Unreadable:
        return ""


def _unnumbered(row: Row, heading: str) -> RefusedRows:
    gathered = Gathered()
    if heading in row.layout.index:
        gathered.complain(row, heading, Unreadable(sentences.NO_NUMBER, column=heading))
    else:
        _complain_of_column(row, heading, gathered)
    return RefusedRows(source_key=None, rows=(row,), problems=tuple(gathered.problems))


def _map(filled: _Filled, mapping: SheetMapping, number: str, rows: tuple[Row, ...]) -> Mapped:
    gathered = Gathered()
    key = json.dumps([mapping.sheet.cte.name, number], ensure_ascii=False, separators=(",", ":"))
    for heading in mapping.missing:
        _complain_of_column(rows[0], heading, gathered)
    event = None if gathered.problems else mapping.event_of(rows, filled.context, gathered)
    if event is None or not _holds(filled, mapping, event, rows, gathered):
        return RefusedRows(source_key=key, rows=rows, problems=tuple(gathered.problems))
    _judge(filled, mapping, event, rows, gathered)
    notes = tuple(gathered.notes)
    return MappedEvent(source_key=key, rows=rows, event=event, content=content_sha256(event), notes=notes)


def _complain_of_column(row: Row, heading: str, gathered: Gathered) -> None:
    error = Unreadable(sentences.MISSING_COLUMN, sheet=row.layout.sheet or "", column=heading)
    gathered.complain(row, None, error)


def _holds(
    filled: _Filled, mapping: SheetMapping, event: Mapping[str, Any], rows: Sequence[Row], gathered: Gathered
) -> bool:
    """Whether EPCIS takes the event, and the profile takes it for what its sheet says."""
    try:
        read_event(dict(event))
    except InvalidEvent as error:
        for problem in error.problems:
            values = {"pointer": problem.pointer or "/", "reason": problem}
            sentence = cell_sentences.EVENT_INVALID
            gathered.problems.append(_placed(mapping, sentence, problem.pointer, rows, values=values))
        return False
    cte = mapping.sheet.cte
    if cte_of(filled.plan.compiled, event) != cte.name:
        expected = shown(cte.text, filled.mark.language)
        gathered.complain(
            rows[0], None, Unreadable(sentences.OTHER_EVENT, expected=expected, when=cte.when or cte.type)
        )
        return False
    return True


def _judge(
    filled: _Filled, mapping: SheetMapping, event: Mapping[str, Any], rows: Sequence[Row], gathered: Gathered
) -> None:
    for finding in judge(filled.plan.compiled, event):
        reason = _Said(sentence=sentences.RULE_BROKEN, text=filled.plan.compiled.texts[finding.rule])
        values = {"rule": finding.rule, "reason": reason}
        note = _placed(mapping, sentences.RULE_BROKEN, finding.pointer, rows, values=values, warns=True)
        gathered.notes.append(note)


def _placed(
    mapping: SheetMapping,
    sentence: Sentence,
    pointer: str,
    rows: Sequence[Row],
    *,
    values: Mapping[str, object],
    warns: bool = False,
) -> RowProblem:
    """Say something of an event at the cell that it comes from, as far as the column tells."""
    column = _column_at(mapping.sheet, pointer)
    heading = None if column is None else mapping.headings[column.key]
    raw = None if heading is None else rows[0].value(heading)
    problem = Problem(sentence=sentence, values=values, level="warning" if warns else "error")
    return RowProblem(problem=problem, place=rows[0].place(heading), raw="" if raw is None else str(raw))


def _column_at(sheet: Sheet, pointer: str) -> Column | None:
    tokens = tuple(token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])
    usual = OF_THING.get(tokens[-1], "lot") if tokens and tokens[0].endswith(("List", "EPCs")) else None
    steps = tuple("*" if token.isdigit() else token for token in tokens)
    for length in range(len(steps), 0, -1):
        for column in sheet.columns:
            if column.tokens and (leads_to(column.tokens, steps[:length]) or column.tokens[:length] == steps[:length]):
                return column
    if tokens[:1] == ("eventTime",):
        return sheet.column("time")
    return None if usual is None else sheet.column(usual)
