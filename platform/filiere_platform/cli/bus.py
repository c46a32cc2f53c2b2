"""`filiere bus`: everything that an instance has on its broker, declared or checked by one command.

Exit status of `check`: 0 where everything is as it ought to be, 1 where something is missing or differs.
"""

from __future__ import annotations

import json
import secrets
import sys
from collections.abc import Sequence

import click

from filiere_platform import bootstrap
from filiere_platform.bootstrap.broker import broker_keeping, broker_management, broker_topology
from filiere_platform.bus.declaring import check as check_parts
from filiere_platform.bus.declaring import declare as declare_parts
from filiere_platform.bus.declaring import is_there, remove_empty, replace_empty
from filiere_platform.bus.inspection import BrokerInspection
from filiere_platform.bus.topology import Queue
from filiere_platform.domain.broker_access import AccessFault, Fault, PartFault, PartFound
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.settings import Settings, SettingsError, read_settings
from filiere_platform.usecases.broker_streams import streaming_members
from filiere_platform.usecases.broker_users import BrokerKeeping
from filiere_platform.usecases.replay import held_back

PASSWORD_BYTES = 24
_NOT_LOOKED_AT = "users, bindings, nodes: not looked at, since FILIERE_BROKER_MANAGEMENT_URL is empty (docs/bus.md)"


@click.group()
def bus() -> None:
    """Exchanges, queues and users on the broker."""


@bus.command()
@click.option("--replace", is_flag=True, help="Make queues of before anew, where they are empty and unused.")
def declare(*, replace: bool) -> None:
    """Declare exchanges and members' queues; with the broker's management, make members' users and their rights.

    A user that is made is printed with its password, this once. A queue that is there with other arguments is left as
    it is, unless --replace says otherwise: then one that is empty and that nobody consumes is made anew, and what was
    on its way to it is handed over again.
    """
    settings, members, streams = _opened()
    active = [member for member in members if member.status is MemberStatus.ACTIVE]
    names = broker_topology(settings)
    for found in declare_parts(settings.broker_url, names.parts([member.id for member in active], streams=streams)):
        why = _replaced(settings, found, active) if replace else "left as it is"
        click.echo(f"{found.what:<8} {found.name} ({why or 'made anew'})", err=True)
    if replace:
        _tidy(settings, [member.id for member in active])
    if broker_keeping(settings) is not BrokerKeeping.BY_WORKER:
        click.echo(_NOT_LOOKED_AT, err=True)
        return
    management = broker_management(settings)
    for fault in management.keep(members):
        if fault.what is AccessFault.ABSENT:
            password = secrets.token_urlsafe(PASSWORD_BYTES)
            management.make(fault.member, password)
            click.echo(f"{fault.user} {password}")


@bus.command()
def asyncapi() -> None:
    """Print the AsyncAPI document: what passes on the broker, to webhooks and in streams."""
    with bootstrap.open_platform(read_settings()) as platform:
        click.echo(json.dumps(platform.asyncapi(), ensure_ascii=False, indent=2))


@bus.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
def check(as_json: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Say what is missing on the broker or differs from what it ought to be; exit 1 where anything does.

    With the broker's management bindings, users, and the nodes of a cluster are looked at, too.
    """
    settings, members, streams = _opened()
    names = broker_topology(settings)
    active = [member.id for member in members if member.status is MemberStatus.ACTIVE]
    parts = names.parts(active, streams=streams)
    found = check_parts(settings.broker_url, parts)
    if is_there(settings.broker_url, names.former_dead_letters):
        found.append(PartFound(name=names.former_dead_letters, what=PartFault.FORMER, why="of an earlier release"))
    users: list[Fault] | None = None
    if broker_keeping(settings) is BrokerKeeping.BY_WORKER:
        users = broker_management(settings).examine(members)
        inspection = BrokerInspection(settings.broker_management_url, broker_url=settings.broker_url)
        every = [member.id for member in members]
        known = names.parts(every, streams=every)  # a stream that was ended stays for a while
        found += inspection.examine(parts, known=known, replicas=settings.broker_replicas)
    _tell(found, users, as_json=as_json)
    if found or users:
        sys.exit(1)


def _tell(parts: list[PartFound], users: list[Fault] | None, *, as_json: bool) -> None:
    wrong = [{"what": found.what.value, "name": found.name, "why": found.why} for found in parts]
    wrong += [{"what": fault.what.value, "name": fault.user, "why": ""} for fault in users or ()]
    if as_json:
        click.echo(json.dumps({"right": not wrong, "managementAsked": users is not None, "wrong": wrong}))
        return
    for each in wrong:
        click.echo(f"{each['what']:<8} {each['name']} {each['why']}".rstrip())
    if users is None:
        click.echo(_NOT_LOOKED_AT, err=True)


def _replaced(settings: Settings, found: PartFound, members: Sequence[Member]) -> str:
    """Make a member's queue anew where that loses nothing; gives why it was left, empty where it was made."""
    names = broker_topology(settings)
    for member in members:
        for queue in names.member_parts(member.id):
            if queue.name == found.name:
                return _replace(settings, queue, member)
    return "left as it is"


def _replace(settings: Settings, queue: Queue, member: Member) -> str:
    # Whatever was confirmed up to here lies in the queue, or is consumed. What comes later and is lost with the queue
    # is handed over again: the member is held back before, should this process end meanwhile, and afterwards, since
    # the relay may have gone on with it.
    with bootstrap.open_platform(settings) as platform:
        with platform.database.unit_of_work() as uow:
            position = held_back(uow, member.id)
        why = replace_empty(settings.broker_url, queue)
        with platform.database.unit_of_work() as uow:
            held_back(uow, member.id, position)
    return why


def _tidy(settings: Settings, member_ids: Sequence[int]) -> None:
    """Remove the dead letters of before, once no queue sends there any more and none is left."""
    names = broker_topology(settings)
    former = names.former_dead_letters
    if is_there(settings.broker_url, former):
        differing = check_parts(settings.broker_url, names.parts(member_ids))
        why = "queues still send there" if differing else remove_empty(settings.broker_url, former)
        click.echo(f"{PartFault.FORMER:<8} {former} ({why or 'removed'})", err=True)


def _opened() -> tuple[Settings, list[Member], list[int]]:
    settings = read_settings()
    if not settings.broker_url:
        msg = "FILIERE_BROKER_URL is empty: the bus is inside the process, and nothing is declared"
        raise SettingsError(msg)
    with bootstrap.open_platform(settings) as platform, platform.database.unit_of_work() as uow:
        members = list(uow.members.all())
        return settings, members, sorted(streaming_members(uow))
