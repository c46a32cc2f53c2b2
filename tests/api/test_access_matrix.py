"""Everybody asks for everything: each cell of tests/vectors/access is played on a running instance.

To add a route: its rows in the file of its noun, and in builders/access_ways.py how it is asked, where its address is
not all (docs/testing.md).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from builders.access_house import House, build_house, close
from builders.access_matrix import FOLDER, Cell, MatrixError, read_matrix
from builders.access_ways import WAYS, ask
from builders.instance import open_instance
from filiere_platform.domain.routes import ROUTES

LEAST_CELLS = 2_000
SURFACES = ("http", "page")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_instance(tmp_path_factory.mktemp("house")) as instance:
        built = build_house(instance)
        yield built
        close(built.actors.values())


@pytest.fixture(scope="module")
def cells(house: House) -> list[Cell]:
    return read_matrix(dict.fromkeys(SURFACES, tuple(house.actors)))


def differences(house: House, cells: list[Cell]) -> list[str]:
    """Play cells; gives a line for each that is answered otherwise."""
    found = []
    for cell in cells:
        answered = ask(house.actors[cell.actor], cell.route, house.objects.get(cell.object, {}))
        if answered != cell.expected:
            found.append(f"{cell}, and was answered {answered}")
    return found


def test_everybody_is_answered_as_the_matrix_says(house: House, cells: list[Cell]) -> None:
    found = differences(house, cells)
    assert not found, "\n".join([f"{len(found)} of {len(cells)} cells differ:", *found])


def test_the_matrix_has_cells_enough_and_every_route_has_its_row(cells: list[Cell]) -> None:
    assert len(cells) >= LEAST_CELLS
    declared = {f"{method} {path}" for method, path in ROUTES}
    assert {cell.route for cell in cells} == declared
    assert WAYS.keys() <= declared


def test_every_object_of_the_matrix_is_one_that_there_is(house: House, cells: list[Cell]) -> None:
    assert {cell.object for cell in cells} == {*house.objects, "-"}


def test_a_matrix_that_leaves_somebody_out_is_refused() -> None:
    everybody = dict.fromkeys(SURFACES, ("stranger",))
    with pytest.raises(MatrixError):
        read_matrix(everybody)
    assert list(FOLDER.glob("*.csv"))
