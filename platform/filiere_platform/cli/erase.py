"""`filiere erase`: remove what records say, on request or by the sector's retention rules, with a signed entry each."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.bootstrap import Platform
from filiere_platform.domain.erasure import ErasureOrder, require_reasons
from filiere_platform.settings import read_settings
from filiere_platform.usecases.erasure import Done, erase_record
from filiere_platform.usecases.retention import apply_retention
from filiere_schemas.provenance.erasure import Erased


@click.command()
@click.argument("record", type=click.IntRange(0), required=False)
@click.option("--rule", default="", help="Name of the rule, or of the kind of request.")
@click.option("--basis", default="", help="The legal basis, in words.")
@click.option("--author", default="", help="Who decided, as a URI.")
@click.option("--disclosures", "sealed", is_flag=True, help="Sealed fields alone: all, or those of --digest.")
@click.option("--digest", "digests", multiple=True, metavar="HEX", help="SHA-256 of a disclosure; may be repeated.")
@click.option("--due", is_flag=True, help="Everything that the sector's retention rules no longer keep.")
@click.option("--dry-run", is_flag=True, help="With --due: say what is due, by rule, and erase nothing.")
def erase(  # noqa: PLR0917 - options of the command line
    record: int | None,
    rule: str,
    basis: str,
    author: str,
    sealed: bool,  # noqa: FBT001 - a flag of the command line
    digests: tuple[str, ...],
    due: bool,  # noqa: FBT001 - a flag of the command line
    dry_run: bool,  # noqa: FBT001 - a flag of the command line
) -> None:
    """Erase what RECORD (its log index) says, for good; its place in the log and a signed reason stay."""
    if (record is None) is not due:
        raise click.UsageError("give the log index of a record, or --due")
    settings = read_settings()
    with bootstrap.open_platform(settings) as platform:
        if due:
            _erase_due(platform, dry_run=dry_run)
            return
        order = ErasureOrder(
            rule=rule,
            basis=basis,
            author=author,
            what=Erased.DISCLOSURES if sealed or digests else Erased.PAYLOAD,
            disclosures=frozenset(_digest(text) for text in digests) or None,
        )
        require_reasons(order)
        with platform.database.unit_of_work() as uow:
            done = erase_record(
                uow,
                index=record or 0,
                order=order,
                receipt_key=platform.key(Duty.RECEIPT),
                origin=platform.instance.origin,
                now=platform.clock(),
            )
        platform.database.scrub()
    click.echo(_sentence(done))


def _erase_due(platform: Platform, *, dry_run: bool) -> None:
    applied = apply_retention(
        platform.database,
        platform.policies.retention,
        receipt_key=None if dry_run else platform.key(Duty.RECEIPT),
        origin=platform.instance.origin,
        clock=platform.clock,
    )
    platform.database.scrub()
    click.echo(json.dumps({"due": dict(sorted(applied.due.items())), "erased": applied.erased}))


def _digest(text: str) -> bytes:
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise click.BadParameter(text, param_hint="--digest") from None


def _sentence(done: Done) -> str:
    if done.mark is None:
        return "nothing to erase"
    mark = done.mark
    state = "erased" if done.is_new else "erased before"
    return f"record {mark.index}: {mark.what} {state}, entry {mark.entry}, rule {mark.rule}"
