"""`filiere recall`: what members recall, as each issuer reads it; nothing is sent from here."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.settings import read_settings
from filiere_platform.usecases.recall_view import list_recalls, show_recall
from filiere_schemas.problems import Problem, Refusal


@click.group()
def recall() -> None:
    """What members recall."""


@recall.command("list")
@click.argument("member")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line.")
def list_of_member(member: str, as_lines: bool) -> None:  # noqa: FBT001
    """List the recalls of MEMBER (its URI), the newest first."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        found = uow.members.by_uri(member)
        if found is None:
            raise click.BadParameter(member, param_hint="MEMBER")
        recalls = list_recalls(uow, found.id)
    for each in recalls:
        line = (
            f"{each['id']}  {each['state']:<6}  {each['started']}  {'drill  ' if each['drill'] else ''}{each['reason']}"
        )
        click.echo(json.dumps(each, ensure_ascii=False) if as_lines else line)


@recall.command()
@click.argument("recall_id")
@click.option("--json", "as_json", is_flag=True, help="All of it, as the API answers its issuer.")
def show(recall_id: str, as_json: bool) -> None:  # noqa: FBT001
    """Show a recall: its lots, its consignees, what is accounted for."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        found = uow.recalls.by_id(recall_id)
        if found is None:
            raise Refusal([Problem(sentence=NOT_FOUND, values={"what": recall_id[:40]})])
        shown = show_recall(uow, found, rules=platform.policies.balance)
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2))
        return
    click.echo(f"{shown['id']}  {shown['state']}  version {shown['version']}  {shown['reason']}")
    for lot in shown["lots"]:
        click.echo(f"  {lot['key']}  {', '.join(lot['causes'])}  {lot['certainty']}")
    for each in shown["consignees"]:
        read = sum(notice["acknowledged"] is not None for notice in each["notices"])
        click.echo(
            f"  > {each['reach']:<7}  {each['party']}  {len(each['lots'])} lots  {read}/{len(each['notices'])} read"
        )
    beyond = shown["forwarded"]
    click.echo(f"  > beyond   {beyond['sent']} warned, {beyond['acknowledged']} read, {beyond['answered']} answered")
    click.echo(f"accounted for: {shown['accountedPercent'] or '-'} %")
