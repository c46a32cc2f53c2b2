"""`filiere account`: what a counter of the sector's profile keeps of a lot, a site, a member, a certificate."""

from __future__ import annotations

import json

import click

from filiere_platform import bootstrap
from filiere_platform.cli.errors import language
from filiere_platform.cli.looking import AS_MEMBER, AS_OF, viewer_as
from filiere_platform.cli.report import instance_reporting
from filiere_platform.render.account_lines import account_as_json, account_lines, counters_as_json
from filiere_platform.settings import read_settings
from filiere_platform.usecases.account import AccountQuestion, work_out_account
from filiere_platform.usecases.trace import read_as_of

_MOST_EVENTS = 2_000_000  # at the console nobody else waits
_BOTH = {
    "fr": "un compte est celui d'un compteur et d'un sujet : COUNTER SUBJECT, ou --list",
    "en": "an account is that of a counter and a subject: COUNTER SUBJECT, or --list",
}


@click.command()
@click.argument("counter", required=False)
@click.argument("subject", required=False)
@click.option("--list", "lists", is_flag=True, help="List the counters of the profile.")
@AS_OF
@AS_MEMBER
@click.option("--json", "as_json", is_flag=True, help="One JSON object, as the API gives it.")
def account(  # noqa: PLR0917 - options of the command line
    counter: str | None,
    subject: str | None,
    lists: bool,  # noqa: FBT001 - a flag of the command line
    as_of: str | None,
    member: str | None,
    as_json: bool,  # noqa: FBT001 - a flag of the command line
) -> None:
    """Show the account that COUNTER keeps of SUBJECT: its lines, its balance, and where it breaks a bound."""
    settings, spoken = read_settings(graph_memory_mb=0), language()
    reporting = instance_reporting(settings)
    if lists:
        for each in counters_as_json(reporting.counters, spoken):
            click.echo(f"{each['counter']}\t{each['title']}\t{each['unit']}")
        return
    if counter is None or subject is None:
        raise click.UsageError(_BOTH[spoken])
    question = AccountQuestion(
        counter=reporting.counter(counter), subject=subject, as_of=read_as_of(as_of), most_events=_MOST_EVENTS
    )
    with bootstrap.open_platform(settings) as platform, platform.database.unit_of_work() as uow:
        viewer, rules = viewer_as(uow.members.by_uri, member), platform.policies.balance
        answer = account_as_json(work_out_account(uow, viewer, reporting, question, rules=rules), spoken)
    click.echo(json.dumps(answer, ensure_ascii=False) if as_json else "\n".join(account_lines(answer, spoken)))
