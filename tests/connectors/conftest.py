"""One served instance for a module, and companies that come aboard it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders.company import Company, ServedInstance
from builders.served import newcomers, served_instance


@pytest.fixture(scope="module")
def instance(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServedInstance]:
    with served_instance(tmp_path_factory.mktemp("instance")) as served:
        yield served


@pytest.fixture
def newcomer(instance: ServedInstance, tmp_path: Path) -> Callable[[], Company]:
    """Admit a company that has never used the connector."""
    return newcomers(instance, tmp_path)


@pytest.fixture
def company(newcomer: Callable[[], Company]) -> Company:
    """A company that has come aboard."""
    found = newcomer()
    found.board()
    return found
