"""`filiere export`: proofs and summaries in forms that programs of others read."""

from __future__ import annotations

import json
from pathlib import Path

import click

from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audience import OPERATOR
from filiere_platform.settings import read_settings
from filiere_platform.usecases.cose_receipt import cose_receipt_of
from filiere_platform.usecases.credential import summarize_lot
from filiere_platform.usecases.trace import TraceQuestion, Ways

_FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def export() -> None:
    """Write proofs and summaries in forms that programs of others read."""


@export.command()
@click.argument("index", type=click.IntRange(min=0))
@click.option("--output", "-o", type=_FILE, required=True, help="receipt.cose")
def cose(index: int, *, output: Path) -> None:
    """Write the COSE receipt (RFC 9942) of the record at INDEX of the log."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        origin, key = platform.instance.origin, platform.key(Duty.LOG)
        receipt = cose_receipt_of(uow, OPERATOR, platform.files, index, log_key=key, origin=origin)
    output.write_bytes(receipt)
    click.echo(f"{output}: {len(receipt)} bytes")


@export.command()
@click.argument("wanted", metavar="OBJECT")
@click.option("--output", "-o", type=_FILE, required=True, help="lot.vc.json")
def credential(wanted: str, *, output: Path) -> None:
    """Write a W3C credential that sums up the history of OBJECT, as the operator sees it."""
    question = TraceQuestion(object=wanted, ways=Ways.BOTH)
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        document = summarize_lot(
            uow,
            OPERATOR,
            platform.files,
            question,
            trust=platform.trust(),
            key=platform.key(Duty.RECEIPT),
            name=platform.instance.name,
            now=platform.clock(),
        )
    output.write_text(json.dumps(document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    click.echo(f"{output}: {document['issuer']['id']}")
