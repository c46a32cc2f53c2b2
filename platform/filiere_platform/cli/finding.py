"""`filiere finding`: what the rules found."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.cli.acting import act_signer
from filiere_platform.cli.errors import language
from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.audit import AT_CONSOLE
from filiere_platform.domain.finding import SENTENCES, FindingQuery, FindingState
from filiere_platform.settings import read_settings
from filiere_platform.usecases.findings import find_findings
from filiere_platform.usecases.ownership import close_dispute


@click.group()
def finding() -> None:
    """What the rules found."""


@finding.command()
@click.argument("number", type=click.IntRange(1))
@click.option("--reason", required=True, help="Why, in words for the members concerned.")
def close(number: int, reason: str) -> None:
    """Close the dispute about an identifier that finding NUMBER is, for both who see it."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer, now = act_signer(platform), platform.clock()
        closed = close_dispute(uow, number, reason=reason, author=AT_CONSOLE, signer=signer, now=now)
    for each in closed:
        click.echo(f"closed {each.id}  {each.rule}  {each.subject}")


@finding.command("list")
@click.option("--state", type=click.Choice(["open", "closed"]), help="Only these; both by default.")
@click.option("--rule", type=click.Choice(sorted(SENTENCES)), help="Only findings of this rule.")
@click.option("--after", default=0, show_default=True, help="Only findings of a greater number.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line, with the evidence.")
def list_findings(state: str | None, rule: str | None, after: int, limit: int, as_lines: bool) -> None:  # noqa: FBT001
    """List findings in the order in which they were found."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        query = FindingQuery(
            now=platform.clock(),
            state=FindingState(state) if state else None,
            rule=rule,
            after=after,
            limit=limit,
        )
        page = find_findings(uow, OPERATOR, query)
    for found in page.findings:
        line = f"{found['id']:>6}  {found['state']:<6}  {found['rule']:<10}  {found['openedAt']}  {found[language()]}"
        click.echo(json.dumps(found, ensure_ascii=False) if as_lines else line)
