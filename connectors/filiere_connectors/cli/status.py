"""`filiere-connect status`, `discard` and `quarantine`: how sending goes, and what waits for somebody."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path

import click

from filiere_connectors.chain_comparison import ChainComparison, compare_chain
from filiere_connectors.cli.language import EXIT_QUARANTINE, EXIT_REFUSED, EXIT_WAITING, language, printable, say
from filiere_connectors.client import Client
from filiere_connectors.discarding import discard_record, discard_row
from filiere_connectors.mapping import shown_key
from filiere_connectors.runner import system_clock
from filiere_connectors.spool import Spool, open_spool, read_spool
from filiere_connectors.spool_records import Quarantined
from filiere_connectors.spooling import load_signer
from filiere_connectors.workspace import Workspace, open_workspace, sole_runner
from filiere_schemas.problems import Refusal

_LISTED = 1_000  # records that wait, of one listing


@click.command()
@click.option("--json", "as_document", is_flag=True, help="Un objet JSON / one JSON object.")
@click.option("--offline", is_flag=True, help="Sans interroger l'instance / without asking the instance.")
@click.pass_obj
def status(folder: Path, *, as_document: bool, offline: bool) -> int:
    """Dire où en est l'envoi / say how sending goes."""
    workspace = open_workspace(folder)
    if not workspace.spool_path.exists():
        say("no-spool")
        return 0
    with read_spool(workspace.spool_path) as spool:
        counts = spool.counts()
        counts["quarantined"] = sum(each.discarded is None for each in spool.quarantined())
        oldest, receipt, delivery = spool.oldest_queued(), spool.last_receipt(), spool.delivery()
        chain = None if offline else _compared(workspace, spool)
    if as_document:
        document = {
            **counts,
            "oldestQueued": _instant(oldest),
            "lastReceipt": None if receipt is None else _instant(receipt[0]),
            "failures": delivery.failures,
            "lastError": delivery.last_error,
            "logSize": delivery.log_size,
            "chain": None if chain is None else dataclasses.asdict(chain),
        }
        click.echo(json.dumps(document, ensure_ascii=False))
    else:
        say("status", **counts)
        if oldest is not None:
            say("oldest", when=_instant(oldest))
        if receipt is not None:
            say("last-receipt", when=_instant(receipt[0]))
        if delivery.last_error is not None:
            say("last-error", why=delivery.last_error, when=_instant(delivery.next_at))
        _tell_chain(chain)
    if chain is not None and chain.is_alarming:
        return EXIT_REFUSED
    if counts["queued"]:
        return EXIT_WAITING
    return EXIT_QUARANTINE if counts["quarantined"] else 0


def _compared(workspace: Workspace, spool: Spool) -> ChainComparison | None:
    """Compare the instance's chain with the spool; None where it cannot be asked now."""
    try:
        kid = load_signer(workspace).key.public.thumbprint
        with Client(workspace.url, token=workspace.read_token(), language=language()) as client:
            return compare_chain(spool, client.chain(kid))
    except (Refusal, ValueError):
        return None


def _tell_chain(chain: ChainComparison | None) -> None:
    if chain is None:
        say("chain-unknown")
        return
    for name in ("missing", "withheld", "foreign"):
        places = getattr(chain, name)
        if places:
            found = ", ".join(str(first) if first == last else f"{first}-{last}" for first, last in places)
            say(f"chain-{name}", found=found)


@click.command()
@click.argument("seq", type=int, required=False)
@click.option("--reason", help="Pourquoi / why.")
@click.pass_obj
def discard(folder: Path, seq: int | None, reason: str | None) -> int:
    """Lister ce qui attend l'envoi, en écarter un / list what waits to be sent, discard one.

    Un enregistrement écarté laisse une annulation signée à sa place.
    """
    workspace = open_workspace(folder)
    if seq is None:
        with open_spool(workspace.spool_path) as spool:
            for each in spool.queued(limit=_LISTED):
                origin = each.origin
                click.echo(printable(f"{each.seq:>7}  {origin.flow}  {origin.file}:{origin.row}  {each.event_id}"))
        return 0
    if not reason:
        raise click.UsageError("SEQ --reason ...")
    signer = load_signer(workspace)
    with sole_runner(workspace), open_spool(workspace.spool_path) as spool:
        found = discard_record(spool, signer, seq, reason, now=system_clock())
    say("discarded" if found else "not-waiting", number=seq)
    return 0 if found else EXIT_REFUSED


@click.command()
@click.option("--code", help="Les seules lignes de ce code / only rows of this code.")
@click.option("--discard", "number", type=int, help="Écarter ce numéro / discard this number.")
@click.option("--reason", help="Pourquoi / why (avec --discard).")
@click.option("--json", "as_lines", is_flag=True, help="Un objet JSON par ligne / one JSON object a line.")
@click.pass_obj
def quarantine(folder: Path, *, code: str | None, number: int | None, reason: str | None, as_lines: bool) -> int:
    """Lister les lignes en quarantaine, en écarter une / list the rows in quarantine, discard one."""
    workspace = open_workspace(folder)
    if number is not None:
        if not reason:
            raise click.UsageError("--discard N --reason ...")
        signer = load_signer(workspace)
        with sole_runner(workspace), open_spool(workspace.spool_path) as spool:
            found = discard_row(spool, signer, number, reason, now=system_clock())
        say("discarded" if found else "no-number", number=number)
        return 0 if found else EXIT_REFUSED
    with open_spool(workspace.spool_path) as spool:
        waiting = [each for each in spool.quarantined(code=code) if each.discarded is None]
    if not waiting and not as_lines:
        say("quarantine-empty")
    for each in waiting:
        click.echo(json.dumps(_as_json(each), ensure_ascii=False) if as_lines else printable(_line(each)))
    return EXIT_QUARANTINE if waiting else 0


def _line(each: Quarantined) -> str:
    key = f" « {shown_key(each.source_key)} »" if each.source_key else ""
    lines = [f"{each.number:>5}  {each.flow}  {each.file}:{each.row}{key}"]
    for problem in each.problems:
        lines.append(f"       {problem.get('column') or ''} {problem['code']}: {problem[f'message_{language()}']}")
        if f"hint_{language()}" in problem:
            lines.append(f"       → {problem[f'hint_{language()}']}")
    return "\n".join(lines)


def _as_json(each: Quarantined) -> dict[str, object]:
    return {
        "number": each.number,
        "flow": each.flow,
        "file": each.file,
        "sheet": each.sheet,
        "row": each.row,
        "key": json.loads(each.source_key) if each.source_key else None,
        "since": _instant(each.since),
        "refusedByPlatform": each.seq is not None,
        "problems": each.problems,
    }


def _instant(microseconds: int | None) -> str | None:
    if microseconds is None:
        return None
    return datetime.fromtimestamp(microseconds / 1_000_000, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
