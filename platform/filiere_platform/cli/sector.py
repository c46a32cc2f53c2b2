"""`filiere sector`: the profiles of sectors, and how a sector body writes one of its own without any code."""

from __future__ import annotations

import json
from pathlib import Path

import click

from filiere_platform import bootstrap
from filiere_platform.cli.errors import EXIT_FAILED, language
from filiere_platform.cli.instant import Instant
from filiere_platform.render.trial_lines import trial_lines
from filiere_platform.settings import read_settings
from filiere_platform.usecases.sector_trial import try_profile
from filiere_schemas.problems import Language, Problem
from filiere_schemas.sectors.checked_profile import CheckedProfile, check_profile, load_profile, ready_profile
from filiere_schemas.sectors.new_profile import write_new_profile
from filiere_schemas.sectors.profile_difference import Change, differences
from filiere_schemas.sectors.profile_files import find_sector, sector_names

_SIGNS = {"added": "+", "removed": "-", "changed": "~"}
_LEVELS = {"fr": {"error": "erreur", "warning": "avertissement"}, "en": {"error": "error", "warning": "warning"}}
_EXERCISED = {
    "fr": "{name} {version} : {ctes} CTE, {rules} règles, {cases} cas d'exemple ; règles exercées : {exercised}",
    "en": "{name} {version}: {ctes} CTEs, {rules} rules, {cases} cases of examples; rules exercised: {exercised}",
}
_NO_INSTANCE = {
    "fr": "aucune instance ici : « try » relit les événements passés d'une instance",
    "en": "there is no instance here: try reads the past events of one",
}
_WRITTEN = {
    "fr": "{path} écrit ; modifiez-le, puis : filiere sector check {path}",
    "en": "{path} written; change it, then: filiere sector check {path}",
}


@click.group()
def sector() -> None:
    """Sector profiles; docs/sectors.md says how to write one."""


@sector.command("list")
def list_sectors() -> None:
    """List the sectors of this release and of FILIERE_SECTOR_DIR."""
    spoken = language()
    for name, folder in sector_names(read_settings().sector_folder).items():
        profile = load_profile(folder)
        click.echo(f"{name}\t{profile.version}\t{getattr(profile.text, spoken)}\t{len(profile.ctes)} CTE")


@sector.command()
@click.argument("wanted", metavar="NAME|DIR")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(wanted: str, *, as_json: bool) -> None:
    """Find every mistake of a profile, run its examples, and say which rules they exercise."""
    checked = check_profile(find_sector(wanted, read_settings().sector_folder))
    spoken = language()
    click.echo(json.dumps(_told(checked, spoken), ensure_ascii=False) if as_json else _lines(checked, spoken))
    if not checked.passed:
        raise click.exceptions.Exit(EXIT_FAILED)


@sector.command()
@click.argument("name")
@click.option("--in", "folder", type=click.Path(path_type=Path), help="Where. Default: FILIERE_SECTOR_DIR, else here.")
def new(name: str, *, folder: Path | None) -> None:
    """Write a complete, commented profile with an example chain that passes its check."""
    path = write_new_profile(name, folder or read_settings().sector_folder or Path.cwd())
    click.echo(_WRITTEN[language()].format(path=path))


@sector.command()
@click.argument("before", metavar="NAME|DIR")
@click.argument("after", metavar="NAME|DIR")
def diff(before: str, after: str) -> None:
    """Say what changed from one version of a profile to another."""
    own = read_settings().sector_folder
    for change in differences(load_profile(find_sector(before, own)), load_profile(find_sector(after, own))):
        click.echo(_line(change))


@sector.command("try")
@click.argument("wanted", metavar="NAME|DIR")
@click.option("--from", "start", type=Instant(takes_dates=True), help="Events stored since this day or time.")
@click.option("--limit", type=click.IntRange(1), help="So many records at most, from there on.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def try_on(wanted: str, *, start: int | None, limit: int | None, as_json: bool) -> None:
    """Say what a version of a profile would change about this instance's past events; nothing is changed."""
    settings = read_settings()
    own = settings.sector_folder
    after = ready_profile(find_sector(wanted, own))
    with bootstrap.open_database(settings) as database:
        with database.unit_of_work() as uow:
            instance = uow.instance.read()
            first = 0 if start is None else uow.log.size_at(start - 1)
        if instance is None:
            raise click.UsageError(_NO_INSTANCE[language()])
        before = ready_profile(find_sector(instance.sector, own))
        *_, trial = try_profile(database, before, after, start=first, limit=limit)
    told = trial.as_json()
    click.echo(json.dumps(told) if as_json else "\n".join(trial_lines(told, language())))


def _lines(checked: CheckedProfile, spoken: Language) -> str:
    lines = [f"{_LEVELS[spoken][each.level]} {each.code}: {each.message(spoken)}" for each in checked.problems]
    if checked.profile is not None and checked.exercised:
        lines += [f"  {rule}  {times}" for rule, times in checked.exercised.items()]
        lines.append(
            _EXERCISED[spoken].format(
                name=checked.profile.name,
                version=checked.profile.version,
                ctes=len(checked.profile.ctes),
                rules=len(checked.exercised),
                cases=checked.cases,
                exercised=sum(times > 0 for times in checked.exercised.values()),
            )
        )
    return "\n".join(lines)


def _told(checked: CheckedProfile, spoken: Language) -> dict[str, object]:
    return {
        "passed": checked.passed,
        "version": checked.profile.version if checked.profile is not None else None,
        "problems": [_problem(each, spoken) for each in checked.problems],
        "cases": checked.cases,
        "exercised": dict(checked.exercised),
    }


def _problem(problem: Problem, spoken: Language) -> dict[str, object]:
    place = {name: problem.values[name] for name in ("file", "key")}
    return {"code": problem.code, "level": problem.level, **place, "message": problem.message(spoken)}


def _line(change: Change) -> str:
    said = f": {_short(change.before)} -> {_short(change.after)}" if change.kind == "changed" else ""
    return f"{_SIGNS[change.kind]} {change.file} {change.key}{said}"


def _short(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else text[:79] + "…"  # noqa: PLR2004 - a line of a terminal
