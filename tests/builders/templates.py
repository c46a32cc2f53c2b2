"""Templates of every role of every sector of the release, and what their workbooks hold."""

from __future__ import annotations

import functools
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import openpyxl

from builders.sheets import MEMBER
from filiere_connectors.templates.filled import map_workbook
from filiere_connectors.templates.plan import Plan, make_plan
from filiere_connectors.templates.workbook import write_template
from filiere_connectors.templates.workbook_file import WorkbookFile
from filiere_schemas.sectors.profile_files import find_sector, sector_names
from filiere_schemas.spreadsheet import as_text

ZONE = "Europe/Paris"


def role_names(sector: str) -> list[str]:
    about = tomllib.loads(find_sector(sector).joinpath("profile.toml").read_text("utf-8"))
    return [role["name"] for role in about["role"]]


def every_role() -> Iterator[tuple[str, str]]:
    """Every role of every sector that does an event."""
    for sector in sector_names():
        ctes = every_cte(sector)
        for role in role_names(sector):
            if any(role in cte.get("roles", [role]) for cte in ctes):
                yield sector, role


def every_cte(sector: str) -> list[dict[str, Any]]:
    """The CTEs of a sector, as its file says them."""
    return list(tomllib.loads(find_sector(sector).joinpath("ctes.toml").read_text("utf-8"))["cte"])


def make_template(
    folder: Path, sector: str, role: str, *, language: Any = "fr", own: Path | None = None
) -> tuple[Path, Plan]:
    target = folder / f"{sector}-{role}-{language}.xlsx"
    if own is not None:
        plan = make_plan(find_sector(sector, own), role)
        write_template(plan, target, language=language, zone=ZONE)
        return target, plan
    content, plan = _made(sector, role, language)
    target.write_bytes(content)
    return target, plan


@functools.cache
def _made(sector: str, role: str, language: Any) -> tuple[bytes, Plan]:
    """A template of the release, made once."""
    plan = make_plan(find_sector(sector), role)
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "template.xlsx"
        write_template(plan, target, language=language, zone=ZONE)
        return target.read_bytes(), plan


def opened(path: Path) -> Any:
    return openpyxl.load_workbook(path)


def visible(workbook: Any) -> list[Any]:
    """The sheets of events: neither the instructions nor what is hidden."""
    return [sheet for sheet in workbook.worksheets[1:] if sheet.sheet_state == "visible"]


def headings(sheet: Any) -> list[str]:
    return [cell.value for cell in sheet[1]]


def listed(workbook: Any, sheet: Any, heading: str) -> list[str] | None:
    """The words of the drop-down under a heading, as the spreadsheet finds them; None: it has none."""
    letter = sheet.cell(row=1, column=headings(sheet).index(heading) + 1).column_letter
    for check in sheet.data_validations.dataValidation:
        if check.type == "list" and f"{letter}3" in check.sqref:
            name, _, cells = check.formula1.replace("'", "").partition("!")
            return [row[0].value for row in workbook[name][cells.replace("$", "")]]
    return None


def fill(path: Path, plan: Plan, language: Any, rows: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Write rows under those of a template, as a person types them: of a CTE, by the key of the column."""
    workbook = opened(path)
    titles = {sheet.cte.name: title for title, sheet in plan.titles(language).items()}
    for cte, row in rows:
        sheet = workbook[titles[cte]]
        keys = [column.key for column in next(each for each in plan.sheets if each.cte.name == cte).columns]
        assert set(row) <= set(keys)
        number = sheet.max_row + 1
        for key, value in row.items():
            cell = sheet.cell(row=number, column=keys.index(key) + 1)
            cell.value = as_text(value) if isinstance(value, str) else value
    workbook.save(path)


def mapped(path: Path, *, own: Path | None = None, member: str = MEMBER) -> list[Any]:
    return list(map_workbook(WorkbookFile(path=path, sector_dir=own), member=member))
