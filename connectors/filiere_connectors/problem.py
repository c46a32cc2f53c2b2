"""What is wrong with a cell, a row or a file: a sentence in two languages, at the address where a person finds it.

The connector's counterpart of a JSON pointer: file, sheet, row, column letter, header, and the raw value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from filiere_connectors.sources.table import Cell, Place
from filiere_schemas.problems import Problem, Sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class RowProblem:
    """One problem at one place of a source; `hint` says what to do about it, where that is more than the sentence."""

    problem: Problem
    place: Place
    raw: str = ""
    hint: Sentence | None = None

    @property
    def code(self) -> str:
        """The stable code of the problem."""
        return self.problem.code

    @classmethod
    def at(cls, cell: Cell, sentence: Sentence, *, hint: Sentence | None = None, **values: Any) -> RowProblem:
        """Build a problem at a cell; its raw value is repeated."""
        raw = "" if cell.value is None else str(cell.value)
        values.setdefault("found", raw)
        return cls(problem=Problem(sentence=sentence, values=values), place=cell.place, raw=raw, hint=hint)
