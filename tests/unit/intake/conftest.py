"""A founded instance without a server: the intake's real threads over a real SQLite database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from builders.instance import found
from builders.intake import Desk
from filiere_platform import bootstrap
from filiere_platform.settings import read_settings
from filiere_platform.worker.intake import Intake


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    settings = read_settings({}, data_dir=tmp_path / "data")
    found(settings)
    with bootstrap.open_platform(settings) as platform:
        yield Desk(platform)


@pytest.fixture
def open_intake(desk: Desk) -> Iterator[Callable[..., Intake]]:
    """Start intakes that are stopped after the test, whatever it did to the gates."""
    started: list[Intake] = []

    def start(**settings: int) -> Intake:
        intake = desk.intake(**settings)
        intake.start()
        started.append(intake)
        return intake

    yield start
    desk.before_preparing.open()
    desk.before_committing.open()
    for intake in started:
        intake.stop()
