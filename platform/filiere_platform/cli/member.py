"""`filiere member`: admit organisations, list them, suspend them."""

from __future__ import annotations

import json
from pathlib import Path

import click

from filiere_platform import bootstrap
from filiere_platform.bootstrap.broker import broker_keeping
from filiere_platform.bus.topology import broker_commands
from filiere_platform.cli.acting import act_signer
from filiere_platform.cli.identifier import identifier
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.audit import AT_CONSOLE
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.settings import read_settings
from filiere_platform.usecases.admission import invite as invite_member
from filiere_platform.usecases.broker_users import BrokerKeeping
from filiere_platform.usecases.leaving import change_status, export_own
from filiere_platform.usecases.leaving import leave as leave_instance
from filiere_platform.usecases.members import add_member, member_by_uri
from filiere_schemas.provenance.stored_zip import write_zip

FILE = click.Path(dir_okay=False, path_type=Path)


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
@click.option("--reason", help="Why; the member reads it once it is back.")
def suspend(uri: str, reason: str | None) -> None:
    """Suspend a member: nothing more is received from it or shown to it, in every process, from the next commit on."""
    _change(uri, MemberStatus.SUSPENDED, "member.suspend", reason)


@member.command()
@click.argument("uri")
@click.option("--reason", help="Why; the member reads it.")
def resume(uri: str, reason: str | None) -> None:
    """Let a suspended member back in."""
    _change(uri, MemberStatus.ACTIVE, "member.resume", reason)


@member.command()
@click.argument("uri")
def invite(uri: str) -> None:
    """Make another one-time invitation of a member and print it, this once: for a browser, and for a program."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now = act_signer(platform), platform.clock()
        made = invite_member(uow, member_by_uri(uow, uri), author=AT_CONSOLE, signer=signer, now=now)
    click.echo(f"{platform.settings.base_url}/invitation?t={made}")
    click.echo(made)


@member.command()
@click.argument("uri")
@click.option("-o", "output", type=FILE, required=True, help="member.zip")
def export(uri: str, output: Path) -> None:
    """Write everything that is a member's own into one file: records with their proofs, receipts, acts."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now, found = act_signer(platform), platform.clock(), member_by_uri(uow, uri)
        trust = platform.trust() if platform.own_keys.can_be_trusted() else None
        files = export_own(uow, found, platform.files, signer=signer, trust=trust, now=now)
        content = write_zip(files)
    output.write_bytes(content)
    click.echo(f"{output}: {len(content)} bytes")


@member.command()
@click.argument("uri")
@click.option("--reason", required=True, help="Why; it is kept with the act.")
def leave(uri: str, reason: str) -> None:
    """End a membership for good; export its records before. Its id stays in the records."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now, found = act_signer(platform), platform.clock(), member_by_uri(uow, uri)
        leave_instance(uow, found, reason=reason, author=AT_CONSOLE, signer=signer, now=now)
    click.echo(f"{uri} {MemberStatus.LEFT}")


def _change(uri: str, status: MemberStatus, verb: str, reason: str | None) -> None:
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now = act_signer(platform), platform.clock()
        change_status(uow, uri, status, verb, reason=reason, author=AT_CONSOLE, signer=signer, now=now)
        broker, member = platform.settings.broker_url, member_by_uri(uow, uri)
        topology = platform.topology
        keeping = broker_keeping(platform.settings)
    click.echo(f"{uri} {status}")
    if keeping is BrokerKeeping.BY_WORKER:
        click.echo("  the worker follows at the broker; `filiere doctor` says whether it has", err=True)
    elif broker:
        for command in broker_commands(broker, topology, member.id, is_active=status is MemberStatus.ACTIVE):
            click.echo(f"  {command}", err=True)


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
