"""Events of the sector that docs/make-your-own-sector.md makes: logs that are felled and delivered."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from builders.events import an_object_event
from builders.guide import write_guide
from builders.instance import Instance, open_instance

_PLATE: Final = "urn:filiere:lot:duns:060704780:log:plate-"


@contextmanager
def open_wood(folder: Path, database_url: str, sectors: Path, **settings: Any) -> Iterator[Instance]:
    """Found an instance of the sector that the guide makes, whose files are written into `sectors`."""
    write_guide(sectors)
    own = {"sector": "wood", "sector_dir": str(sectors), **settings}
    with open_instance(folder, database_url=database_url, **own) as opened:
        yield opened


def named(number: int) -> str:
    return f"urn:uuid:00000000-0000-4000-a000-{number:012d}"


def felled(number: int, quantity: float, certificate: str = "C-1", **changes: Any) -> dict[str, Any]:
    """A lot of logs, felled on the day of its number; `uom` of its quantity."""
    line = {"epcClass": f"{_PLATE}{number}", "quantity": quantity, "uom": changes.pop("uom", "MTQ")}
    claim = {"wood:species": "oak", "wood:claim": "100", "wood:certificate": certificate}
    return _moved(number, [line], bizStep="commissioning", ilmd=claim) | changes


def delivered(number: int, quantity: float, certificate: str = "C-1", lot: int = 1) -> dict[str, Any]:
    line = {"epcClass": f"{_PLATE}{lot}", "quantity": quantity, "uom": "MTQ"}
    step = {"action": "OBSERVE", "bizStep": "shipping", "disposition": "in_transit", "wood:certificate": certificate}
    event = _moved(number, [line], **step)
    event.pop("ilmd")
    return event


def _moved(number: int, lines: list[dict[str, Any]], **changes: Any) -> dict[str, Any]:
    time = {"eventID": named(number), "eventTime": f"2027-03-{number:02d}T08:00:00Z"}
    return an_object_event(quantityList=lines, **time, **changes)
