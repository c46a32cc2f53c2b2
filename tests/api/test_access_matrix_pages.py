"""Everybody asks for every page: the cells of tests/vectors/access that test_access_matrix.py leaves out.

A module of its own, since it takes as long as the others together: two processes share them.
"""

from __future__ import annotations

import pytest

from builders.access_house import House
from builders.access_matrix import NOUNS, Cell, read_matrix


@pytest.fixture(scope="module")
def cells(house: House) -> list[Cell]:
    return read_matrix(house.everybody)


@pytest.mark.parametrize("noun", NOUNS)
def test_everybody_is_shown_the_pages_that_the_matrix_says(noun: str, house: House, cells: list[Cell]) -> None:
    asked = [cell for cell in cells if cell.noun == noun and cell.surface == "page"]
    assert house.differences(asked) == ""


def test_there_are_pages_to_ask_for(cells: list[Cell]) -> None:
    assert sum(cell.surface == "page" for cell in cells) > len(cells) // 5
