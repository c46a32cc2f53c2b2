"""`filiere grants`: who may see what, as it is written down."""

from __future__ import annotations

import sys

import click

from filiere_platform import bootstrap
from filiere_platform.settings import read_settings
from filiere_platform.usecases.grants import BLOCK, differing_grants, mend_grants

EXIT_DIFFERS = 1
EXIT_BUSY = 2


@click.group()
def grants() -> None:
    """Grants: who may see which record."""


@grants.command()
@click.option("--check", is_flag=True, help="Only say what differs; nothing is changed.")
def rebuild(*, check: bool) -> None:
    """Derive all grants again from what is stored, and mend what differs; on a sound instance nothing does.

    Exit 0: nothing differed. 1: something did. 2: another process extends grants and did not let go.
    """
    differing = 0
    with bootstrap.open_platform(read_settings()) as platform:
        followed = platform.link_follower().catch_up()
        if followed is None or not platform.mandate_follower().catch_up():
            click.echo("another process extends grants: stop the workers first", err=True)
            sys.exit(EXIT_BUSY)
        with platform.database.unit_of_work() as uow:
            for found in differing_grants(uow, below=followed, block=BLOCK):
                differing += found.count
                for words, places in (
                    ("missing", found.missing),
                    ("not due", found.spurious),
                    ("for another reason", found.other_cause),
                ):
                    for log_index, audience in places:
                        click.echo(f"record {log_index}, audience {audience}: {words}")
                if found.count and not check:
                    mend_grants(uow, found)
    click.echo(f"derived the grants of {followed:,} records; {differing:,} differed")
    if differing:
        sys.exit(EXIT_DIFFERS)
