"""Check a flow without sending anything: its columns against the file's, its words, its author's own tests."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from filiere_connectors import flow_sentences as sentences
from filiere_connectors.flow import Flow, FlowTest, conditions_of, values_of
from filiere_connectors.flow_section import InvalidFlow
from filiere_connectors.kinds import KINDS
from filiere_connectors.mapping import MappedEvent, RefusedRows, map_table
from filiere_connectors.mapping_source import map_source, open_source
from filiere_connectors.mapping_time import is_zone
from filiere_connectors.problem import RowProblem
from filiere_connectors.sources.given import GivenTable
from filiere_connectors.sources.table import Layout
from filiere_connectors.templates.workbook_file import WorkbookFile
from filiere_schemas.problems import Problem, Sentence
from filiere_schemas.sectors.sealable import NOTHING, Sealable


def check_flow(flow: Flow, *, member: str, sealable: Sealable = NOTHING) -> list[Problem]:
    """Give everything that is wrong with a flow, warnings included; `sealable` is what the sector allows to seal.

    Raises:
        SourceRefused: the flow's file cannot be read as a whole.
    """
    problems = [*_wording(flow), *_seals(flow, sealable)]
    headers: tuple[str, ...] = ()
    for path in flow.files():
        layout = open_source(flow, path).layout
        headers = layout.headers
        problems += _absent_columns(flow, layout)
    for number, test in enumerate(flow.tests, 1):
        problems += _run_test(flow, test, number, headers=headers, member=member)
    return problems


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedWorkbook:
    """What the rows of a filled-in workbook are: events, and what is wrong with the others; `notes` are warnings."""

    events: int
    problems: tuple[RowProblem, ...]
    notes: tuple[RowProblem, ...]


def check_workbook(file: WorkbookFile, *, member: str) -> CheckedWorkbook:
    """Read a filled-in workbook as a run would.

    Raises:
        SourceRefused: it cannot be read as a whole.
    """
    mapped = list(map_source(file, file.path, member=member))
    return CheckedWorkbook(
        events=sum(isinstance(each, MappedEvent) for each in mapped),
        problems=tuple(problem for each in mapped if isinstance(each, RefusedRows) for problem in each.problems),
        notes=tuple(note for each in mapped if isinstance(each, MappedEvent) for note in each.notes),
    )


def require_checked(flow: Flow, *, member: str, sealable: Sealable = NOTHING) -> None:
    """Require that a flow holds.

    Raises:
        InvalidFlow: with every error.
        SourceRefused: as `check_flow`.
    """
    errors = [problem for problem in check_flow(flow, member=member, sealable=sealable) if problem.level == "error"]
    if errors:
        raise InvalidFlow(errors)


def _wording(flow: Flow) -> Iterator[Problem]:
    kind = KINDS[flow.event.kind]
    wanted = ("inputs", "outputs") if kind.type == "TransformationEvent" else ("items",)
    for name in ("items", "inputs", "outputs"):
        given = getattr(flow.event, name)
        if name in wanted and not given:
            yield _problem(sentences.FLOW_MISSING_KEY, flow, f"event.{name}", expected=f"[[event.{name}]]")
        elif name not in wanted and given:
            expected = ", ".join(f"event.{each}" for each in wanted)
            yield _problem(sentences.FLOW_UNKNOWN_KEY, flow, f"event.{name}", expected=expected)
    if kind.type == "AggregationEvent" and flow.event.container is None:
        yield _problem(sentences.FLOW_MISSING_KEY, flow, "event.container", expected='{column = "..."}')
    for value in values_of(flow):
        if not is_zone(value.zone):
            yield _problem(
                sentences.FLOW_WRONG_VALUE, flow, f"{value.key}.zone", found=value.zone, expected="Europe/Paris"
            )
    used = {value.table for value in values_of(flow)}
    for name in flow.tables:
        if name not in used:
            yield _problem(sentences.FLOW_UNUSED_TABLE, flow, f"tables.{name}", level="warning")


def _seals(flow: Flow, sealable: Sealable) -> Iterator[Problem]:
    expected = ", ".join(sealable.patterns) or "-"
    for each in flow.seals:
        if not sealable.allows(each.pattern):
            key = f"seal.{each.key}"
            yield _problem(sentences.FLOW_NOT_SEALABLE, flow, key, found=each.pattern, expected=expected)


def _absent_columns(flow: Flow, layout: Layout) -> Iterator[Problem]:
    named = [(value.key, column) for value in values_of(flow) for column in value.columns]
    named += [("source.key", column) for column in flow.source.key]
    named += [("source.group", column) for column in flow.source.group]
    named += [("source.fill_down", column) for column in flow.source.fill_down]
    named += [("when, skip", condition.column) for condition in conditions_of(flow)]
    for key, column in named:
        if column not in layout.index:
            near = difflib.get_close_matches(column, layout.headers, n=1)
            yield _problem(
                sentences.FLOW_UNKNOWN_COLUMN,
                flow,
                key,
                found=column,
                source=layout.file,
                expected=near[0] if near else ", ".join(layout.headers),
            )


def _run_test(flow: Flow, test: FlowTest, number: int, *, headers: tuple[str, ...], member: str) -> Iterator[Problem]:
    table = GivenTable(flow.file, test.rows, headers=headers)
    mapped = list(map_table(flow, table, member=member))
    codes = [problem.code for each in mapped if isinstance(each, RefusedRows) for problem in each.problems]
    if test.expect_code is not None:
        if test.expect_code not in codes:
            found = ", ".join(codes) or "aucun problème / no problem"
            yield _problem(
                sentences.FLOW_TEST_FAILED, flow, "tests", number=number, found=found, expected=test.expect_code
            )
        return
    events = [each.event for each in mapped if isinstance(each, MappedEvent)]
    differing = next(iter(_differences(test.expect or {}, events[0], "")), None) if events else None
    if not events or differing is not None:
        found, expected = differing or (", ".join(codes) or "aucun événement / no event", "un événement / an event")
        yield _problem(sentences.FLOW_TEST_FAILED, flow, "tests", number=number, found=found, expected=expected)


def _differences(expected: Any, found: Any, path: str) -> Iterator[tuple[str, str]]:
    """Compare what a test names; what it leaves out may be anything."""
    if isinstance(expected, Mapping) and isinstance(found, Mapping):
        for name, value in expected.items():
            yield from _differences(value, found.get(name), f"{path}/{name}")
    elif isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        for at, value in enumerate(expected):
            yield from _differences(value, found[at], f"{path}/{at}")
    elif expected != found:
        yield f"{path} = {found}", f"{path} = {expected}"


def _problem(sentence: Sentence, flow: Flow, key: str, *, level: Any = "error", **values: object) -> Problem:
    return Problem(sentence=sentence, pointer=f"/{key}", values={"file": flow.file, "key": key, **values}, level=level)
