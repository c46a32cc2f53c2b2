"""`filiere bus`: everything that an instance has on its broker, declared or checked by one command.

Exit status of `check`: 0 where everything is as it ought to be, 1 where something is missing or differs.
"""

from __future__ import annotations

import json
import secrets
import sys

import click

from filiere_platform import bootstrap
from filiere_platform.bootstrap.broker import broker_keeping, broker_management
from filiere_platform.bus.declaring import check as check_parts
from filiere_platform.bus.declaring import declare as declare_parts
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.broker_access import AccessFault, Fault, PartFound
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.settings import Settings, SettingsError, read_settings
from filiere_platform.usecases.broker_users import BrokerKeeping

PASSWORD_BYTES = 24


@click.group()
def bus() -> None:
    """Exchanges, queues and users on the broker."""


@bus.command()
def declare() -> None:
    """Declare exchanges and members' queues; with the broker's management, make members' users and their rights.

    A user that is made is printed with its password, this once.
    """
    settings, members = _opened()
    active = [member for member in members if member.status is MemberStatus.ACTIVE]
    parts = Topology(prefix=settings.broker_prefix).parts([member.id for member in active])
    for found in declare_parts(settings.broker_url, parts):
        click.echo(f"{found.what:<8} {found.name} (left as it is)", err=True)
    if broker_keeping(settings) is not BrokerKeeping.BY_WORKER:
        click.echo("users: not looked at, since FILIERE_BROKER_MANAGEMENT_URL is empty (docs/bus.md)", err=True)
        return
    management = broker_management(settings)
    for fault in management.keep(members):
        if fault.what is AccessFault.ABSENT:
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            management.make(fault.member, password)
            click.echo(f"{fault.user} {password}")


@bus.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(as_json: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Say what is missing on the broker or differs from what it ought to be; exit 1 where anything does."""
    settings, members = _opened()
    active = [member.id for member in members if member.status is MemberStatus.ACTIVE]
    parts = check_parts(settings.broker_url, Topology(prefix=settings.broker_prefix).parts(active))
    users: list[Fault] | None = None
    if broker_keeping(settings) is BrokerKeeping.BY_WORKER:
        users = broker_management(settings).examine(members)
    _tell(parts, users, as_json=as_json)
    if parts or users:
        sys.exit(1)


def _tell(parts: list[PartFound], users: list[Fault] | None, *, as_json: bool) -> None:
    wrong = [{"what": found.what.value, "name": found.name} for found in parts]
    wrong += [{"what": fault.what.value, "name": fault.user} for fault in users or ()]
    if as_json:
        click.echo(json.dumps({"right": not wrong, "usersLookedAt": users is not None, "wrong": wrong}))
        return
    for each in wrong:
        click.echo(f"{each['what']:<8} {each['name']}")
    if users is None:
        click.echo("users: not looked at, since FILIERE_BROKER_MANAGEMENT_URL is empty (docs/bus.md)", err=True)


def _opened() -> tuple[Settings, list[Member]]:
    settings = read_settings()
    if not settings.broker_url:
        msg = "FILIERE_BROKER_URL is empty: the bus is inside the process, and nothing is declared"
        raise SettingsError(msg)
    with bootstrap.open_platform(settings) as platform, platform.database.unit_of_work() as uow:
        return settings, list(uow.members.all())
