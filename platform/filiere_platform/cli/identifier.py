"""`filiere member identifier`: what belongs to whom: parties, sites, product numbers, GS1 company prefixes."""

from __future__ import annotations

import click

from filiere_platform import bootstrap
from filiere_platform.cli.acting import act_signer
from filiere_platform.domain.audit import AT_CONSOLE
from filiere_platform.domain.ownership import PREFIX_STEM
from filiere_platform.settings import read_settings
from filiere_platform.usecases.identifiers import add_identifier, remove_identifier
from filiere_platform.usecases.members import member_by_uri


@click.group()
def identifier() -> None:
    """Identifiers and GS1 company prefixes of members; digits alone are a prefix."""


@identifier.command()
@click.argument("uri")
@click.argument("identifiers", nargs=-1, required=True)
def add(uri: str, identifiers: tuple[str, ...]) -> None:
    """Give the member admitted under URI identifiers (as URIs) or company prefixes (4 to 12 digits)."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now = act_signer(platform), platform.clock()
        for each in identifiers:
            member = member_by_uri(uow, uri)
            click.echo(_shown(add_identifier(uow, member, each, author=AT_CONSOLE, signer=signer, now=now)))


@identifier.command()
@click.argument("uri")
@click.argument("identifiers", nargs=-1, required=True)
def remove(uri: str, identifiers: tuple[str, ...]) -> None:
    """Take identifiers or prefixes from the member admitted under URI; what was stored stays."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now = act_signer(platform), platform.clock()
        for each in identifiers:
            member = member_by_uri(uow, uri)
            click.echo(_shown(remove_identifier(uow, member, each, author=AT_CONSOLE, signer=signer, now=now)))


@identifier.command("list")
@click.argument("uri")
def list_identifiers(uri: str) -> None:
    """List what belongs to the member admitted under URI."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        for key in member_by_uri(uow, uri).identifiers:
            click.echo(_shown(key))


def _shown(key: str) -> str:
    return key.removeprefix(PREFIX_STEM)
