"""`filiere-connect preview`: real rows beside their events. Nothing is signed, sent or remembered."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice
from pathlib import Path
from typing import Any

import click

from filiere_connectors.cli.language import EXIT_QUARANTINE, language, printable, say, words
from filiere_connectors.mapping import MappedEvent, RefusedRows, SkippedRow, shown_key
from filiere_connectors.previewing import Previewed, preview_flow
from filiere_connectors.problem import RowProblem
from filiere_connectors.sources.table import Place, Row
from filiere_connectors.spooling import as_json
from filiere_connectors.workspace import open_workspace
from filiere_schemas.problems import Problem

_LISTS = ("epcList", "quantityList", "childEPCs", "childQuantityList")
_INPUTS = ("inputEPCList", "inputQuantityList")
_OUTPUTS = ("outputEPCList", "outputQuantityList")


@click.command()
@click.argument("flows", nargs=-1)
@click.option("-n", "count", type=click.IntRange(1), default=20, show_default=True, help="Événements / events.")
@click.option("--json", "as_lines", is_flag=True, help="Un objet JSON par ligne / one JSON object a line.")
@click.pass_obj
def preview(folder: Path, *, flows: tuple[str, ...], count: int, as_lines: bool) -> int:
    """Montrer les lignes et leurs événements / show rows and their events. Rien n'est envoyé."""
    workspace = open_workspace(folder)
    refused = False
    for flow in workspace.sources(flows):
        if not as_lines:
            click.secho(f"== {flow.name}", bold=True)
        skipped = 0
        shown = (each for each in preview_flow(workspace, flow))
        for each in islice(shown, count):
            if isinstance(each.mapped, SkippedRow):
                skipped += 1
                continue
            refused |= isinstance(each.mapped, RefusedRows)
            if as_lines:
                click.echo(json.dumps(_as_json(each), ensure_ascii=False))
            else:
                _show(each)
        if skipped and not as_lines:
            say("skipped", count=skipped)
    if not as_lines:
        say("preview-nothing")
    return EXIT_QUARANTINE if refused else 0


def _show(each: Previewed) -> None:
    mapped = each.mapped
    if isinstance(mapped, SkippedRow):
        return
    for row in mapped.rows:
        _line(f"  {row.number:>6}  {_cells(row)}")
    if isinstance(mapped, RefusedRows):
        _line(f"          → {words('standing-refused')}", colour="red")
        for problem in mapped.problems:
            _line(f"            {told(problem)}", colour="red")
        return
    badge = words(f"standing-{each.standing}", old=each.wrong_id)
    _line(f"          → {shown_key(mapped.source_key)} [{badge}]", colour="green")
    for line in _event_lines(mapped.event):
        _line(f"            {line}")
    if each.sealed:
        fields = ", ".join(f"{pointer} ({words(f'mode-{mode}')})" for pointer, mode in each.sealed.items())
        _line(f"            {words('sealed-line', fields=fields)}", colour="cyan")
    for note in mapped.notes:
        _line(f"            {told(note)}", colour="yellow")


def told(problem: RowProblem) -> str:
    """Say a problem with its address and its hint."""
    text = f"{where(problem.place)} {problem.code}: {problem.problem.message(language())}"
    if problem.hint is None:
        return text
    return f"{text} → {Problem(sentence=problem.hint, values=problem.problem.values).message(language())}"


def where(place: Place) -> str:
    """Write an address as a spreadsheet does: Mars!C12 « Lot »."""
    if place.row is None:
        return place.file
    header = f" « {place.header} »" if place.header else ""
    sheet = "" if place.sheet is None else f"{place.sheet}!"
    return f"{sheet}{place.column or ''}{place.row}{header}"


def _event_lines(event: Mapping[str, Any]) -> list[str]:
    lines = [f"{event['type']} {event['bizStep']} {event['eventTime']}"]
    precision = event.get("filiere:eventTimePrecision")
    if precision is not None:
        lines[0] += f" ({precision})"
    parties = [each["source"] for each in event.get("sourceList", ())]
    parties += [f"→ {each['destination']}" for each in event.get("destinationList", ())]
    if parties:
        lines.append(" ".join(parties))
    for names, mark in ((_INPUTS, "- "), (_OUTPUTS, "+ "), (_LISTS, "")):
        for name in names:
            lines += [f"{mark}{_thing(each)}" for each in event.get(name, ())]
    if "parentID" in event:
        lines.append(f"∈ {event['parentID']}")
    return lines


def _thing(each: Any) -> str:
    if isinstance(each, str):
        return each
    amount = "" if "quantity" not in each else f" {each['quantity']} {each.get('uom', '')}".rstrip()
    return f"{each['epcClass']}{amount}"


def _cells(row: Row) -> str:
    return " | ".join("" if value is None else str(value) for value in row.values)


def _line(text: str, *, colour: str | None = None) -> None:
    click.secho(printable(text), fg=colour)


def _as_json(each: Previewed) -> dict[str, Any]:
    mapped = each.mapped
    if isinstance(mapped, MappedEvent):
        return {
            "rows": [row.number for row in mapped.rows],
            "key": json.loads(mapped.source_key),
            "standing": each.standing,
            "declaredErroneous": each.wrong_id,
            "event": mapped.event,
            "sealed": each.sealed,
            "notes": [as_json(note) for note in mapped.notes],
        }
    rows = mapped.rows if isinstance(mapped, RefusedRows) else (mapped.row,)
    problems = mapped.problems if isinstance(mapped, RefusedRows) else ()
    return {"rows": [row.number for row in rows], "problems": [as_json(problem) for problem in problems]}
