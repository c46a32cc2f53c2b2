"""Tables of reports that were worked by hand from the examples of a sector's profile: tests/vectors/reports/*.csv."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from codebase import ROOT
from filiere_schemas.epcis.context import EPCIS_CONTEXT, OUR_NAMESPACE
from filiere_schemas.sectors.checked_profile import load_profile
from filiere_schemas.sectors.profile_files import find_sector

VECTORS: Final = ROOT / "tests" / "vectors" / "reports"
EVENT_ID: Final = "urn:example:"  # and the name of the example
Table = list[list[str]]


def tables(sector: str) -> dict[tuple[str, str], Table]:
    """Give each table by the names of its report and its sheet, the names of the columns first."""
    found: dict[tuple[str, str], Table] = {}
    with Path(VECTORS / f"{sector}.csv").open(encoding="utf-8", newline="") as file:
        for row in csv.reader(file):
            if row[0].startswith("# "):
                report, sheet = row[0].removeprefix("# ").split()
                table = found.setdefault((report, sheet), [])
            else:
                table.append(row)
    return found


def examples(sector: str) -> Iterator[dict[str, Any]]:
    """Give the events of the examples, in the order of their names, as a member would send them."""
    folder = find_sector(sector)
    prefixes = {"filiere": OUR_NAMESPACE, **load_profile(folder).content["profile.toml"]["prefixes"]}
    about = {"@context": [EPCIS_CONTEXT, prefixes], "eventTimeZoneOffset": "+00:00"}
    for file in sorted(folder.joinpath("examples").iterdir(), key=lambda each: each.name):
        event = json.loads(file.read_text(encoding="utf-8"))["event"]
        yield {**about, "eventID": EVENT_ID + file.name.removesuffix(".json"), **event}
