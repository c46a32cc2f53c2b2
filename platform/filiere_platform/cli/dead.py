"""`filiere deliveries dead`: what members' receivers refused for good."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.cli.acting import doing
from filiere_platform.settings import read_settings
from filiere_platform.usecases.members import member_by_uri
from filiere_platform.usecases.webhooks import MOST_LETTERS


@click.group()
def dead() -> None:
    """Dead letters: list them, show one, send it again, discard it with a reason."""


@dead.command("list")
@click.option("--member", "uri", help="URI of a member; default: everybody's.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line.")
def list_them(uri: str | None, *, as_lines: bool) -> None:
    """List dead letters, the newest first: id, road, record, when, what was answered."""
    with bootstrap.open_platform(read_settings()) as platform:
        with platform.database.unit_of_work() as uow:
            member_id = None if uri is None else member_by_uri(uow, uri).id
        found = platform.dead_letters.listed(member_id=member_id, limit=MOST_LETTERS)
    for letter in found:
        if as_lines:
            click.echo(json.dumps(letter, ensure_ascii=False))
        else:
            click.echo(f"{letter['id']}  {letter['road']}  {letter['index']}  {letter['died']}  {letter['said']}")


@dead.command()
@click.argument("letter_id", metavar="ID")
def show(letter_id: str) -> None:
    """Show a dead letter as JSON."""
    with bootstrap.open_platform(read_settings()) as platform:
        click.echo(json.dumps(platform.dead_letters.shown(letter_id, member_id=None), ensure_ascii=False))


@dead.command()
@click.argument("letter_id", metavar="ID")
def retry(letter_id: str) -> None:
    """Have a dead letter delivered again; it is forgotten once it is taken."""
    with bootstrap.open_platform(read_settings()) as platform:
        platform.dead_letters.retry(letter_id, doing(platform), member_id=None)
    click.echo(f"{letter_id} retrying")


@dead.command()
@click.argument("letter_id", metavar="ID")
@click.option("--reason", required=True, help="Why; stays in the log.")
def discard(letter_id: str, reason: str) -> None:
    """Give a dead letter up, for a reason."""
    with bootstrap.open_platform(read_settings()) as platform:
        platform.dead_letters.discard(letter_id, doing(platform), member_id=None, reason=reason)
    click.echo(f"{letter_id} discarded")
