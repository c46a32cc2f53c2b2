"""`filiere recover`: give a restored database back what it has lost of the published log. docs/recovery.md is the way.

Exit status: 0 once nothing is missing and the instance is open, 3 while records are missing, 1 where it cannot be done.
"""

from __future__ import annotations

import json
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from filiere_platform import bootstrap
from filiere_platform.bootstrap import Platform
from filiere_platform.cli.errors import language
from filiere_platform.domain.recovery import Missing, ReadmissionRefused, kinds_of
from filiere_platform.domain.standing import Standing, State
from filiere_platform.settings import read_settings
from filiere_platform.usecases.publish import CHECKPOINT_NAME
from filiere_platform.usecases.recovery import Recovery, missing_records
from filiere_schemas.provenance.checkpoint import Checkpoint, verify_checkpoint

EXIT_MISSING = 3
LISTED = 20
LOOK_EVERY = 0.5  # seconds, while waiting for connectors
ASK = {
    "fr": "{count} enregistrements seront déclarés perdus pour toujours. Continuer ?",
    "en": "{count} records will be declared lost for ever. Go on?",
}
WHO = {
    "event": {
        "fr": "« filiere-connect run » chez chaque membre les rend ; un membre sans son registre ne le peut plus",
        "en": "“filiere-connect run” at each member gives them back; a member without its spool no longer can",
    },
    "receipt": {
        "fr": "attestés à la réception : seuls un lot exporté (filiere bundle) ou une copie (--from) les contiennent",
        "en": "attested on receipt: only an exported lot (filiere bundle) or a copy (--from) holds them",
    },
}


@click.command()
@click.option(
    "--from",
    "sources",
    multiple=True,
    type=click.Path(path_type=Path, exists=True),
    help="A bundle, a file of records (one JWS per line) or a folder of them; may be repeated.",
)
@click.option("--wait", default=0.0, show_default=True, type=click.FloatRange(0), help="Seconds to wait for members.")
@click.option("--declare-lost", is_flag=True, help="Give up what nobody has: their places stay, their records do not.")
@click.option("--yes", is_flag=True, help="Do not ask before declaring records lost.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def recover(sources: tuple[Path, ...], wait: float, declare_lost: bool, yes: bool, as_json: bool) -> None:  # noqa: FBT001 - flags
    """Find out what is missing, take it back from files and members, open the instance once it is whole."""
    with bootstrap.open_platform(read_settings()) as platform:
        recovery = platform.recovery()
        signed = _signed(platform)
        standing = recovery.begin(signed) if signed else platform_standing(platform)
        recovery.bring(record for source in sources for record in _records_in(source))
        standing, problem = _advance(recovery, standing)
        deadline = time.monotonic() + wait
        while standing.state is State.RECOVERING and problem is None and time.monotonic() < deadline:
            time.sleep(LOOK_EVERY)
            standing, problem = _advance(recovery, standing)
        if declare_lost and standing.state is State.RECOVERING:
            _declare(platform, recovery, sure=yes)
            standing, problem = _advance(recovery, standing)
        missing = _missing(platform)
    _tell(standing, missing, problem, as_json=as_json)
    if standing.state is State.RECOVERING:
        sys.exit(EXIT_MISSING)


def platform_standing(platform: Platform) -> Standing:
    """Read the instance's standing."""
    with platform.database.unit_of_work() as unit:
        return unit.standing.read()


def _signed(platform: Platform) -> Checkpoint | None:
    """Find the greatest head that was signed, as anchor and checkpoint know it."""
    notes = (platform.files.read_anchor(), platform.files.read(CHECKPOINT_NAME))
    heads = [verify_checkpoint(note, *platform.log_verifiers()) for note in notes if note]
    return max(heads, key=lambda head: head.size, default=None)


def _advance(recovery: Recovery, before: Standing) -> tuple[Standing, ReadmissionRefused | None]:
    try:
        return recovery.advance(), None
    except ReadmissionRefused as refused:
        return before, refused


def _declare(platform: Platform, recovery: Recovery, *, sure: bool) -> None:
    count = len(_missing(platform))
    if not sure:
        click.confirm(ASK[language()].format(count=count), abort=True)
    recovery.declare_lost()


def _missing(platform: Platform) -> list[Missing]:
    with platform.database.unit_of_work() as unit:
        standing = unit.standing.read()
        if standing.state is not State.RECOVERING:
            return []
        return [each for each in missing_records(unit, after=-1, limit=1_000_000) if each.log_index < standing.stop]


def _records_in(source: Path) -> Iterator[bytes]:
    """Read whatever looks like a signed record: its digest decides whether it is one of the missing."""
    if source.is_dir():
        for path in sorted(source.rglob("*.jws")):
            yield from path.read_bytes().split()
    elif zipfile.is_zipfile(source):
        with zipfile.ZipFile(source) as bundle:
            for name in bundle.namelist():
                if name.endswith(".jws"):
                    yield from bundle.read(name).split()
    else:
        yield from source.read_bytes().split()


def _tell(standing: Standing, missing: list[Missing], problem: ReadmissionRefused | None, *, as_json: bool) -> None:
    chosen = language()
    told: dict[str, Any] = {
        "standing": standing.state.value,
        "start": standing.start,
        "stop": standing.stop,
        "missing": len(missing),
        "kinds": kinds_of(missing),
        "problem": None if problem is None else problem.problems[0].message(chosen),
    }
    if as_json:
        click.echo(json.dumps(told, ensure_ascii=False))
        return
    click.echo(f"standing   {standing.state}")
    if standing.state is State.RECOVERING:
        click.echo(f"lost       {standing.start} .. {standing.stop - 1}")
        click.echo(f"missing    {len(missing)}")
        for kind, count in kinds_of(missing).items():
            who = WHO.get(kind, {}).get(chosen)
            click.echo(f"  {kind:9}{count}" + (f"  {who}" if who else ""))
        for each in missing[:LISTED]:
            click.echo(f"  {each.log_index} {each.kind} {each.sha256.hex()}")
    if problem is not None:
        click.echo(f"{problem.problems[0].code}: {told['problem']}", err=True)
