"""`filiere init` and `filiere migrate`: found an instance, keep its schema current."""

from __future__ import annotations

from pathlib import Path

import click

from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty, load_key, read_public_key
from filiere_platform.settings import read_settings
from filiere_schemas.provenance.note import VerifierKey


@click.command()
@click.option("--origin", help="Name of the log, such as log.example.org/sector; chosen once, signed for ever.")
@click.option("--sector", help="Sector profile.")
@click.option("--name", default="Filière", show_default=True, help="Name of the instance, for people.")
@click.option(
    "--registrar",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Public part (JWK) of a registrar's key that is kept on another machine.",
)
@click.option("--body", "body_uri", default="", help="Global identifier URI of the sector body, such as its SIRET's.")
def init(origin: str | None, sector: str | None, name: str, registrar: Path | None, body_uri: str) -> None:
    """Found an instance: schema, signing keys, origin of the log. Running it again changes nothing."""
    public = None if registrar is None else read_public_key(registrar.read_bytes())
    settings = read_settings(log_origin=origin, sector=sector)
    founded = bootstrap.found(settings, name=name, now=bootstrap.system_clock(), registrar=public, body_uri=body_uri)
    instance, created = founded.instance, founded.created_keys
    log_key = load_key(settings.keys_dir, Duty.LOG, passphrase=settings.passphrase)
    click.echo(f"instance   {instance.name}")
    click.echo(f"sector     {instance.sector or '-'}")
    click.echo(f"log        {instance.origin}")
    click.echo(f"body       {founded.body.uri}")
    click.echo(f"data       {settings.data_dir.absolute()}")
    click.echo(f"keys       {', '.join(created) + ' created' if created else 'unchanged'}")
    click.echo(f"verifier   {VerifierKey(instance.origin, log_key.public)}")


@click.command()
def migrate() -> None:
    """Bring the database to the schema of this release; safe to run at every start."""
    with bootstrap.open_database(read_settings()) as database:
        database.migrate()
    click.echo("schema at head")
