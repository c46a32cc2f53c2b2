"""Everybody asks for everything: each cell of tests/vectors/access is played on a running instance.

To add a route: its rows in the file of its noun, and in builders/access_ways.py how it is asked, where its address is
not all (docs/testing.md).
"""

from __future__ import annotations

import pytest

from builders.access_commands import commands_that_ask
from builders.access_house import House
from builders.access_matrix import FOLDER, NOUNS, Cell, MatrixError, read_matrix
from builders.access_ways import WAYS
from filiere_platform.domain.permissions import Permission
from filiere_platform.domain.routes import ROUTES

LEAST_CELLS = 2_000


@pytest.fixture(scope="module")
def cells(house: House) -> list[Cell]:
    return read_matrix(house.everybody)


@pytest.mark.parametrize("noun", NOUNS)
def test_everybody_is_answered_as_the_matrix_says(noun: str, house: House, cells: list[Cell]) -> None:
    """All surfaces but the pages, which test_access_matrix_pages.py asks for beside this one."""
    asked = [cell for cell in cells if cell.noun == noun and cell.surface != "page"]
    assert house.differences(asked) == ""


def test_the_matrix_has_cells_enough_and_every_route_has_its_row(cells: list[Cell]) -> None:
    assert len(cells) >= LEAST_CELLS
    declared = {f"{method} {path}" for method, path in ROUTES}
    assert {cell.route for cell in cells if cell.surface in {"http", "page"}} == declared
    assert {cell.route for cell in cells if cell.surface == "command"} == set(commands_that_ask())
    assert {cell.route for cell in cells if cell.surface == "right"} == {each.value for each in Permission}
    assert WAYS.keys() <= declared


def test_every_object_of_the_matrix_is_one_that_there_is(house: House, cells: list[Cell]) -> None:
    assert {cell.object for cell in cells} == {*house.objects, "-"}


def test_a_matrix_that_leaves_somebody_out_is_refused() -> None:
    assert list(FOLDER.glob("*.csv"))
    with pytest.raises(MatrixError):
        read_matrix({"http": ("stranger",)})
