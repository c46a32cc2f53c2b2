"""How a vessel gives out what was put in where nobody says it: `[vessel]` in a sector's `balance.toml`.

A vessel says for itself how it works (`filiere:carryOver`). Of one that does not, and from which a transformation took
an amount that weighs or fills, the sector says what to suppose: nobody draws 300 litres from a pallet.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

MODES: Final = ("mixed", "first-in-first-out", "window")
WINDOW: Final = "window"
LONGEST_WINDOW: Final = 366 * 86_400  # seconds
_DURATION: Final = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?")
_KEYS: Final = frozenset({"mode", "window", "fr", "en"})


@dataclass(frozen=True, slots=True, kw_only=True)
class VesselRule:
    """What a sector supposes of a vessel; the window in seconds, of that mode alone."""

    mode: str
    window: int | None
    fr: str
    en: str


def read_window(text: object) -> int | None:
    """Read how long a vessel gives out what was put in, such as PT6H, in seconds; None: no duration up to 366 days."""
    match = _DURATION.fullmatch(text) if isinstance(text, str) else None
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()) if match else (0, 0, 0, 0)
    found = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return found if 0 < found <= LONGEST_WINDOW else None


def read_vessel_rule(item: Any) -> VesselRule:
    """Read the `[vessel]` of a profile.

    Raises:
        ValueError: what was expected and what was found.
    """
    if not isinstance(item, Mapping) or set(item) - _KEYS or not all(isinstance(item.get(key), str) for key in item):
        raise ValueError(f"expected [vessel] with mode, fr, en and perhaps window, found {item!r}")
    mode, window = item.get("mode"), read_window(item.get("window"))
    if mode not in MODES:
        raise ValueError(f"expected the mode of a vessel to be {', '.join(MODES)}, found {mode!r}")
    if (mode == WINDOW) != (window is not None) or ("window" in item and window is None):
        raise ValueError(f"expected a window such as PT6H with the mode window alone, found {item.get('window')!r}")
    if not item.get("fr") or not item.get("en"):
        raise ValueError(f"expected a sentence in fr and en, found {item!r}")
    return VesselRule(mode=mode, window=window, fr=item["fr"], en=item["en"])
