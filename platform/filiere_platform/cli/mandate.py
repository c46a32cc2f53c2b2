"""`filiere mandate`: rights to look that are given to auditors and authorities."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.bootstrap import Platform
from filiere_platform.cli.acting import act_signer
from filiere_platform.cli.instant import Instant
from filiere_platform.domain.mandate import DAY, LONGEST_LIFE_DAYS, MandatePurpose
from filiere_platform.domain.principal import CONSOLE
from filiere_platform.settings import read_settings
from filiere_platform.usecases.looks import looks_at, write_csv
from filiere_platform.usecases.mandates import (
    AskedMandate,
    accepting_uris,
    give_mandate,
    mandate_as_json,
    revoke_mandate,
)
from filiere_platform.usecases.members import member_by_uri
from filiere_platform.usecases.people import Administration

DEFAULT_DAYS = 90


@click.group()
def mandate() -> None:
    """Mandates: who may look at whose records, for what purpose, until when."""


@mandate.command()
@click.option("--by", "giver", required=True, help="URI of the member that gives it: the owner, or the sector body.")
@click.option("--to", "holder", help="URI of the member that holds it; without, it is for guest links alone.")
@click.option("--person", help="Id of a person of the holder; without, all its auditors and authorities.")
@click.option("--purpose", required=True, type=click.Choice([each.value for each in MandatePurpose]))
@click.option("--reason", required=True, help="Why, in a sentence; shown to whoever is looked at.")
@click.option("--member", "members", multiple=True, help="URI of a member whose records are covered.")
@click.option("--all-accepting", is_flag=True, help="Every member that accepted the sector body's mandates.")
@click.option("--product", "products", multiple=True, help="A GTIN's URI, or one of its lots.")
@click.option("--object", "objects", multiple=True, help="A lot, an item, a logistic unit.")
@click.option("--event-from", type=Instant(), help="Events from this time on.")
@click.option("--event-before", type=Instant(), help="Events before this time.")
@click.option("--from", "starts_at", type=Instant(), help="When it begins; default: now.")
@click.option("--days", type=click.IntRange(1, LONGEST_LIFE_DAYS), default=DEFAULT_DAYS, show_default=True)
def give(
    *,
    giver: str,
    holder: str | None,
    person: str | None,
    purpose: str,
    reason: str,
    members: tuple[str, ...],
    all_accepting: bool,
    products: tuple[str, ...],
    objects: tuple[str, ...],
    event_from: int | None,
    event_before: int | None,
    starts_at: int | None,
    days: int,
) -> None:
    """Give a mandate and print its id."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        now = platform.clock()
        asked = AskedMandate(
            purpose=MandatePurpose(purpose),
            reason=reason,
            holder=holder,
            person=person,
            starts_at=starts_at,
            ends_at=max(now, starts_at or now) + days * DAY,
            members=(*members, *(accepting_uris(uow) if all_accepting else ())),
            products=products,
            objects=objects,
            event_from=event_from,
            event_before=event_before,
        )
        given = give_mandate(uow, _doing(platform), member_by_uri(uow, giver), asked)
    click.echo(given.id)


@mandate.command("list")
@click.option("--member", "uri", help="URI of a member: those that it gave, holds, or is looked at under.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line.")
def list_them(uri: str | None, *, as_lines: bool) -> None:
    """List mandates, the newest first."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        now, directory = platform.clock(), uow.directory()
        found = uow.mandates.all()
        if uri is not None:
            mine = member_by_uri(uow, uri).id
            found = [each for each in found if mine in {each.giver_id, each.holder_id, *each.scope.members}]
        laid_out = [mandate_as_json(each, directory, member_id=None, governs=True, now=now) for each in found]
    for each in laid_out:
        if as_lines:
            click.echo(json.dumps(each, ensure_ascii=False))
            continue
        holder = each["holder"] or "guests"
        click.echo(
            f"{each['id']}  {each['state']:<8}  {each['until']}  {each['purpose']:<13}  {each['giver']} -> {holder}"
        )


@mandate.command()
@click.argument("mandate_id")
def revoke(mandate_id: str) -> None:
    """End a mandate, for good: nothing more is shown under it from now on."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        revoke_mandate(uow, _doing(platform), mandate_id)
    click.echo(f"{mandate_id} revoked")


@mandate.command()
@click.argument("uri")
@click.option("--after", default=0, help="Only those behind this number.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 100_000))
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line, with the digest that chains it.")
@click.option("--csv", "as_table", is_flag=True, help="As CSV.")
def looks(uri: str, after: int, limit: int, *, as_lines: bool, as_table: bool) -> None:
    """List the looks at the records of the member admitted under URI: number, time, mandate, who, question, records."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        found = looks_at(uow, member_by_uri(uow, uri).id, after=after, limit=limit).looks
    if as_table:
        click.echo(write_csv(found), nl=False)
        return
    for each in found:
        said = each["chained"]
        line = f"{said['seq']:>8}  {said['at']}  {said['mandate']}  {said['by']:<32}  {said['question']['route']}  "
        click.echo(json.dumps(each, ensure_ascii=False) if as_lines else f"{line}{said['count']}: {said['records']}")


def _doing(platform: Platform) -> Administration:
    return Administration(by=CONSOLE, signer=act_signer(platform), now=platform.clock())
