"""`filiere deliveries`: what is handed over to members, and handed over again."""

from __future__ import annotations

import click

from filiere_platform import bootstrap
from filiere_platform.cli.acting import act_signer
from filiere_platform.cli.dead import dead
from filiere_platform.cli.instant import Instant
from filiere_platform.cli.stream import stream
from filiere_platform.cli.webhook import webhook
from filiere_platform.domain.audit import AT_CONSOLE
from filiere_platform.settings import read_settings
from filiere_platform.usecases.members import member_by_uri
from filiere_platform.usecases.replay import replay as replay_stream


@click.group()
def deliveries() -> None:
    """What is handed over to members."""


deliveries.add_command(webhook)
deliveries.add_command(dead)
deliveries.add_command(stream)


@deliveries.command()
@click.option("--member", "uri", required=True, help="Whose stream: its URI.")
@click.option("--from", "start", type=Instant(takes_dates=True), help="Since this day or time.")
@click.option("--position", type=click.IntRange(0), help="Behind the grant of this number; 0: everything.")
def replay(uri: str, start: int | None, position: int | None) -> None:
    """Hand a member its stream over again; nobody else's is touched, and the relay need not be stopped."""
    if (start is None) == (position is None):
        msg = "--from or --position"
        raise click.UsageError(msg)
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now, member = act_signer(platform), platform.clock(), member_by_uri(uow, uri)
        begins = replay_stream(uow, member, author=AT_CONSOLE, signer=signer, now=now, position=position, start=start)
    click.echo(f"{uri} {begins}")
