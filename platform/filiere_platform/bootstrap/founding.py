"""Found an instance and open its database: what comes before a platform can be built on it."""

from __future__ import annotations

import functools
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from filiere_platform.blobs import key_files
from filiere_platform.domain.instance import Instance
from filiere_platform.domain.member import Member
from filiere_platform.settings import Settings
from filiere_platform.store.database import Database
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.usecases.closing import promised_size
from filiere_platform.usecases.instance import found_instance, found_sector_body
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.sectors.sector_policies import sector_policies

LOCAL_ORIGIN = "localhost/filiere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """An instance, and which of its keys had to be created."""

    instance: Instance
    created_keys: tuple[str, ...]
    body: Member  # the sector body


def system_clock() -> int:
    """The time, in microseconds since 1970."""
    return time.time_ns() // 1_000


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """Open the instance's database, and close it after."""
    if not settings.database_url:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    database = Database.open(settings.effective_database_url, **settings.database_sizes)
    database.promised = functools.partial(promised_size, TileFolder(settings.data_dir))
    database.policies_of = functools.partial(sector_policies, folder=settings.sector_folder)
    try:
        yield database
    finally:
        database.close()


def found(
    settings: Settings, *, name: str, now: int, registrar: PublicKey | None = None, body_uri: str = ""
) -> Founded:
    """Found the instance, or find it again: its schema, its keys, the origin of its log, its sector body.

    A registrar whose key is kept on another machine is given by its public part.

    Raises:
        Refusal: the origin is malformed, or another one was chosen before.
    """
    with open_database(settings) as database:
        database.migrate()
        if registrar is not None:
            key_files.trust_registrar(settings.keys_dir, registrar, passphrase=settings.passphrase)
        made = key_files.create_keys(settings.keys_dir, passphrase=settings.passphrase)
        created = tuple(duty.value for duty in made)
        with database.unit_of_work() as uow:
            origin = settings.log_origin or ("" if uow.instance.read() else LOCAL_ORIGIN)
            instance = found_instance(uow, origin=origin, sector=settings.sector, name=name, now=now)
            body = found_sector_body(uow, uri=body_uri, name=name)
    return Founded(instance=instance, created_keys=created, body=body)
