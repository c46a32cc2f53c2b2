"""What the instance says that its sector allows, as last heard: at enrolment, and by `check --connect`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from filiere_connectors.workspace import Workspace, write_whole
from filiere_schemas.sectors.sealable import NOTHING, InvalidSealable, Sealable

_NAMES = ("sector", "sealable")


def note_profile(workspace: Workspace, instance: Mapping[str, Any]) -> None:
    """Keep what an instance's description says of its sector."""
    told = {name: instance[name] for name in _NAMES if name in instance}
    write_whole(workspace.profile_path, json.dumps(told, ensure_ascii=False, indent=2).encode())


def sealable_of(workspace: Workspace) -> Sealable:
    """Give what may be sealed; nothing where the instance was never asked, or said nothing that is understood."""
    try:
        told = json.loads(workspace.profile_path.read_text(encoding="utf-8"))
        return Sealable.from_json(told["sealable"])
    except (OSError, ValueError, KeyError, TypeError, InvalidSealable):
        return NOTHING


def sector_of(workspace: Workspace) -> str | None:
    """Name the sector of the instance; None where it was never asked."""
    try:
        told = json.loads(workspace.profile_path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    sector = told.get("sector") if isinstance(told, dict) else None
    return sector if isinstance(sector, str) and sector else None
