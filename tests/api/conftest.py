"""One instance per test, in both modes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from builders.instance import Instance, open_instance
from conftest import Backend


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    """A founded instance, served inside the test's process, once per column of the storage table."""
    with open_instance(backend.folder, database_url=backend.database_url) as opened:
        yield opened
