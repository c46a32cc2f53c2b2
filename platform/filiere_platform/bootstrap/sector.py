"""The profile by which an instance judges events: that of its sector, of the sector body's own folder first."""

from __future__ import annotations

from functools import cache, partial
from typing import Any

from filiere_platform.domain.counter_watch import Watch
from filiere_platform.settings import SectorRules, Settings
from filiere_platform.usecases.report import Reporting
from filiere_schemas.sectors.checked_profile import load_profile, ready_profile
from filiere_schemas.sectors.judging import CompiledProfile, compile_profile
from filiere_schemas.sectors.profile import NO_PROFILE
from filiere_schemas.sectors.profile_files import find_sector
from filiere_schemas.sectors.sector_policies import SectorPolicies


def refusing_profile(settings: Settings, sector: str) -> CompiledProfile | None:
    """Give the profile whose rules refuse at capture; None where they are reported alone, or not judged at all.

    Raises:
        UnknownSector, InvalidProfile: as `judging_profile`.
    """
    return judging_profile(settings, sector) if settings.sector_rules is SectorRules.ENFORCE else None


def judging_profile(settings: Settings, sector: str) -> CompiledProfile | None:
    """Give the profile to judge by, checked; None where nobody asked for it.

    Raises:
        UnknownSector: the sector has no profile.
        InvalidProfile: it does not hold.
    """
    if settings.sector_rules is SectorRules.OFF:
        return None
    return ready_profile(find_sector(sector, settings.sector_folder))


def watch_of(settings: Settings, sector: str) -> Watch | None:
    """Give the counters whose limits are watched; None where rules are not judged.

    Raises:
        UnknownSector, InvalidProfile: as `judging_profile`.
    """
    if settings.sector_rules is SectorRules.OFF:
        return None
    return Watch(sector_reporting(settings, sector).counters)


def handed_of(settings: Settings, sector: str, policies: SectorPolicies) -> dict[str, Any]:
    """Give what services and pages are handed of a sector; its reports are read when somebody first asks for one."""
    return {
        "names_members": policies.sharing.names_members,
        "balance_rules": policies.balance,
        "reporting": cache(partial(sector_reporting, settings, sector)),
    }


def sector_reporting(settings: Settings, sector: str) -> Reporting:
    """Give the reports and counters of a sector's profile, checked, whether its rules are judged or not.

    An instance may be of no sector: it has none of these.

    Raises:
        UnknownSector, InvalidProfile: as `judging_profile`.
    """
    if not sector:
        return Reporting.of(NO_PROFILE, compile_profile(NO_PROFILE))
    folder = find_sector(sector, settings.sector_folder)
    compiled = ready_profile(folder)
    return Reporting.of(load_profile(folder), compiled)
