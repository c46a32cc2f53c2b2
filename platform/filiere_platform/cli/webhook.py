"""`filiere deliveries webhook`: where members' streams are sent."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.cli.acting import doing
from filiere_platform.cli.instant import Instant
from filiere_platform.domain.webhook import KINDS, webhook_as_json
from filiere_platform.settings import read_settings
from filiere_platform.usecases.members import member_by_uri
from filiere_platform.usecases.webhooks import (
    GivenWebhook,
    WebhookChange,
    change_webhook,
    register_webhook,
    remove_webhook,
    replay_webhook,
    webhook_of,
)


@click.group()
def webhook() -> None:
    """Webhooks: addresses to which members' streams are sent."""


@webhook.command()
@click.argument("uri")
@click.argument("url")
@click.option("--kind", "kinds", multiple=True, type=click.Choice(KINDS), help="Of these alone; default: all.")
@click.option("--from-beginning", is_flag=True, help="The whole stream, and not from now on.")
def register(uri: str, url: str, kinds: tuple[str, ...], *, from_beginning: bool) -> None:
    """Send the stream of the member admitted under URI to a URL; prints the id and the secret, this once."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        given = register_webhook(
            uow,
            platform.webhook_keeping,
            doing(platform),
            member_id=member_by_uri(uow, uri).id,
            url=url,
            kinds=kinds,
            from_beginning=from_beginning,
        )
    click.echo(f"{given.webhook.id} {given.secret}")


@webhook.command("list")
@click.option("--member", "uri", help="URI of a member; default: everybody's.")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line.")
def list_them(uri: str | None, *, as_lines: bool) -> None:
    """List webhooks, subscriptions among them: id, state, member, address, query, what the last failure came to."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        found = uow.webhooks.all() if uri is None else uow.webhooks.of_member(member_by_uri(uow, uri).id)
        queries = uow.subscriptions.query_names(member_id=None)
        uris = {member.id: member.uri for member in uow.members.all()}
        now = platform.clock()
    for each in found:
        shown = {"member": uris[each.member_id], **webhook_as_json(each, now=now, query=queries.get(each.id))}
        if as_lines:
            click.echo(json.dumps(shown, ensure_ascii=False))
        else:
            why = f" ({shown['pause']})" if shown["pause"] else ""
            sent = f"{each.url}  {queries.get(each.id, '-')}"
            click.echo(f"{each.id}  {shown['state']}{why}  {shown['member']}  {sent}  {each.said or '-'}")


@webhook.command()
@click.argument("webhook_id", metavar="ID")
def rotate(webhook_id: str) -> None:
    """Make another secret for a webhook and print it, this once; for a day both sign."""
    click.echo(_changed(webhook_id, WebhookChange.ROTATE).secret)


@webhook.command()
@click.argument("webhook_id", metavar="ID")
def pause(webhook_id: str) -> None:
    """Send nothing to a webhook until it is resumed."""
    click.echo(f"{webhook_id} {_changed(webhook_id, WebhookChange.PAUSE).webhook.state.value}")


@webhook.command()
@click.argument("webhook_id", metavar="ID")
def resume(webhook_id: str) -> None:
    """Go on sending to a webhook where it was."""
    click.echo(f"{webhook_id} {_changed(webhook_id, WebhookChange.RESUME).webhook.state.value}")


@webhook.command()
@click.argument("webhook_id", metavar="ID")
@click.option("--from", "start", type=Instant(takes_dates=True), required=True, help="Since this day or time.")
def replay(webhook_id: str, start: int) -> None:
    """Send a webhook once more what was stored or shown to its member since then."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        replay_webhook(uow, doing(platform), webhook_of(uow, webhook_id, member_id=None), start=start)
    click.echo(f"{webhook_id} replayed")


@webhook.command()
@click.argument("webhook_id", metavar="ID")
def remove(webhook_id: str) -> None:
    """Send nothing more to a webhook, for good; its dead letters go with it."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        remove_webhook(uow, doing(platform), webhook_of(uow, webhook_id, member_id=None))
    click.echo(f"{webhook_id} removed")


def _changed(webhook_id: str, change: WebhookChange) -> GivenWebhook:
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        found = webhook_of(uow, webhook_id, member_id=None)
        return change_webhook(uow, platform.webhook_keeping, doing(platform), found, change)
