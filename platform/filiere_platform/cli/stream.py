"""`filiere deliveries stream`: members' streams on the broker."""

from __future__ import annotations

import click

from filiere_platform import bootstrap
from filiere_platform.cli.acting import act_signer
from filiere_platform.domain.audit import AT_CONSOLE
from filiere_platform.settings import read_settings
from filiere_platform.usecases.broker_streams import begin_stream, end_stream, streaming_members
from filiere_platform.usecases.members import member_by_uri


@click.group()
def stream() -> None:
    """Streams on the broker: one event per message, kept for a while whether or not it was read."""


@stream.command()
@click.argument("uri")
@click.option("--from-beginning", is_flag=True, help="The whole stream, and not from now on.")
def begin(uri: str, *, from_beginning: bool) -> None:
    """Write the events of the member admitted under URI to a stream of its own; prints the stream's name."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now, member = act_signer(platform), platform.clock(), member_by_uri(uow, uri)
        has_broker = not platform.is_embedded
        begin_stream(
            uow, member, has_broker=has_broker, from_beginning=from_beginning, author=AT_CONSOLE, signer=signer, now=now
        )
        click.echo(platform.topology.stream(member.id))


@stream.command()
@click.argument("uri")
def end(uri: str) -> None:
    """Write nothing more there; what is there stays for as long as the broker keeps it."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now = act_signer(platform), platform.clock()
        end_stream(uow, member_by_uri(uow, uri), author=AT_CONSOLE, signer=signer, now=now)


@stream.command("list")
def list_them() -> None:
    """List who has chosen a stream, and up to which grant it is written."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        uris = {member.id: member.uri for member in uow.members.all()}
        for member_id, position in sorted(streaming_members(uow).items()):
            click.echo(f"{platform.topology.stream(member_id)}  {position}  {uris[member_id]}")
