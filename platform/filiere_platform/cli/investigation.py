"""`filiere investigate`: where some incidents come from."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction

import click

from filiere_platform import bootstrap
from filiere_platform.cli.errors import language
from filiere_platform.cli.looking import AS_MEMBER, AS_OF, viewer_as
from filiere_platform.render.investigation_lines import investigation_lines
from filiere_platform.settings import read_settings
from filiere_platform.usecases.investigation import InvestigationQuestion, Known, Period
from filiere_platform.usecases.investigation import investigate as find_sources
from filiere_platform.usecases.trace import read_as_of, read_at
from filiere_platform.usecases.trace_set import SetQuestion

_SOURCE = "place=URI, member=URI or event=LOG_INDEX"


@click.command()
@click.argument("objects", metavar="OBJECT...", nargs=-1, required=True)
@click.option(
    "--weight",
    "weights",
    multiple=True,
    required=True,
    metavar="WHAT[=WEIGHT]",
    help=f"An incident: {_SOURCE}; weight 1 unless it says another, negative for what is sound.",
)
@click.option(
    "--cross",
    "crossings",
    multiple=True,
    metavar="PLACE[,SINCE,UNTIL]",
    help="Everything at PLACE in that time may have touched everything else.",
)
@click.option("--kill", "killed", multiple=True, metavar="WHAT", help=f"Nothing was passed on by it: {_SOURCE}.")
@AS_OF
@AS_MEMBER
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as the API gives it.")
def investigate(
    objects: tuple[str, ...],
    *,
    weights: tuple[str, ...],
    crossings: tuple[str, ...],
    killed: tuple[str, ...],
    as_of: str | None,
    member: str | None,
    as_json: bool,
) -> None:
    """Score the stations, lots and deliveries that incidents with OBJECTs may come from, the likeliest first."""
    question = InvestigationQuestion(
        objects=SetQuestion(objects=objects, as_of=read_as_of(as_of)),
        weights=[_weighted(each) for each in weights],
        crossings=[_period(each) for each in crossings],
        killed=[_known(each, Fraction(0)) for each in killed],
    )
    with bootstrap.open_database(read_settings(graph_memory_mb=0)) as database, database.unit_of_work() as uow:
        answer = find_sources(uow, viewer_as(uow.members.by_uri, member), question)
    lines = investigation_lines(answer, language())
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(lines))


def _weighted(text: str) -> Known:
    """Read `place=URI` or `place=URI=WEIGHT`."""
    sort, _, rest = text.partition("=")
    what, _, behind = rest.rpartition("=")
    if what:
        with contextlib.suppress(InvalidOperation):
            return _known(f"{sort}={what}", Fraction(Decimal(behind)))
    return _known(text, Fraction(1))


def _known(text: str, amount: Fraction) -> Known:
    sort, _, what = text.partition("=")
    if sort == "place" and what:
        return Known(amount=amount, place=what)
    if sort == "member" and what:
        return Known(amount=amount, member=what)
    if sort == "event" and what.isascii() and what.isdigit():
        return Known(amount=amount, event=int(what))
    raise click.BadParameter(f"{text!r}: {_SOURCE}")


def _period(text: str) -> Period:
    place, *times = text.split(",")
    if not place or len(times) > len(("since", "until")):
        raise click.BadParameter(f"{text!r}: PLACE[,SINCE,UNTIL]")
    since, until = (*map(_time, times), None, None)[:2]
    return Period(place=place, since=since, until=until)


def _time(text: str) -> datetime | None:
    return read_at(text or None)
