"""`filiere finding`: what the rules found."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import get_args

import click

from filiere_platform import bootstrap
from filiere_platform.cli.acting import act_signer
from filiere_platform.cli.errors import language
from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.audit import AT_CONSOLE
from filiere_platform.domain.finding import SENTENCES, Explaining, Finding, FindingQuery, FindingState
from filiere_platform.domain.ownership import OWNERSHIP_RULES
from filiere_platform.settings import read_settings
from filiere_platform.usecases.finding_acts import (
    FindingDoing,
    close_finding,
    explain_finding,
    finding_of,
    reopen_finding,
    take_explanation_back,
)
from filiere_platform.usecases.findings import find_findings, finding_with_history
from filiere_platform.usecases.ownership import close_dispute
from filiere_schemas.problems import Level

NUMBER = click.argument("number", type=click.IntRange(1))
VERSION = click.option("--version", type=click.IntRange(0), help="The one that you read: refused where it moved since.")


@click.group()
def finding() -> None:
    """What the rules found."""


@finding.command()
@NUMBER
@click.option("--reason", required=True, type=click.Choice([each.value for each in Explaining]))
@click.option("--text", required=True, help="The explanation; it is in no act.")
@VERSION
def explain(number: int, reason: str, text: str, version: int | None) -> None:
    """Explain finding NUMBER in its member's stead."""
    _step(number, version, partial(explain_finding, reason=Explaining(reason), text=text))


@finding.command("take-back")
@NUMBER
@VERSION
def take_back(number: int, version: int | None) -> None:
    """Take the explanation of finding NUMBER back."""
    _step(number, version, take_explanation_back)


@finding.command()
@NUMBER
@click.option("--reason", required=True, help="Why, in words for the members concerned.")
@VERSION
def close(number: int, reason: str, version: int | None) -> None:
    """Close finding NUMBER, which is explained, or is a dispute about an identifier: that for both who see it."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        doing = _doing(platform, version)
        if finding_of(uow, OPERATOR, number, now=doing.now).rule in OWNERSHIP_RULES:
            closed = close_dispute(uow, number, reason=reason, author=doing.author, signer=doing.signer, now=doing.now)
        else:
            closed = [close_finding(uow, doing, number, reason=reason)]
    for each in closed:
        click.echo(f"closed {each.id}  {each.rule}  {each.subject}")


@finding.command()
@NUMBER
@click.option("--reason", required=True, help="Why; it stands in the log.")
@VERSION
def reopen(number: int, reason: str, version: int | None) -> None:
    """Open finding NUMBER again, which is explained or was closed by hand."""
    _step(number, version, partial(reopen_finding, reason=reason))


@finding.command()
@NUMBER
def show(number: int) -> None:
    """Show finding NUMBER with everything that was done to it, as JSON."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        now = platform.clock()
        shown = finding_with_history(uow, finding_of(uow, OPERATOR, number, now=now), now=now)
    click.echo(json.dumps(shown, ensure_ascii=False, indent=2))


@finding.command("list")
@click.option("--state", type=click.Choice(["open", "explained", "closed"]), help="Only these; all by default.")
@click.option("--rule", type=click.Choice(sorted(SENTENCES)), help="Only findings of this rule.")
@click.option("--level", type=click.Choice(sorted(get_args(Level))), help="Only findings of this level.")
@click.option("--after", default=0, show_default=True, help="Only findings of a greater number.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line, with the evidence.")
def list_findings(
    *, state: str | None, rule: str | None, level: Level | None, after: int, limit: int, as_lines: bool
) -> None:
    """List findings in the order in which they were found."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        query = FindingQuery(
            now=platform.clock(),
            state=FindingState(state) if state else None,
            rule=rule,
            level=level,
            after=after,
            limit=limit,
        )
        page = find_findings(uow, OPERATOR, query)
    for found in page.findings:
        columns = f"{found['id']:>6}  {found['state']:<9}  {found['level']:<7}  {found['rule']:<10}"
        line = f"{columns}  {found['openedAt']}  {found[language()]}"
        click.echo(json.dumps(found, ensure_ascii=False) if as_lines else line)


def _doing(platform: bootstrap.Platform, version: int | None) -> FindingDoing:
    signer, now = act_signer(platform), platform.clock()
    return FindingDoing(viewer=OPERATOR, author=AT_CONSOLE, signer=signer, now=now, version=version)


def _step(number: int, version: int | None, step: Callable[..., Finding]) -> None:
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        doing = _doing(platform, version)
        stepped = step(uow, doing, number)
    state = stepped.state_at(doing.now).value
    click.echo(f"{state} {stepped.id}  {stepped.rule}  {stepped.subject}  version {stepped.version}")
