"""`filiere chains`: the chains of members' keys."""

from __future__ import annotations

import sys

import click

from filiere_platform import bootstrap
from filiere_platform.settings import read_settings

EXIT_BUSY = 1


@click.group()
def chains() -> None:
    """Chains of members' keys: what is missing between the records of a key."""


@chains.command()
def rebuild() -> None:
    """Derive the chains and their findings again from the log's first record on; a running worker has to be stopped."""
    with bootstrap.open_platform(read_settings()) as platform:
        followed = platform.chain_follower().catch_up(afresh=True)
    if followed is None:
        click.echo("another process follows the chains: stop it first", err=True)
        sys.exit(EXIT_BUSY)
    click.echo(f"followed {followed:,} records")
