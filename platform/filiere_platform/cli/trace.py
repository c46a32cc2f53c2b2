"""`filiere trace OBJECT`: where an object came from and what became of it, from the operator's view."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.cli.errors import language
from filiere_platform.domain.audience import OPERATOR, Viewer
from filiere_platform.render.tree import trace_tree
from filiere_platform.settings import read_settings
from filiere_platform.usecases.trace import MAX_DEPTH, MAX_NODES, TraceQuestion, Ways, read_as_of, trace_object


@click.command()
@click.argument("wanted", metavar="OBJECT")
@click.option("--up", "ways", flag_value=Ways.UP.value, help="Upstream: where from.")
@click.option("--down", "ways", flag_value=Ways.DOWN.value, help="Downstream: where to.")
@click.option("--both", "ways", flag_value=Ways.BOTH.value, default=True, help="Both ways (default).")
@click.option("--as-of", help="As known then: a time with its zone (2026-03-04T05:06:07Z) or a size of the log.")
@click.option("--as", "member", metavar="MEMBER", help="As this member (its URI) sees it. Default: the operator.")
@click.option("--max-depth", type=click.IntRange(0, 1_000), default=MAX_DEPTH, show_default=True, help="Steps.")
@click.option("--max-nodes", type=click.IntRange(1), default=MAX_NODES, show_default=True, help="Objects each way.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as the API gives it.")
def trace(  # noqa: PLR0917 - options of the command line
    wanted: str,
    ways: str,
    as_of: str | None,
    member: str | None,
    max_depth: int,
    max_nodes: int,
    as_json: bool,  # noqa: FBT001 - a flag of the command line
) -> None:
    """Trace OBJECT, any form of its URI, up, down or both ways."""
    question = TraceQuestion(
        object=wanted, ways=Ways(ways), max_depth=max_depth, max_nodes=max_nodes, as_of=read_as_of(as_of)
    )
    with bootstrap.open_database(read_settings(graph_memory_mb=0)) as database, database.unit_of_work() as uow:
        viewer = OPERATOR
        if member is not None:
            found = uow.members.by_uri(member)
            if found is None:
                raise click.BadParameter(member, param_hint="--as")
            viewer = Viewer(member_id=found.id)
        answer = trace_object(uow, viewer, question)
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else trace_tree(answer, language()))
