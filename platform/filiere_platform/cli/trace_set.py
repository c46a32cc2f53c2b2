"""`filiere ancestors`, `filiere difference`, `filiere presence`: questions about several traces."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.cli.errors import language
from filiere_platform.cli.looking import AS_MEMBER, AS_OF, viewer_as
from filiere_platform.render.set_lines import ancestor_lines, difference_lines, presence_lines
from filiere_platform.settings import read_settings
from filiere_platform.usecases.trace import TraceQuestion, Ways, read_as_of
from filiere_platform.usecases.trace_set import SetQuestion, common_ancestors, find_presence, trace_difference

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object, as the API gives it.")
_WAYS = click.option(
    "--direction", type=click.Choice([way.value for way in Ways]), default=Ways.BOTH.value, show_default=True
)


@click.command()
@click.argument("objects", metavar="SUSPECT...", nargs=-1, required=True)
@click.option("--sound", multiple=True, metavar="OBJECT", help="Known not to be concerned; may be given several times.")
@AS_OF
@AS_MEMBER
@_JSON
def ancestors(
    objects: tuple[str, ...], *, sound: tuple[str, ...], as_of: str | None, member: str | None, as_json: bool
) -> None:
    """Rank what several SUSPECTs have in common upstream, the likeliest source first."""
    question = SetQuestion(objects=objects, as_of=read_as_of(as_of))
    with bootstrap.open_database(read_settings(graph_memory_mb=0)) as database, database.unit_of_work() as uow:
        answer = common_ancestors(uow, viewer_as(uow.members.by_uri, member), question, sound)
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(ancestor_lines(answer, language())))


@click.command()
@click.argument("wanted", metavar="OBJECT")
@click.option("--to-object", "other", help="Compare with the trace of this object. Default: the same.")
@click.option("--to-as-of", help="Compare with what was known then. Default: everything.")
@_WAYS
@AS_OF
@AS_MEMBER
@_JSON
def difference(
    wanted: str,
    *,
    other: str | None,
    to_as_of: str | None,
    direction: str,
    as_of: str | None,
    member: str | None,
    as_json: bool,
) -> None:
    """Say what changed in the trace of OBJECT since it was known as --as-of says, and by which events."""
    before = TraceQuestion(object=wanted, ways=Ways(direction), as_of=read_as_of(as_of))
    after = TraceQuestion(object=other or wanted, ways=Ways(direction), as_of=read_as_of(to_as_of))
    with bootstrap.open_database(read_settings(graph_memory_mb=0)) as database, database.unit_of_work() as uow:
        answer = trace_difference(uow, viewer_as(uow.members.by_uri, member), before, after)
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(difference_lines(answer, language())))


@click.command()
@click.argument("wanted", metavar="OBJECT")
@click.argument("sought", metavar="MEMBER")
@_WAYS
@AS_OF
@AS_MEMBER
@_JSON
def presence(wanted: str, sought: str, *, direction: str, as_of: str | None, member: str | None, as_json: bool) -> None:
    """Say whether MEMBER, a party or a site is anywhere in the chain of OBJECT."""
    question = TraceQuestion(object=wanted, ways=Ways(direction), as_of=read_as_of(as_of))
    with bootstrap.open_database(read_settings(graph_memory_mb=0)) as database, database.unit_of_work() as uow:
        answer = find_presence(uow, viewer_as(uow.members.by_uri, member), question, sought)
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(presence_lines(answer, language())))
