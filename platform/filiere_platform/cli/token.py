"""`filiere token`: credentials of members. A token is shown once; only its digest is kept."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.cli.acting import act_signer
from filiere_platform.domain.audit import AT_CONSOLE
from filiere_platform.domain.member import USUAL_SCOPES, Scope
from filiere_platform.domain.standing import State
from filiere_platform.domain.token_request import DAY, LONGEST_LIFE_DAYS, TokenRequest
from filiere_platform.settings import read_settings
from filiere_platform.usecases.members import create_enrolment_token, lend_token, member_by_uri
from filiere_platform.usecases.tokens import give_token, take_token_back, token_as_json

UNNAMED = "console"


@click.group()
def token() -> None:
    """Access and enrolment tokens."""


@token.command()
@click.argument("uri")
@click.option(
    "--scope", "scopes", multiple=True, type=click.Choice([s.value for s in Scope]), help="Default: capture and read."
)
@click.option("--name", default=UNNAMED, show_default=True, help="What holds it.")
@click.option("--days", type=click.IntRange(1, LONGEST_LIFE_DAYS), help="Expires after so many days.")
@click.option("--enrolment", is_flag=True, help="A one-time token for enrolling one signing key, valid for 72 hours.")
def create(uri: str, scopes: tuple[str, ...], name: str, days: int | None, enrolment: bool) -> None:  # noqa: FBT001
    """Create a token for the member admitted under URI and print it, this once."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        now = platform.clock()
        if enrolment:
            made = create_enrolment_token(uow, uri=uri, now=now)
        elif uow.standing.read().state is State.RECOVERING:
            made = lend_token(uow, uri=uri, now=now)  # docs/recovery.md
        else:
            request = TokenRequest(
                name=name,
                scopes=frozenset(Scope(s) for s in scopes) or USUAL_SCOPES,
                expires_at=now + days * DAY if days else None,
            )
            member = member_by_uri(uow, uri)
            signer = act_signer(platform)
            made = give_token(uow, member, request, by=None, author=AT_CONSOLE, signer=signer, now=now).text
    click.echo(made)


@token.command("list")
@click.argument("uri")
@click.option("--json", "as_lines", is_flag=True, help="One JSON object a line.")
def list_tokens(uri: str, as_lines: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """List the tokens of the member admitted under URI: prefix, state, scopes, expiry, last use, name."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        found = [token_as_json(each, now=platform.clock()) for each in uow.tokens.of_member(member_by_uri(uow, uri).id)]
    for each in found:
        if as_lines:
            click.echo(json.dumps(each, ensure_ascii=False))
            continue
        scopes, expires, used = ",".join(each["scopes"]), each["expires"] or "-", each["lastUsed"] or "-"
        click.echo(f"{each['prefix']}  {each['state']:<7}  {scopes:<19}  {expires:<24}  {used:<24}  {each['name']}")


@token.command()
@click.argument("prefix")
def revoke(prefix: str) -> None:
    """Take back the token of a PREFIX (the second part of its text), for good."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        signer = act_signer(platform)
        take_token_back(uow, prefix, member_id=None, author=AT_CONSOLE, signer=signer, now=platform.clock())
    click.echo(f"{prefix} revoked")
