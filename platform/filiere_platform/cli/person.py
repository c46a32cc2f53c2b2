"""`filiere person`: accounts of people, from the console; the first administrator begins here."""

from __future__ import annotations

from collections.abc import Callable

import click

from filiere_platform import bootstrap
from filiere_platform.bootstrap import Platform
from filiere_platform.cli.acting import act_signer
from filiere_platform.domain.person import Person, read_roles
from filiere_platform.domain.principal import CONSOLE, Role
from filiere_platform.settings import read_settings
from filiere_platform.usecases import people
from filiere_platform.usecases.people import Administration

ROLES = click.Choice([role.value for role in Role])


@click.group()
def person() -> None:
    """People who act for members."""


@person.command()
@click.argument("login")
@click.option("--name", required=True, help="Name of the person.")
@click.option("--member", "uri", default="", help="URI of the member; default: the sector body.")
@click.option("--role", "roles", multiple=True, type=ROLES, help="May be repeated; default: administrator.")
def invite(login: str, name: str, uri: str, roles: tuple[str, ...]) -> None:
    """Make an account for LOGIN, an e-mail address, and print a one-time link that holds for 30 minutes."""
    wanted = read_roles(roles or (Role.ADMINISTRATOR.value,))
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        member = people.inviting_member(uow, uri)
        made = people.invite_person(uow, _doing(platform), member, login=login, name=name, roles=wanted)
    click.echo(_address(platform, made.secret))


@person.command()
@click.argument("login")
def link(login: str) -> None:
    """Print another one-time link by which LOGIN chooses a password."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        found = people.person_by_login(uow, login)
        made = people.give_link(uow, _doing(platform), found.id)
    click.echo(_address(platform, made.secret))


@person.command("list")
@click.option("--member", "uri", default="", help="URI of the member; default: the sector body.")
def list_them(uri: str) -> None:
    """List the people of a member."""
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        found = people.list_people(uow, CONSOLE, people.inviting_member(uow, uri).id)
    for each in found:
        second = "app" if each.has_totp else "-"
        click.echo(
            f"{each.id}  {each.status:<9}  {second:<3}  {','.join(sorted(each.roles)):<24}  {each.login}  {each.name}"
        )


@person.command()
@click.argument("login")
@click.option("--role", "roles", multiple=True, required=True, type=ROLES, help="May be repeated.")
def roles(login: str, roles: tuple[str, ...]) -> None:
    """Give LOGIN these roles and no others."""
    _change(login, lambda uow, doing, found: people.set_roles(uow, doing, found, read_roles(roles)))


@person.command()
@click.argument("login")
def suspend(login: str) -> None:
    """Let LOGIN in no more, and end every open session."""
    _change(login, people.suspend_person)


@person.command()
@click.argument("login")
def resume(login: str) -> None:
    """Let LOGIN back in."""
    _change(login, people.resume_person)


@person.command("forget-app")
@click.argument("login")
def forget_app(login: str) -> None:
    """Forget the authenticator app and the recovery codes of LOGIN, who has lost both."""
    _change(login, people.forget_factors)


def _change(login: str, change: Callable[..., Person]) -> None:
    with bootstrap.open_platform(read_settings()) as platform, platform.database.unit_of_work() as uow:
        changed = change(uow, _doing(platform), people.person_by_login(uow, login).id)
    click.echo(f"{changed.id} {changed.status} {' '.join(sorted(changed.roles))}")


def _doing(platform: Platform) -> Administration:
    return Administration(by=CONSOLE, signer=act_signer(platform), now=platform.clock())


def _address(platform: Platform, secret: str) -> str:
    return f"{platform.settings.base_url}/join?t={secret}"
