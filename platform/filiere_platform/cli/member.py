"""`filiere member`: admit organisations, list them, suspend them."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.cli.identifier import identifier
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.settings import read_settings
from filiere_platform.usecases.members import add_member, set_status


@click.group()
def member() -> None:
    """Members of the instance."""


member.add_command(identifier)


@member.command()
@click.argument("uri")
@click.option("--name", required=True, help="Name of the organisation.")
@click.option("--identifier", "identifiers", multiple=True, help="Further party or site (GLN, SGLN, ... as a URI).")
@click.option("--sharing", type=click.Choice([mode.value for mode in SharingMode]), help="Its default sharing mode.")
def add(uri: str, name: str, identifiers: tuple[str, ...], sharing: str | None) -> None:
    """Admit an organisation under its global identifier URI, such as urn:filiere:party:siret:73282932000074."""
    with bootstrap.open_database(read_settings()) as database, database.unit_of_work() as uow:
        mode = SharingMode(sharing) if sharing else None
        added = add_member(uow, uri=uri, name=name, sharing=mode, identifiers=identifiers)
    click.echo(f"member {added.id} {added.uri}")


@member.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON array.")
def list_members(as_json: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """List the members."""
    with bootstrap.open_database(read_settings()) as database, database.unit_of_work() as uow:
        members = uow.members.all()
    if as_json:
        click.echo(json.dumps([_as_json(m) for m in members], ensure_ascii=False, indent=2))
        return
    for row in members:
        click.echo(f"{row.id:>5}  {row.status:<9}  {row.uri:<50}  {row.name}")


@member.command()
@click.argument("uri")
def suspend(uri: str) -> None:
    """Suspend a member: nothing more is received from it or shown to it, in every process, from the next commit on."""
    _change(uri, MemberStatus.SUSPENDED)


@member.command()
@click.argument("uri")
def resume(uri: str) -> None:
    """Let a suspended member back in."""
    _change(uri, MemberStatus.ACTIVE)


def _change(uri: str, status: MemberStatus) -> None:
    with bootstrap.open_database(read_settings()) as database, database.unit_of_work() as uow:
        set_status(uow, uri=uri, status=status)
    click.echo(f"{uri} {status}")


def _as_json(row: Member) -> dict[str, object]:
    return {
        "id": row.id,
        "uri": row.uri,
        "name": row.name,
        "status": row.status,
        "sharing": row.sharing,
        "identifiers": list(row.identifiers),
        "is_sector_body": row.is_sector_body,
    }
