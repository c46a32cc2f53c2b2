"""Names are the trade's words, and no code belongs to one sector."""

from __future__ import annotations

import re

import pytest

from codebase import PACKAGES, source_files

# A name that says nothing collects everything.
FORBIDDEN = {"util", "utils", "helper", "helpers", "manager", "managers", "common", "misc", "base", "stuff"}
# A sector is data: a profile in filiere_schemas/sectors, or the demo's own story.
SECTOR = re.compile(
    r"(?<![a-z])(food|agri-?food|agroalimentaire|automotive|automobile|aeronautics?|aéronautique|aerospace)(?![a-z])",
    re.IGNORECASE,
)
DEMO = "platform/filiere_platform/cli/demo"


def test_no_module_has_a_name_that_says_nothing() -> None:
    words = {file.name: set(re.split(r"[/_.]", file.name)) & FORBIDDEN for file in source_files()}
    assert {name: found for name, found in words.items() if found} == {}


def test_no_class_has_a_name_that_says_nothing() -> None:
    pattern = re.compile(r"class \w*(Util|Helper|Manager)s?\b")
    assert {file.name: found[0] for file in source_files() if (found := pattern.findall(file.text))} == {}


def test_no_code_outside_the_demo_names_a_sector() -> None:
    lines = [
        f"{file.name}:{number} {line.strip()}"
        for file in source_files(PACKAGES)
        if not file.name.startswith(DEMO)
        for number, line in enumerate(file.text.splitlines(), start=1)
        if SECTOR.search(line)
    ]
    assert lines == []


@pytest.mark.parametrize(
    "text", ['if sector == "food":', "# the automotive profile", "class AeronauticsRules:", "FOOD_CTE"]
)
def test_a_named_sector_is_seen(text: str) -> None:
    assert SECTOR.search(re.sub(r"(?<=[a-z])(?=[A-Z])", "_", text)) or SECTOR.search(text)
