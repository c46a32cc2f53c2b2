"""`filiere audit`: what was done to the instance and its members, as the log holds it."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.audit import ActQuery
from filiere_platform.settings import read_settings
from filiere_platform.usecases.audit import find_acts
from filiere_platform.usecases.members import member_by_uri


@click.group()
def audit() -> None:
    """Acts of administration."""


@audit.command("list")
@click.option("--member", "uri", help="Only those about the member admitted under this URI.")
@click.option("--after", default=-1, help="Only entries behind this log index.")
@click.option("--limit", default=100, show_default=True, type=click.IntRange(1, 10_000))
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line, with the signed statement.")
def list_acts(uri: str | None, after: int, limit: int, as_lines: bool) -> None:  # noqa: FBT001 - a flag
    """List acts in the order of the log: index, time, who, what, about which member and object."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        member_id = member_by_uri(uow, uri).id if uri else None
        query = ActQuery(after=after, limit=limit, member_id=member_id)
        page = find_acts(uow, OPERATOR, query, origin=platform.instance.origin)
    for act in page.acts:
        about = "  ".join(text for text in (act["member"], act["object"]) if text)
        line = f"{act['index']:>8}  {act['at']}  {act['actor']:<20}  {act['act']:<20}  {about}".rstrip()
        click.echo(json.dumps(act, ensure_ascii=False) if as_lines else line)
