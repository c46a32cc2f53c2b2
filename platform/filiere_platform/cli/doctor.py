"""`filiere doctor`: whether the instance is set up so that acknowledged records could be lost. Starts nothing.

Exit status: 0 where nothing is wrong or only warnings are given, 1 where there are errors.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator

import click

from filiere_platform import bootstrap
from filiere_platform.blobs.key_exposure import key_files_of
from filiere_platform.blobs.key_files import KeyFileError
from filiere_platform.blobs.own_keys import OwnKeys
from filiere_platform.bootstrap.broker import broker_keeping, broker_management
from filiere_platform.cli.errors import language
from filiere_platform.domain import doctor_sentences as say
from filiere_platform.domain.broker_access import BrokerAccessUnknown
from filiere_platform.domain.diagnosis import Diagnosis, Level, error, examine_broker, examine_folder, warning
from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.storage import StoreUnavailable
from filiere_platform.settings import Settings, SettingsError, read_settings
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.tiles.inspection import inspect_folder
from filiere_platform.usecases.broker_users import BrokerKeeping
from filiere_platform.usecases.doctor import Examinable, examine
from filiere_platform.worker.signing import LogSigning
from filiere_schemas.problems import Refusal

MICROSECONDS = 1_000_000
EXIT_ERRORS = 1
NOTHING = {"fr": "Rien à signaler.", "en": "Nothing to report."}


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object, with both languages.")
def doctor(as_json: bool) -> None:  # noqa: FBT001 - a flag of the command line
    """Say what could lose acknowledged records, and what to do about it; exit 1 where there are errors."""
    settings = read_settings()
    found = list(_diagnoses(settings))
    failed = any(each.level is Level.ERROR for each in found)
    if as_json:
        told = [
            {
                "code": each.problem.code,
                "level": each.level.value,
                "fr": each.problem.message("fr"),
                "en": each.problem.message("en"),
            }
            for each in found
        ]
        click.echo(json.dumps({"healthy": not failed, "findings": told}, ensure_ascii=False))
    else:
        for each in found:
            click.echo(f"{each.level.value:<7}  {each.problem.code}\n         {each.problem.message(language())}")
        if not found:
            click.echo(NOTHING[language()])
    if failed:
        sys.exit(EXIT_ERRORS)


def _diagnoses(settings: Settings) -> Iterator[Diagnosis]:
    if not settings.data_dir.is_dir():  # to make one here would hide that another one was meant
        msg = f"FILIERE_DATA_DIR: there is no folder {settings.data_dir}: run `filiere init` first"
        raise SettingsError(msg)
    folder = inspect_folder(settings.data_dir, now=bootstrap.system_clock() / MICROSECONDS)
    yield from examine_folder(folder, key_files_of(settings.keys_dir))
    with bootstrap.open_database(settings) as database:
        files = TileFolder(settings.data_dir)
        yield from examine(database, files, anchor_age=folder.anchor_age, clock=bootstrap.system_clock)
        try:
            origin = database.origin()
        except StoreUnavailable:  # which was said above
            origin = None
        yield from _of_broker(settings, database)
    yield from _of_witnesses(settings, origin)


def _of_broker(settings: Settings, database: Examinable) -> Iterator[Diagnosis]:
    """See that no member that is not active may still come in at the broker, where that can be asked."""
    keeping = broker_keeping(settings)
    if keeping is BrokerKeeping.NONE or not database.is_ready():
        return
    with database.unit_of_work() as unit:
        members = unit.members.all()
    if keeping is BrokerKeeping.BY_WORKER:
        try:
            yield from examine_broker(broker_management(settings).examine(members))
        except BrokerAccessUnknown as unknown:
            yield error(say.BROKER_USERS_UNKNOWN, reason=str(unknown))
    elif count := sum(member.status is not MemberStatus.ACTIVE for member in members):
        yield warning(say.BROKER_USERS_BY_HAND, count=count)


def _of_witnesses(settings: Settings, origin: str | None) -> Iterator[Diagnosis]:
    """See that the policy can be met by the addresses in it; nobody is asked."""
    if not settings.witness_policy or origin is None:
        return
    keys = OwnKeys(folder=settings.keys_dir, passphrase=settings.passphrase)
    signing = LogSigning(origin=origin, keys=keys.log_files(), policy=settings.witness_policy)
    try:
        _ = signing.witnesses
    except Refusal as refusal:
        yield error(say.POLICY_CANNOT_BE_MET, reason=refusal.problems[0].message(language()))
    except KeyFileError as unsafe:
        yield error(say.POLICY_CANNOT_BE_MET, reason=f"{unsafe}.")
