"""What a sector decides comes from one folder: the sector body's, else the package's, never half of each."""

from __future__ import annotations

from pathlib import Path

import pytest

from filiere_schemas.sectors.new_profile import write_new_profile
from filiere_schemas.sectors.sector_policies import SectorPolicies, sector_policies
from filiere_schemas.sectors.sharing import InvalidSharing

NOTHING = SectorPolicies()


def test_a_folder_of_the_sector_body_comes_before_the_package_whole(tmp_path: Path) -> None:
    folder = write_new_profile("food", tmp_path)
    for file in folder.glob("*.toml"):
        if file.name in {"balance.toml", "sharing.toml", "retention.toml", "sealable.toml"}:
            file.unlink()
    assert sector_policies("food") != NOTHING
    assert sector_policies("food", tmp_path) == NOTHING
    (folder / "sharing.toml").write_text('[sharing]\ndefault = "chain"\n', encoding="utf-8")
    sector_policies.cache_clear()
    found = sector_policies("food", tmp_path)
    assert found.sharing.default == "chain"
    assert found.balance == NOTHING.balance


def test_a_sector_that_the_body_has_not_is_the_packages(tmp_path: Path) -> None:
    write_new_profile("wood", tmp_path)
    (tmp_path / "automotive").mkdir()  # no profile: it says nothing
    assert sector_policies("food", tmp_path) == sector_policies("food")
    assert sector_policies("automotive", tmp_path) == sector_policies("automotive")


@pytest.mark.parametrize("name", ["", "..", "../food", "FOOD", "food/../food", "unknown"])
def test_what_names_no_sector_decides_nothing_and_reads_no_file(tmp_path: Path, name: str) -> None:
    write_new_profile("food", tmp_path / "food")
    assert sector_policies(name, tmp_path / "food" / "food") == NOTHING


def test_a_file_that_does_not_hold_together_is_told_when_it_is_read(tmp_path: Path) -> None:
    folder = write_new_profile("wood", tmp_path)
    (folder / "sharing.toml").write_text('[sharing]\ndefault = "everybody"\n', encoding="utf-8")
    with pytest.raises(InvalidSharing):
        sector_policies("wood", tmp_path)
