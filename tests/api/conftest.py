"""Instances in both modes: one per test, or one per module where tests only add to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import services
from builders.access_house import House, build_house
from builders.instance import Instance, open_instance
from builders.passwords import cheap_passwords
from conftest import Backend


@pytest.fixture(scope="module", autouse=True)
def _cheap_passwords() -> Iterator[None]:
    with cheap_passwords():
        yield


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


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The house of the access matrix: whoever uses it adds to it, and leaves as it is what there was."""
    with open_instance(tmp_path_factory.mktemp("house")) as opened:
        with cheap_passwords():
            built = build_house(opened)
        yield built
