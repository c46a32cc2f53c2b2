"""`filiere application`: who wants to become a member; `filiere charter`: what every member accepts."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import click

from filiere_platform import bootstrap
from filiere_platform.cli.acting import act_signer
from filiere_platform.domain.application import LONGEST, Application, ApplicationState, Charter
from filiere_platform.domain.audit import AT_CONSOLE
from filiere_platform.domain.instant import iso_instant
from filiere_platform.settings import read_settings
from filiere_platform.usecases.admission import accept_charter, publish_charter
from filiere_platform.usecases.admission import approve as approve_application
from filiere_platform.usecases.admission import decline as decline_application
from filiere_platform.usecases.members import member_by_uri


@click.group()
def application() -> None:
    """Applications for membership."""


@application.command("list")
@click.option("--state", type=click.Choice([each.value for each in ApplicationState]), help="All, where it is absent.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line.")
def list_applications(state: str | None, as_lines: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """List applications, the oldest first: id, state, URI, name, how to reach them."""
    with bootstrap.open_database(read_settings()) as database, database.unit_of_work() as uow:
        found = uow.admission.in_state(ApplicationState(state) if state else None)
    for each in found:
        line = f"{each.id}  {each.state:<8}  {each.uri:<50}  {each.name}  {each.contact}".rstrip()
        click.echo(json.dumps(_as_json(each), ensure_ascii=False) if as_lines else line)


@application.command()
@click.argument("application_id", metavar="ID")
def approve(application_id: str) -> None:
    """Admit an applicant and print its invitation, this once: hand it to the contact that you verified."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now = act_signer(platform), platform.clock()
        member, invitation = approve_application(uow, application_id, author=AT_CONSOLE, signer=signer, now=now)
    click.echo(f"member {member.id} {member.uri}")
    click.echo(f"{platform.settings.base_url}/invitation?t={invitation}")
    click.echo(invitation)


@application.command()
@click.argument("application_id", metavar="ID")
@click.option("--reason", required=True, help="Why, in words.")
def decline(application_id: str, reason: str) -> None:
    """Decline an application; how to reach the applicant is forgotten."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now = act_signer(platform), platform.clock()
        declined = decline_application(uow, application_id, reason=reason, author=AT_CONSOLE, signer=signer, now=now)
    click.echo(f"{declined.id} declined")


@click.group()
def charter() -> None:
    """The charter that every member accepts."""


@charter.command("publish")
@click.argument("version")
@click.argument("text", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--mandates", is_flag=True, help="By it the sector body may give mandates over whoever accepts it.")
def publish(version: str, text: Path, *, mandates: bool) -> None:
    """Put VERSION of the charter into force; of TEXT only the SHA-256 is kept."""
    if not 0 < len(version) <= LONGEST["version"]:
        raise click.BadParameter(version, param_hint="VERSION")
    put = Charter(version=version, sha256=hashlib.sha256(text.read_bytes()).digest(), allows_mandates=mandates)
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        publish_charter(uow, put, author=AT_CONSOLE, signer=act_signer(platform), now=platform.clock())
    click.echo(f"{version}  {put.sha256.hex()}")


@charter.command()
@click.argument("uri")
def accept(uri: str) -> None:
    """Note that the member admitted under URI accepted the version in force, on paper."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        member, found = member_by_uri(uow, uri), uow.admission.charter()
        if found is None:
            raise click.ClickException("no charter was published")
        accept_charter(uow, member, found, author=AT_CONSOLE, signer=act_signer(platform), now=platform.clock())
    click.echo(f"{member.uri}  {found.version}")


@charter.command()
def show() -> None:
    """Show the version in force."""
    with bootstrap.open_database(read_settings()) as database, database.unit_of_work() as uow:
        found = uow.admission.charter()
    mandates = "  allows mandates" if found is not None and found.allows_mandates else ""
    click.echo("-" if found is None else f"{found.version}  {found.sha256.hex()}{mandates}")


def _as_json(each: Application) -> dict[str, object]:
    return {
        "id": each.id,
        "state": each.state,
        "uri": each.uri,
        "name": each.name,
        "contact": each.contact,
        "message": each.message,
        "identifiers": list(each.identifiers),
        "charter": None if each.charter is None else each.charter.version,
        "asked": iso_instant(each.asked_at),
        "reason": each.reason,
    }
