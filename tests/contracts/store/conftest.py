"""Every backend of the store: SQLite, PostgreSQL, and PostgreSQL with partitions so small that each test crosses some.

A database is migrated once per session and then cloned: a template on PostgreSQL, a copied file on SQLite.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

import services
from filiere_platform.store.database import Database

SMALL = 5  # log indexes per partition: a test of a dozen records crosses several borders


@dataclass(frozen=True, kw_only=True)
class Backend:
    """Where a test's databases come from; each call of `create` gives the address of a new, migrated one."""

    name: str
    partition_size: int
    create: Callable[[], str]

    def open(self, url: str | None = None) -> Database:
        """Open a new database, or one more door to a given one, as another process would."""
        return Database.open(url or self.create(), partition_size=self.partition_size)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "filiere.db"
    _migrate(f"sqlite:///{path}", 1_000_000)
    return path


@pytest.fixture(scope="session")
def postgresql_templates(postgresql_url: str) -> Iterator[dict[int, str]]:
    """A migrated database per partition size, to which nobody stays connected."""
    urls = {size: services.create_database(postgresql_url) for size in (1_000_000, 1_000, SMALL)}
    for size, url in urls.items():
        _migrate(url, size)
    yield {size: services.database_name(url) for size, url in urls.items()}
    for url in urls.values():
        services.drop_database(url)


@pytest.fixture(
    params=[
        "sqlite",
        pytest.param("postgresql", marks=pytest.mark.postgresql),
        pytest.param("postgresql-small-partitions", marks=pytest.mark.postgresql),
    ]
)
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    if request.param == "sqlite":
        return Backend(name="sqlite", partition_size=1_000_000, create=_copies(request, tmp_path))
    size = SMALL if request.param.endswith("small-partitions") else 1_000_000
    return Backend(name="postgresql", partition_size=size, create=_clones(request, size))


@pytest.fixture
def on_postgresql(request: pytest.FixtureRequest) -> Backend:
    """PostgreSQL alone, for what only several processes can do."""
    return Backend(name="postgresql", partition_size=1_000, create=_clones(request, 1_000))


@pytest.fixture
def database(backend: Backend) -> Iterator[Database]:
    opened = backend.open()
    yield opened
    opened.close()


def _copies(request: pytest.FixtureRequest, folder: Path) -> Callable[[], str]:
    template: Path = request.getfixturevalue("sqlite_template")
    numbers = iter(range(1_000_000))
    return lambda: f"sqlite:///{shutil.copy(template, folder / f'{next(numbers)}.db')}"


def _clones(request: pytest.FixtureRequest, size: int) -> Callable[[], str]:
    create = request.getfixturevalue("create_database")
    templates = request.getfixturevalue("postgresql_templates")
    return lambda: create(template=templates[size])


def _migrate(url: str, size: int) -> None:
    database = Database.open(url, partition_size=size)
    database.migrate()
    database.close()
