"""`filiere report`: the reports of the sector's profile, worked out over the events of a period."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import click

from filiere_platform import bootstrap
from filiere_platform.bootstrap.sector import sector_reporting
from filiere_platform.cli.errors import language
from filiere_platform.cli.instant import Instant
from filiere_platform.cli.looking import viewer_as
from filiere_platform.render.csv_rows import Dialect
from filiere_platform.render.report_file import (
    ReportForm,
    report_as_csv,
    report_as_json,
    report_as_workbook,
)
from filiere_platform.settings import Settings, read_settings
from filiere_platform.usecases.report import Reporting, ReportQuestion, WorkedReport, work_out_report
from filiere_schemas.problems import Language

_TO_TERMINAL = "-"
_MOST_EVENTS = 2_000_000  # at the console nobody else waits
_MOST_ROWS = 1_000_000  # of a sheet of a workbook, about
_NO_INSTANCE = {
    "fr": "aucune instance ici : nommez un secteur avec --sector pour voir ses rapports",
    "en": "there is no instance here: name a sector with --sector to see its reports",
}
_PERIOD = {
    "fr": "un rapport porte sur une période : --from et --until",
    "en": "a report is of a period: --from and --until",
}
_OUTPUT = {
    "fr": "un classeur s'écrit dans un fichier : --output FICHIER",
    "en": "a workbook is written to a file: --output FILE",
}
_WRITTEN = {
    "fr": "{path} : {events} événement(s), {rows} ligne(s)",
    "en": "{path}: {events} event(s), {rows} row(s)",
}


@click.command()
@click.argument("name", required=False)
@click.option("--list", "lists", is_flag=True, help="List the reports of the profile, with their sheets.")
@click.option("--sector", metavar="NAME|DIR", help="Whose profile. Default: that of this instance.")
@click.option("--from", "start", type=Instant(takes_dates=True), help="Of events from this day or time on.")
@click.option("--until", "stop", type=Instant(takes_dates=True), help="Before this day or time.")
@click.option("--lot", metavar="OBJECT", help="Of this lot alone, in any form of its URI.")
@click.option(
    "--as", "--member", "member", metavar="MEMBER", help="As this member (its URI) sees it. Default: the operator."
)
@click.option(
    "--format", "form", type=click.Choice([each.value for each in ReportForm]), default="json", show_default=True
)
@click.option("--sheet", help="CSV of this sheet alone. Default: a file for each sheet, FILE-SHEET.csv.")
@click.option(
    "--csv", "dialect", type=click.Choice([each.value for each in Dialect]), default="rfc4180", show_default=True
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path), help="A file. Default: the terminal.")
def report(  # noqa: PLR0917 - options of the command line
    name: str | None,
    lists: bool,  # noqa: FBT001 - a flag of the command line
    sector: str | None,
    start: int | None,
    stop: int | None,
    lot: str | None,
    member: str | None,
    form: str,
    sheet: str | None,
    dialect: str,
    output: Path | None,
) -> None:
    """Write the report NAME over the events of a period, as a member sees them."""
    settings, spoken = read_settings(graph_memory_mb=0), language()
    if lists:
        click.echo("\n".join(_listed(instance_reporting(settings, sector), spoken)))
        return
    if name is None or start is None or stop is None:
        raise click.UsageError(_PERIOD[spoken])
    if form == ReportForm.XLSX and output is None:
        raise click.UsageError(_OUTPUT[spoken])
    reporting = instance_reporting(settings, sector)
    question = ReportQuestion(
        report=reporting.report(name),
        start=start,
        stop=stop,
        lot=lot,
        most_events=_MOST_EVENTS,
        most_rows=_MOST_ROWS,
    )
    with bootstrap.open_database(settings) as database, database.unit_of_work() as uow:
        worked = work_out_report(uow, viewer_as(uow.members.by_uri, member), reporting, question)
    written = _files(worked, ReportForm(form), sheet, Dialect(dialect), output)
    if output is None:
        click.echo(b"".join(written.values()), nl=False)
        return
    for path, content in written.items():
        path.write_bytes(content)
        rows = sum(len(filled.rows) for filled in worked.sheets)
        click.echo(_WRITTEN[spoken].format(path=path, events=worked.events, rows=rows))


def instance_reporting(settings: Settings, sector: str | None = None) -> Reporting:
    """Give the reports and counters of the sector that is named, or else of the instance."""
    if sector is None:
        with bootstrap.open_database(settings) as database, database.unit_of_work() as uow:
            instance = uow.instance.read()
        if instance is None:
            raise click.UsageError(_NO_INSTANCE[language()])
        sector = instance.sector
    return sector_reporting(settings, sector)


def _listed(reporting: Reporting, spoken: Language) -> Iterator[str]:
    for each in reporting.reports.values():
        yield f"{each.name}\t{getattr(each.text, spoken)}\t{', '.join(sheet.name for sheet in each.sheets)}"


def _files(
    worked: WorkedReport, form: ReportForm, sheet: str | None, dialect: Dialect, output: Path | None
) -> dict[Path, bytes]:
    """Give what is written where; a sheet of several has its name in that of its file."""
    spoken, path = language(), output or Path()
    if form is ReportForm.XLSX:
        return {path: report_as_workbook(worked, spoken, bootstrap.system_clock())}
    if form is ReportForm.JSON:
        return {path: json.dumps(report_as_json(worked, spoken), ensure_ascii=False).encode() + b"\n"}
    if sheet is not None or output is None or len(worked.sheets) == 1:
        return {path: "".join(report_as_csv(worked, sheet, spoken, dialect)).encode()}
    return {
        path.with_name(f"{path.stem}-{name}{path.suffix}"): "".join(
            report_as_csv(worked, name, spoken, dialect)
        ).encode()
        for name in (filled.sheet.name for filled in worked.sheets)
    }
