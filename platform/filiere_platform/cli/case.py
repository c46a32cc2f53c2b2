"""`filiere case`: the cases of members, as each reads them; no step is taken from here."""

from __future__ import annotations

import json
from typing import Any

import click

from filiere_platform import bootstrap
from filiere_platform.cli.errors import language
from filiere_platform.domain.case import CaseQuery
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.settings import read_settings
from filiere_platform.usecases.case_view import list_cases, show_case
from filiere_schemas.problems import Problem, Refusal


@click.group()
def case() -> None:
    """Notices, certificates and orders between members."""


@case.command("list")
@click.argument("member")
@click.option("--open", "open_only", is_flag=True, help="Those alone that are not over.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line.")
def list_of_member(member: str, open_only: bool, as_lines: bool) -> None:  # noqa: FBT001
    """List the cases that MEMBER (its URI) sent or received, the newest first."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        found = uow.members.by_uri(member)
        if found is None:
            raise click.BadParameter(member, param_hint="MEMBER")
        told: dict[str, Any] = {"language": language(), "now": platform.clock()}
        cases = list_cases(uow, found.id, uow.directory(), CaseQuery(open_only=open_only), **told)
    for each in cases:
        other = each["receiver"] if each["side"] == "sender" else each["sender"]
        line = f"{each['id']}  {each['side']:<8}  {each['title']}  {each['stateTitle']}  {other}"
        click.echo(json.dumps(each, ensure_ascii=False) if as_lines else line)


@case.command()
@click.argument("case_id")
@click.option("--json", "as_json", is_flag=True, help="All of it, as the API answers its sender.")
def show(case_id: str, as_json: bool) -> None:  # noqa: FBT001
    """Show a case: its parties, its steps, what was said."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        found = uow.cases.by_id(case_id)
        if found is None:
            raise Refusal([Problem(sentence=NOT_FOUND, values={"what": case_id[:40]})])
        told: dict[str, Any] = {"language": language(), "now": platform.clock()}
        shown = show_case(uow, found, uow.directory(), found.sender_id, **told)
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    click.echo(f"{shown['id']}  {shown['title']}  {shown['stateTitle']}")
    click.echo(f"  {shown['sender']} > {shown['receiver']}")
    for subject in shown["subjects"]:
        click.echo(f"  {subject}")
    for step in shown["steps"]:
        click.echo(f"  {step['number']}  {step['at']}  {step['side']:<8}  {step['toTitle']}  {step['text']}")
        for name, value in step["fields"].items():
            click.echo(f"     {name}: {value}")
