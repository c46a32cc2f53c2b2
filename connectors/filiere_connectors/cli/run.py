"""`filiere-connect run` and `replay`: read, sign, send; once, or again and again."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import click

from filiere_connectors.checking import require_checked
from filiere_connectors.cli.language import EXIT_QUARANTINE, EXIT_WAITING, language, printable, say, say_problems
from filiere_connectors.cli.preview import told
from filiere_connectors.client import Client
from filiere_connectors.giving_back import give_back
from filiere_connectors.profile import sealable_of
from filiere_connectors.report import annotate, can_annotate, errors_csv, errors_json
from filiere_connectors.runner import RunReport, Watch, Wishes, run_once
from filiere_connectors.spool import open_spool, read_spool
from filiere_connectors.templates.workbook_file import Source, WorkbookFile, is_workbook
from filiere_connectors.workspace import Workspace, open_workspace, write_whole
from filiere_schemas.problems import Refusal

_EVERY = re.compile(r"(\d+)(s|m|min|h)")
_SECONDS = {"s": 1, "m": 60, "min": 60, "h": 3600}
_SHOWN = 20  # problems on the screen; all of them are in the report
_LINE_EVERY = 10_000  # rows, where there is no terminal to draw a bar on


@click.command()
@click.argument("flows", nargs=-1)
@click.option("--corrections", is_flag=True, help="Corriger les lignes déjà envoyées / correct rows sent already.")
@click.option("--every", help="Recommencer / run again: 15m, 30s, 1h.")
@click.option("--patience", type=click.FloatRange(0), default=60.0, show_default=True, help="Secondes / seconds.")
@click.option("--wait-published", type=click.FloatRange(0), default=0.0, help="Secondes / seconds.")
@click.pass_obj
def run(
    folder: Path,
    *,
    flows: tuple[str, ...],
    corrections: bool,
    every: str | None,
    patience: float,
    wait_published: float,
) -> int:
    """Lire, signer et envoyer / read, sign and send.

    Codes de sortie : 0 tout est parti ; 3 des lignes sont en quarantaine ; 4 des enregistrements attendent.
    """
    workspace = open_workspace(folder)
    wishes = Wishes(corrections=corrections, patience=patience, publish_patience=wait_published)
    pause = None if every is None else _seconds(every)
    while True:
        status = _once(workspace, workspace.sources(flows), wishes)
        if pause is None:
            return status
        time.sleep(pause)


@click.command()
@click.argument("flows", nargs=-1)
@click.option("--code", help="Les seules lignes de ce code / only rows of this code.")
@click.option("--for-recovery", is_flag=True, help="Rendre à l'instance ce qu'elle a perdu / give back what it lost.")
@click.pass_obj
def replay(folder: Path, *, flows: tuple[str, ...], code: str | None, for_recovery: bool) -> int:
    """Reprendre les lignes en quarantaine / take up the rows in quarantine.

    Les fichiers sont relus avec les flux d'aujourd'hui : ce qui est réparé part, le reste demeure.
    """
    workspace = open_workspace(folder)
    if for_recovery:
        with read_spool(workspace.spool_path) as spool, Client(workspace.url, token=workspace.read_token()) as client:
            say("given-back", count=give_back(spool, client))
        return 0
    with open_spool(workspace.spool_path) as spool:
        given = {Path(name).name if is_workbook(name) else name: name for name in flows}
        waiting = [each for each in spool.quarantined(code=code) if not given or each.flow in given]
    names = tuple(sorted({each.flow for each in waiting}))
    if not names:
        say("quarantine-empty")
        return 0
    status = _once(workspace, workspace.sources(tuple(given.get(name, name) for name in names)), Wishes())
    with open_spool(workspace.spool_path) as spool:
        left = [each for each in spool.quarantined(code=code) if each.flow in names]
    say("replayed", left=len(left), before=len(waiting))
    return status


def _once(workspace: Workspace, flows: Sequence[Source], wishes: Wishes) -> int:
    checked: list[Source] = []
    for flow in flows:
        if isinstance(flow, WorkbookFile):  # its rows are checked as they are read
            checked.append(flow)
            continue
        try:
            require_checked(flow, member=workspace.member, sealable=sealable_of(workspace))
        except Refusal as refused:
            say_problems(refused.problems)
            continue
        checked.append(flow)
    with _Progress() as progress:
        report = run_once(workspace, checked, wishes=wishes, watch=progress.watch)
    _tell(workspace, checked, report)
    if report.stopped_by is not None or report.queued:
        return EXIT_WAITING
    return EXIT_QUARANTINE if report.problems or len(checked) < len(flows) else 0


def _tell(workspace: Workspace, flows: Sequence[Source], report: RunReport) -> None:
    for summary in report.flows:
        say(
            "flow-summary",
            flow=summary.flow,
            rows=summary.rows,
            new=summary.new,
            known=summary.known,
            corrections=summary.corrections,
            quarantined=summary.quarantined,
        )
        if summary.skipped:
            say("skipped", count=summary.skipped)
        if summary.waiting:
            say("waits", count=summary.waiting)
        for problem in summary.problems[:_SHOWN]:
            click.echo(printable(f"  {told(problem)}"), err=True)
    for refused in report.refused_sources:
        say_problems(refused.problems)
    say("sent", stored=report.stored, refused=report.refused, published=report.published, queued=report.queued)
    if report.given_back:
        say("given-back", count=report.given_back)
    if report.stopped_by is not None:
        say_problems(report.stopped_by.problems)
    _write_reports(workspace, flows, report)


def _write_reports(workspace: Workspace, flows: Sequence[Source], report: RunReport) -> None:
    """Write what is wrong beside the spool: CSV and JSON, and a copy of each workbook that says it in its cells."""
    folder = workspace.state / "reports"
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    for summary, flow in zip(report.flows, flows, strict=True):
        if not summary.problems:
            continue
        target = folder / f"{stamp}-{flow.name}.csv"
        write_whole(target, errors_csv(summary.problems, language()))
        write_whole(target.with_suffix(".json"), errors_json(summary.problems))
        say("report", file=target)
        for path in flow.files():
            mine = [problem for problem in summary.problems if problem.place.file == path.name]
            if mine and can_annotate(path):
                copy = folder / f"{stamp}-{path.stem}-annote{path.suffix}"
                annotate(path, mine, copy, language())
                say("report", file=copy)


class _Progress:
    """A bar on a terminal, plain lines elsewhere."""

    def __init__(self) -> None:
        self._is_terminal = sys.stderr.isatty()
        self._told: dict[str, int] = {}
        self.watch = Watch(rows=self._rows, sent=self._sent, waiting=self._waiting)

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the line that is being redrawn."""
        if self._is_terminal:
            click.echo("\r\033[K", nl=False, err=True)

    def _rows(self, flow: str, rows: int) -> None:
        if self._is_terminal:
            click.echo(f"\r\033[K{flow} · {rows}", nl=False, err=True)
        elif rows - self._told.get(flow, 0) >= _LINE_EVERY:
            self._told[flow] = rows
            say("rows-read", flow=flow, rows=rows)

    def _sent(self, sent: int, waiting: int) -> None:
        if self._is_terminal:
            share = sent / (sent + waiting) if sent + waiting else 1.0
            bar = "#" * round(share * 30)
            click.echo(f"\r\033[K[{bar:<30}] {sent} / {sent + waiting}", nl=False, err=True)

    def _waiting(self, why: Refusal, seconds: float) -> None:
        say("retry", seconds=seconds, why=why.problems[0].message(language()))


def _seconds(text: str) -> int:
    match = _EVERY.fullmatch(text)
    if match is None:
        raise click.BadParameter("15m, 30s, 1h", param_hint="--every")
    return max(1, int(match[1]) * _SECONDS[match[2]])
