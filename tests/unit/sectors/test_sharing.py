"""A sector's rules of sharing hold together, or are refused with what was found."""

from __future__ import annotations

from importlib.resources import files

import pytest

from filiere_platform.domain.audience import SharingMode
from filiere_schemas.sectors.public_fields import NO_FIELDS
from filiere_schemas.sectors.sector_policies import sector_policies
from filiere_schemas.sectors.sharing import MODES, InvalidSharing, SectorSharing, parse_sharing

SECTORS = sorted(folder.name for folder in files("filiere_schemas.sectors").iterdir() if folder.is_dir())


def test_the_modes_of_a_profile_are_those_of_the_platform() -> None:
    assert [mode.value for mode in SharingMode] == [*MODES]


@pytest.mark.parametrize("sector", SECTORS)
def test_the_rules_of_every_sector_can_be_read(sector: str) -> None:
    assert sector_policies(sector).sharing.default in MODES


@pytest.mark.parametrize("sector", ["", "unknown", "../food", "FOOD"])
def test_a_sector_without_rules_shares_with_partners_and_names_nobody(sector: str) -> None:
    assert sector_policies(sector).sharing == SectorSharing(
        default="partners", names_members=False, public_fields=NO_FIELDS
    )


@pytest.mark.parametrize(
    "text",
    [
        "no toml",
        "",
        "[other]",
        '[sharing]\ndefault = "everybody"',
        "[sharing]\nnames_members = 1",
        '[sharing]\npublic_fields = "type"',
        "[sharing]\npublic_fields = [1]",
        "[sharing]\nmore = 1",
    ],
)
def test_rules_that_do_not_hold_together_are_refused(text: str) -> None:
    with pytest.raises(InvalidSharing):
        parse_sharing(text)
