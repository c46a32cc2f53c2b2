"""Instances in both modes: one per test, or one per module where tests only add to it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import services
from builders.instance import Instance, open_instance
from conftest import Backend


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
