"""A sector that refuses what breaks some of its rules, and an event that breaks one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from builders.events import ABSENT, MILK_LOT, an_object_event
from filiere_schemas.sectors.new_profile import write_new_profile


def shipment(**changes: Any) -> dict[str, Any]:
    """One litre of milk leaves for nobody who is named."""
    milk = [{"epcClass": MILK_LOT, "quantity": 1, "uom": "LTR"}]
    of_shipping = {"action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit", "ilmd": ABSENT}
    return an_object_event(quantityList=milk, **of_shipping, **changes)


def a_strict_sector(folder: Path) -> dict[str, str]:
    """Write a profile that refuses what is shipped to nobody, and grades of lots that were not graded."""
    write_new_profile("wood", folder)
    for file, rule in (("ctes.toml", "recipient"), ("checks.toml", "grade-for-graded-only")):
        path = folder / "wood" / file
        named = f'name = "{rule}"\n'
        text = path.read_text(encoding="utf-8")
        assert named in text
        path.write_text(text.replace(named, f"{named}refuse = true\n"), encoding="utf-8")
    return {"sector": "wood", "sector_dir": str(folder)}
