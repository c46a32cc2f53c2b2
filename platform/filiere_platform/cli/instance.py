"""`filiere init` and `filiere migrate`: found an instance, keep its schema current."""

from __future__ import annotations

import click

from filiere_platform import bootstrap
from filiere_platform.blobs import key_files
from filiere_platform.blobs.key_files import Duty
from filiere_platform.settings import read_settings
from filiere_schemas.provenance.note import VerifierKey


@click.command()
@click.option("--origin", help="Name of the log, such as log.example.org/sector; chosen once, signed for ever.")
@click.option("--sector", help="Sector profile.")
@click.option("--name", default="Filière", show_default=True, help="Name of the instance, for people.")
def init(origin: str | None, sector: str | None, name: str) -> None:
    """Found an instance: schema, signing keys, origin of the log. Running it again changes nothing."""
    settings = read_settings(log_origin=origin, sector=sector)
    founded = bootstrap.found(settings, name=name, now=bootstrap.system_clock())
    instance, created = founded.instance, founded.created_keys
    click.echo(f"instance   {instance.name}")
    click.echo(f"sector     {instance.sector or '-'}")
    click.echo(f"log        {instance.origin}")
    click.echo(f"data       {settings.data_dir.absolute()}")
    click.echo(f"keys       {', '.join(created) + ' created' if created else 'unchanged'}")
    log_key = key_files.load_key(settings.keys_dir, Duty.LOG).public
    click.echo(f"verifier   {VerifierKey(instance.origin, log_key)}")


@click.command()
def migrate() -> None:
    """Bring the database to the schema of this release; safe to run at every start."""
    with bootstrap.open_database(read_settings()) as database:
        database.migrate()
    click.echo("schema at head")
