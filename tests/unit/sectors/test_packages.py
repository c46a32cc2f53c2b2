"""Every sector's folder is whole: the same files, each readable, in words that exist and in both languages."""

from __future__ import annotations

from importlib.resources import files

import pytest

from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary
from filiere_schemas.sectors.profile_files import sector_names
from filiere_schemas.sectors.public_fields import NO_FIELDS
from filiere_schemas.sectors.retention import Kept
from filiere_schemas.sectors.sector_policies import sector_policies

FILES = {"balance.toml", "retention.toml", "sealable.toml", "sharing.toml"}
FOLDERS = {folder.name: folder for folder in files("filiere_schemas.sectors").iterdir() if folder.is_dir()}
SECTORS = sorted(FOLDERS.keys() - {"__pycache__"})


def test_the_sectors_are_these() -> None:
    assert SECTORS == ["aeronautics", "automotive", "food"]


@pytest.mark.parametrize("sector", SECTORS)
def test_a_sector_has_every_file_and_none_is_empty(sector: str) -> None:
    assert {file.name for file in FOLDERS[sector].iterdir()} >= FILES
    assert sector_names()[sector] == FOLDERS[sector]
    assert sector_policies(sector).sealable.patterns
    assert sector_policies(sector).sharing.public_fields != NO_FIELDS
    assert sector_policies(sector).retention.rule_for({}, Kept.PAYLOAD) is not None, "expected a rule for every event"


@pytest.mark.parametrize("sector", SECTORS)
def test_a_sector_balances_what_names_no_process_and_steps_that_exist(sector: str) -> None:
    processes = sector_policies(sector).balance.processes
    assert any(not process.steps for process in processes)
    steps = {step for process in processes for step in process.steps}
    assert steps <= set(WORDS[Vocabulary.BIZ_STEP].words)
    assert all(process.fr != process.en for process in processes)


def test_a_part_is_counted_to_the_piece_and_child_lots_are_no_more_than_their_parent() -> None:
    assert [sector_policies(sector).balance.tolerance for sector in ("automotive", "aeronautics")] == [0, 0]
    assert sector_policies("aeronautics").balance.process_of(None, "creating_class_instance").most_yield == 1


def test_critical_parts_are_kept_ten_years_and_life_limited_ones_as_long_as_they_serve() -> None:
    rules = sector_policies("aeronautics").retention
    asked = ({}, {"filiere:criticalPart": True}, {"filiere:lifeLimited": True, "filiere:criticalPart": True})
    found = [rules.rule_for(event, Kept.PAYLOAD) for event in asked]
    assert [rule.name for rule in found if rule] == ["release-5-years", "critical-part-10-years", "life-limited-part"]
