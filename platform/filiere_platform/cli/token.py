"""`filiere token`: credentials of members. A token is shown once; only its digest is kept."""

from __future__ import annotations

import click

from filiere_platform import bootstrap
from filiere_platform.domain.member import Scope
from filiere_platform.settings import read_settings
from filiere_platform.usecases.members import create_api_token, create_enrolment_token

DAY = 86_400_000_000  # microseconds


@click.group()
def token() -> None:
    """Access and enrolment tokens."""


@token.command()
@click.argument("uri")
@click.option("--scope", "scopes", multiple=True, type=click.Choice([s.value for s in Scope]), help="Default: both.")
@click.option("--days", type=click.IntRange(1, 3650), help="Expires after so many days.")
@click.option("--enrolment", is_flag=True, help="A one-time token for enrolling one signing key, valid for 72 hours.")
def create(uri: str, scopes: tuple[str, ...], days: int | None, enrolment: bool) -> None:  # noqa: FBT001 - a flag
    """Create a token for the member admitted under URI and print it, this once."""
    now = bootstrap.system_clock()
    with bootstrap.open_database(read_settings()) as database, database.unit_of_work() as uow:
        if enrolment:
            made = create_enrolment_token(uow, uri=uri, now=now)
        else:
            wanted = frozenset(Scope(s) for s in scopes) or frozenset(Scope)
            expires = now + days * DAY if days else None
            made = create_api_token(uow, uri=uri, scopes=wanted, expires_at=expires)
    click.echo(made)
