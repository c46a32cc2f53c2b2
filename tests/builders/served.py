"""An instance that is served, and companies that come aboard it one after the other."""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

from builders.company import Company, ServedInstance
from filiere_platform import bootstrap
from filiere_platform.settings import read_settings
from filiere_schemas.identifiers import siren, siret
from servers.filiere import Filiere

_numbers = itertools.count(1)


@contextlib.contextmanager
def served_instance(folder: Path) -> Iterator[ServedInstance]:
    """Found an instance and serve it by a process of its own."""
    environment = {"FILIERE_DATA_DIR": str(folder / "data"), "FILIERE_PUBLISH_EVERY_MS": "20"}
    settings = read_settings(environment, log_origin="log.test.example/filiere", sector="food")
    bootstrap.found(settings, name="Filière d'essai", now=bootstrap.system_clock())
    server = Filiere("serve", environment, folder=folder)
    server.start()
    try:
        yield ServedInstance(settings=settings, server=server)
    finally:
        server.stop()


def newcomers(instance: ServedInstance, folder: Path) -> Callable[[], Company]:
    """Admit companies that have never used the connector."""

    def admit() -> Company:
        number = next(_numbers)
        stem = f"0000{number:04d}"
        establishment = f"{stem}{siren.check_digit(stem)}0001"
        number_of_its_own = establishment + siret.check_digit(establishment)
        return instance.admit(f"urn:filiere:party:siret:{number_of_its_own}", folder / f"company-{number}")

    return admit
