"""The instance itself: what a sector body names once, at `filiere init`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One platform of one sector. `origin` names its log, is signed into every checkpoint and never changes."""

    origin: str
    sector: str
    name: str
    created_at: int  # microseconds since 1970
