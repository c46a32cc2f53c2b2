"""What a sector says of balances, sharing, keeping and sealing, whichever folder it stands in.

A folder of folders that the sector body chooses comes before the package, and a sector of its own there is the whole
of it: a file that it lacks is not taken from a sector of the same name in the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from filiere_schemas.sectors.balance import NO_RULES, BalanceRules, parse_balance_rules
from filiere_schemas.sectors.profile_files import sector_names
from filiere_schemas.sectors.retention import Retention, parse_retention
from filiere_schemas.sectors.sealable import NOTHING, Sealable, parse_sealable
from filiere_schemas.sectors.sharing import SectorSharing, parse_sharing

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

_PARTNERS: Final = SectorSharing()
_EVERYTHING: Final = Retention()


@dataclass(frozen=True, slots=True, kw_only=True)
class SectorPolicies:
    """What a sector decides; what it says nothing of is as these defaults have it."""

    balance: BalanceRules = NO_RULES
    sharing: SectorSharing = _PARTNERS
    retention: Retention = _EVERYTHING
    sealable: Sealable = NOTHING


@cache
def sector_policies(sector: str, folder: Path | None = None) -> SectorPolicies:
    """Read what a sector decides, by its name; once, since they are those of a release or of a start.

    A sector without files, or no sector, has no balance rules, shares with partners, keeps everything, seals nothing.

    Raises:
        InvalidBalance, InvalidSharing, InvalidRetention, InvalidSealable: a file does not hold together.
    """
    place = sector_names(folder).get(sector)
    known = SectorPolicies()
    if place is None:
        return known
    balance, sharing, retention, sealable = (
        _text(place, name) for name in ("balance.toml", "sharing.toml", "retention.toml", "sealable.toml")
    )
    return SectorPolicies(
        balance=known.balance if balance is None else parse_balance_rules(balance),
        sharing=known.sharing if sharing is None else parse_sharing(sharing),
        retention=known.retention if retention is None else parse_retention(retention),
        sealable=known.sealable if sealable is None else parse_sealable(sealable),
    )


def _text(place: Traversable, name: str) -> str | None:
    file = place.joinpath(name)
    return file.read_text(encoding="utf-8") if file.is_file() else None
