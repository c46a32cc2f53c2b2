"""Instances in both modes: one per test, or one per module where tests only add to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

import services
from builders.access_house import House, build_house
from builders.instance import Instance, open_instance
from builders.migrated import ReusedDatabase, reused_database
from builders.passwords import cheap_passwords
from conftest import Backend


@pytest.fixture(scope="module", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    with cheap_passwords():
        yield


@pytest.fixture(scope="session")
def reused(postgresql_url: str) -> Iterator[ReusedDatabase]:
    """One database for all the tests here that want one of their own, one after another."""
    with reused_database(postgresql_url) as made:
        yield made


@pytest.fixture
def create_database(postgresql_url: str, reused: ReusedDatabase) -> Iterator[Callable[[], str]]:
    """The reused database, empty; whoever wants a second gets a new one."""
    created: list[str] = []

    def create() -> str:
        if not created:
            reused.empty()
        created.append(services.create_database(postgresql_url) if created else reused.url)
        return created[-1]

    yield create
    for url in created[1:]:
        services.drop_database(url)


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    """A founded instance, served inside the test's process, once per column of the storage table."""
    with open_instance(backend.folder, database_url=backend.database_url) as opened:
        yield opened


@pytest.fixture(scope="module", params=["embedded", pytest.param("production", marks=pytest.mark.postgresql)])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    """One instance for a module whose tests tell their own members and events apart."""
    folder = tmp_path_factory.mktemp("instance")
    url = services.create_database(request.getfixturevalue("postgresql_url")) if request.param == "production" else ""
    with open_instance(folder, database_url=url) as opened:
        yield opened
    if url:
        services.drop_database(url)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house of the access matrix: whoever uses it adds to it, and leaves as it is what there was."""
    with open_instance(tmp_path_factory.mktemp("house")) as opened:
        with cheap_passwords():
            built = build_house(opened)
        yield built
