"""`filiere state OBJECT...`: where objects are, at whom, in what, and whether they are blocked or recalled."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.cli.errors import language
from filiere_platform.cli.looking import AS_MEMBER, AS_OF, viewer_as
from filiere_platform.render.state_lines import state_lines
from filiere_platform.settings import read_settings
from filiere_platform.usecases.state import StateQuestion, read_at, states_of
from filiere_platform.usecases.trace import read_as_of


@click.command()
@click.argument("objects", metavar="OBJECT...", nargs=-1, required=True)
@click.option("--at", help="At this time, with its zone (2026-03-04T05:06:07Z). Default: now.")
@AS_OF
@AS_MEMBER
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as the API gives it.")
def state(objects: tuple[str, ...], *, at: str | None, as_of: str | None, member: str | None, as_json: bool) -> None:
    """Say the state of each OBJECT, any form of its URI, now or at a time."""
    question = StateQuestion(objects=objects, at=read_at(at, now=bootstrap.system_clock()), as_of=read_as_of(as_of))
    with bootstrap.open_database(read_settings(graph_memory_mb=0)) as database, database.unit_of_work() as uow:
        answer = states_of(uow, viewer_as(uow.members.by_uri, member), question)
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(state_lines(answer, language())))
