"""`filiere fsck`: check everything that is stored and published against itself. Changes nothing.

Exit status: 0 where everything holds, 1 where something differs, 2 where the check could not be made.
"""

from __future__ import annotations

import functools
import json
import sys
from collections.abc import Mapping

import click

from filiere_platform import bootstrap
from filiere_platform.blobs.key_files import Duty
from filiere_platform.bootstrap import Platform
from filiere_platform.cli.errors import explain, language
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.log_check import FsckReport
from filiere_platform.domain.record_proof import RecordVerifier
from filiere_platform.settings import SettingsError, read_settings
from filiere_platform.usecases import fsck as checking
from filiere_platform.usecases.chains import differing_chains

EXIT_DIFFERS = 1
EXIT_UNUSABLE = 2
NOT_FOUNDED = "no instance here yet: run `filiere init` first"


@click.command()
@click.option("--deep", is_flag=True, help="Also verify signatures, derive events' rows and keys' chains again.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def fsck(deep: bool, as_json: bool) -> None:  # noqa: FBT001 - flags of the command line
    """Derive the log again from its records, and say what differs: tiles, checkpoint, bytes, rows."""
    try:
        report = _check(deep=deep)
    except Exception as error:
        sentence = explain(error)
        if sentence is None:
            raise
        click.echo(sentence, err=True)
        sys.exit(EXIT_UNUSABLE)
    click.echo(json.dumps(report.as_json(), ensure_ascii=False) if as_json else _sentences(report))
    if not report.holds:
        sys.exit(EXIT_DIFFERS)


def _check(*, deep: bool) -> FsckReport:
    settings = read_settings()
    if not settings.database_url and not settings.data_dir.is_dir():  # opening would create it
        raise SettingsError(NOT_FOUNDED)
    with bootstrap.open_database(settings) as database:
        # Not `open_platform`, which would bring the schema up to date: a check leaves everything as it is.
        if not database.is_ready():
            msg = "the database does not answer, or has another release's schema: run `filiere migrate` first"
            raise SettingsError(msg)
        with database.unit_of_work() as unit:
            instance = unit.instance.read()
            if instance is None:
                raise SettingsError(NOT_FOUNDED)
            platform = Platform(settings=settings, database=database, instance=instance, clock=bootstrap.system_clock)
            return checking.fsck(
                unit.log,
                platform.files,
                *platform.log_verifiers(),
                open_verifier=functools.partial(_verifier, platform) if deep else None,
                check_chains=functools.partial(differing_chains, unit, grace=settings.chain_grace) if deep else None,
                kept=platform.statements.read(),
                progress=_show_progress,
            )


def _verifier(platform: Platform) -> RecordVerifier:
    return RecordVerifier.of(
        platform.directory.current(),
        origin=platform.instance.origin,
        receipt_key=platform.public_key(Duty.RECEIPT),
        registrar_key=platform.public_key(Duty.REGISTRAR),
    )


def _show_progress(done: int, total: int) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{done:,} / {total:,}", err=True, nl=done == total)


def _by_incident(lost: Mapping[int, int]) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for index, began in lost.items():
        found.setdefault(iso_instant(began), []).append(index)
    return found


def _sentences(report: FsckReport) -> str:
    chosen = language()
    published = "-" if report.published is None else f"{report.published:,}"
    lines = [
        f"records     {report.records:,}" + (f" ({report.erased:,} erased)" if report.erased else ""),
        "signatures  " + ("not verified (--deep)" if report.signatures is None else f"{report.signatures:,} verified"),
        f"published   {published}",
        f"files       {report.files:,} compared",
    ]
    lines += [
        f"lost        {len(many):,} in the incident of {began}" for began, many in _by_incident(report.lost).items()
    ]
    lines += [f"{problem.code} {problem.pointer}: {problem.message(chosen)}" for problem in report.breaches]
    listed = len(report.breaches)
    found = sum(report.counts.values())
    if found > listed:
        lines.append(f"... {found - listed:,} more: " + ", ".join(f"{n:,} {code}" for code, n in report.counts.items()))
    lines.append("holds" if report.holds else f"DIFFERS: {found:,}")
    return "\n".join(lines)
