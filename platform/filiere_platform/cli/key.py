"""`filiere key`: the signing keys of members."""

from __future__ import annotations

import click

from filiere_platform import bootstrap
from filiere_platform.settings import read_settings


@click.group()
def key() -> None:
    """Signing keys of members."""


@key.command("list")
def list_keys() -> None:
    """List the registered keys: thumbprint, algorithm, log index of the registration, member."""
    with bootstrap.open_database(read_settings()) as database, database.unit_of_work() as uow:
        directory = uow.directory()
    for row in sorted(directory.keys.values(), key=lambda k: k.registered_at):
        state = "active" if row.revoked_at is None else f"revoked at {row.revoked_at}"
        owner = directory.members[row.member_id].uri
        click.echo(f"{row.kid}  {row.public.alg:<8}  {row.registered_at:>8}  {state:<12}  {owner}")
