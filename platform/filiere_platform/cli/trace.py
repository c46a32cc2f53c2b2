"""`filiere trace OBJECT`: where an object came from and what became of it, from the operator's view."""

from __future__ import annotations

import json
from typing import Any

import click

from filiere_platform import bootstrap
from filiere_platform.cli.errors import language
from filiere_platform.cli.looking import AS_MEMBER, AS_OF, viewer_as
from filiere_platform.render.csv_rows import Dialect
from filiere_platform.render.set_lines import set_lines
from filiere_platform.render.trace_forms import TraceForm, write_table
from filiere_platform.render.trace_table import table_of_answer
from filiere_platform.render.tree import trace_tree
from filiere_platform.settings import read_settings
from filiere_platform.usecases.trace import MAX_DEPTH, MAX_NODES, TraceQuestion, Ways, read_as_of, read_at, trace_object
from filiere_platform.usecases.trace_events import events_of_answer
from filiere_platform.usecases.trace_set import SetQuestion, trace_set

TREE = "tree"


@click.command()
@click.argument("objects", metavar="OBJECT...", nargs=-1, required=True)
@click.option("--up", "ways", flag_value=Ways.UP.value, help="Upstream: where from.")
@click.option("--down", "ways", flag_value=Ways.DOWN.value, help="Downstream: where to.")
@click.option("--both", "ways", flag_value=Ways.BOTH.value, default=True, help="Both ways (default).")
@AS_OF
@click.option("--at", help="Without what surely happened after a time with its zone.")
@AS_MEMBER
@click.option("--max-depth", type=click.IntRange(0, 1_000), default=MAX_DEPTH, show_default=True, help="Steps.")
@click.option("--max-nodes", type=click.IntRange(1), default=MAX_NODES, show_default=True, help="Objects each way.")
@click.option("--json", "form", flag_value=TraceForm.JSON.value, help="The same as --format json.")
@click.option(
    "--format",
    "form",
    type=click.Choice([TREE, *(form.value for form in TraceForm)]),
    default=TREE,
    show_default=True,
    help="How to write it; all but the tree are those of the API (docs/trace.md).",
)
@click.option(
    "--csv",
    "dialect",
    type=click.Choice([dialect.value for dialect in Dialect]),
    default=Dialect.RFC4180.value,
    show_default=True,
    help="CSV for programs, or for spreadsheets set to French.",
)
def trace(  # noqa: PLR0917 - options of the command line
    objects: tuple[str, ...],
    ways: str,
    as_of: str | None,
    at: str | None,
    member: str | None,
    max_depth: int,
    max_nodes: int,
    form: str,
    dialect: str,
) -> None:
    """Trace OBJECT, any form of its URI, up, down or both ways; several are traced as one."""
    limits: dict[str, Any] = {
        "ways": Ways(ways),
        "max_depth": max_depth,
        "max_nodes": max_nodes,
        "as_of": read_as_of(as_of),
        "at": read_at(at),
    }
    with bootstrap.open_database(read_settings(graph_memory_mb=0)) as database, database.unit_of_work() as uow:
        viewer = viewer_as(uow.members.by_uri, member)
        if len(objects) == 1:
            answer = trace_object(uow, viewer, TraceQuestion(object=objects[0], **limits))
        else:
            answer = trace_set(uow, viewer, SetQuestion(objects=objects, **limits))
        if form == TraceForm.EPCIS:
            now = bootstrap.system_clock()
            click.echo(b"".join(events_of_answer(uow, viewer, answer, now=now)))
            return
    if form == TREE:
        several = len(objects) > 1
        click.echo("\n".join(set_lines(answer, language())) if several else trace_tree(answer, language()))
    elif form == TraceForm.JSON:
        click.echo(json.dumps(answer, ensure_ascii=False))
    else:
        for lines in write_table(table_of_answer(answer), TraceForm(form), Dialect(dialect)):
            click.echo(lines.encode(), nl=False)  # as bytes: CSV ends its lines by itself
