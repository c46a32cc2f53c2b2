"""`filiere balance`: whether what came in is what went out; `filiere dilution`: what of a suspect lot is in which."""

from __future__ import annotations

import json
from typing import Any

import click

from filiere_platform import bootstrap
from filiere_platform.cli.errors import language
from filiere_platform.cli.looking import AS_MEMBER, AS_OF, viewer_as
from filiere_platform.render.balance_lines import balance_lines, dilution_lines
from filiere_platform.settings import read_settings
from filiere_platform.usecases.balance import (
    SiteQuestion,
    balance_objects,
    balance_site,
    dilute_object,
    read_instant,
)
from filiere_platform.usecases.trace import read_as_of

_JSON = click.option("--json", "as_json", is_flag=True, help="One JSON object, as the API gives it.")


@click.command()
@click.argument("objects", metavar="[OBJECT]...", nargs=-1)
@click.option("--site", help="A site (its URI) instead of objects, with --from and --to.")
@click.option("--from", "start", help="From this time on, with its zone.")
@click.option("--to", "stop", help="Before this time, with its zone.")
@click.option("--unit", help="UN/ECE Recommendation 20. Default: as first stated; for a site KGM.")
@AS_OF
@AS_MEMBER
@_JSON
def balance(  # noqa: PLR0917 - options of the command line
    objects: tuple[str, ...],
    site: str | None,
    start: str | None,
    stop: str | None,
    unit: str | None,
    as_of: str | None,
    member: str | None,
    as_json: bool,  # noqa: FBT001 - a flag of the command line
) -> None:
    """Balance each OBJECT, or every lot of a site in a period."""
    if bool(objects) == (site is not None) or (site is not None and (start is None or stop is None)):
        raise click.UsageError("OBJECT..., or --site --from --to")
    known = read_as_of(as_of)
    with bootstrap.open_platform(read_settings(graph_memory_mb=0)) as platform, platform.database.unit_of_work() as uow:
        viewer, rules = viewer_as(uow.members.by_uri, member), platform.policies.balance
        answer: dict[str, Any]
        if site is None or start is None or stop is None:
            answer = balance_objects(uow, viewer, objects, rules=rules, unit=unit, as_of=known)
        else:
            question = SiteQuestion(
                site=site,
                start=read_instant("from", start),
                stop=read_instant("to", stop),
                unit=unit or "KGM",
                as_of=known,
            )
            answer = balance_site(uow, viewer, question, rules=rules)
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(balance_lines(answer, language())))


@click.command()
@click.argument("wanted", metavar="OBJECT")
@AS_OF
@AS_MEMBER
@_JSON
def dilution(wanted: str, *, as_of: str | None, member: str | None, as_json: bool) -> None:
    """Say what part of each lot downstream comes from OBJECT, mixed and at the worst."""
    with bootstrap.open_platform(read_settings(graph_memory_mb=0)) as platform, platform.database.unit_of_work() as uow:
        viewer, rules = viewer_as(uow.members.by_uri, member), platform.policies.balance
        answer = dilute_object(uow, viewer, wanted, rules=rules, as_of=read_as_of(as_of))
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(dilution_lines(answer, language())))
