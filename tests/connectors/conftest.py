"""One served instance for a module, and companies that come aboard it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders.company import Company, ServedInstance
from filiere_platform import bootstrap
from filiere_platform.settings import read_settings
from filiere_schemas.identifiers import siren, siret
from servers.filiere import Filiere

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedInstance]:
    folder = tmp_path_factory.mktemp("instance")
    environment = {"FILIERE_DATA_DIR": str(folder / "data"), "FILIERE_PUBLISH_EVERY_MS": "20"}
    settings = read_settings(environment, log_origin="log.test.example/filiere", sector="food")
    bootstrap.found(settings, name="Filière d'essai", now=bootstrap.system_clock())
    server = Filiere("serve", environment, folder=folder)
    server.start()
    yield ServedInstance(settings=settings, server=server)
    server.stop()


@pytest.fixture
def newcomer(instance: ServedInstance, tmp_path: Path) -> Callable[[], Company]:
    """Admit a company that has never used the connector."""

    def admit() -> Company:
        number = next(_numbers)
        stem = f"0000{number:04d}"
        establishment = f"{stem}{siren.check_digit(stem)}0001"
        number_of_its_own = establishment + siret.check_digit(establishment)
        return instance.admit(f"urn:filiere:party:siret:{number_of_its_own}", tmp_path / f"company-{number}")

    return admit


@pytest.fixture
def company(newcomer: Callable[[], Company]) -> Company:
    """A company that has come aboard."""
    found = newcomer()
    found.board()
    return found
