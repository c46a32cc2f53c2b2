"""`filiere bundle OBJECT` and `filiere trust`: proofs that hold offline, and what they are verified against."""

from __future__ import annotations

from pathlib import Path

import click

from filiere_platform import bootstrap
from filiere_platform.cli.looking import viewer_as
from filiere_platform.settings import read_settings
from filiere_platform.usecases.bundle import bundle_object
from filiere_platform.usecases.trace import TraceQuestion, Ways, read_as_of
from filiere_schemas.provenance.bundle import write_bundle
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.record_check import EVENT_KINDS
from filiere_schemas.provenance.trust import write_trust

_COUNTED = (("records", EVENT_KINDS), ("keys", (EntryKind.KEY,)))


@click.command()
@click.argument("wanted", metavar="OBJECT")
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), required=True, help="lot.zip")
@click.option("--up", "ways", flag_value=Ways.UP.value, help="Upstream: where from.")
@click.option("--down", "ways", flag_value=Ways.DOWN.value, help="Downstream: where to.")
@click.option("--both", "ways", flag_value=Ways.BOTH.value, default=True, help="Both ways (default).")
@click.option("--as-of", help="As known then: a time with its zone or a size of the log.")
@click.option("--as", "member", metavar="MEMBER", help="What this member (its URI) may see. Default: the operator.")
def bundle(wanted: str, *, output: Path, ways: str, as_of: str | None, member: str | None) -> None:
    """Write what proves the history of OBJECT into one file, for `filiere-verify`."""
    question = TraceQuestion(object=wanted, ways=Ways(ways), as_of=read_as_of(as_of))
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        viewer = viewer_as(uow.members.by_uri, member)
        made = bundle_object(
            uow, viewer, platform.files, question, origin=platform.instance.origin, trust=platform.trust()
        )
    content = write_bundle(made)
    output.write_bytes(content)
    counts = {folder: len(made.of_kind(*kinds)) for folder, kinds in _COUNTED}
    click.echo(f"{output}: {counts['records']} records, {counts['keys']} key entries, {len(content)} bytes")


@click.command()
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="trust.txt; default: print it.")
def trust(output: Path | None) -> None:
    """Write the public keys that a verifier needs. Hand the file to auditors yourself, not through the instance."""
    with bootstrap.open_platform(read_settings()) as platform:
        content = write_trust(platform.trust())
    if output is None:
        click.echo(content.decode())
    else:
        output.write_bytes(content)
        click.echo(f"{output}: {len(content)} bytes")
