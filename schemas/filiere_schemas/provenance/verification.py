"""The course of a verification: numbered steps, each with what it found, until one of them does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Final, TypeVar

from filiere_schemas.problems import Problem, Refusal

MOST_PROBLEMS: Final = 100  # that one step lists, so that a hostile file cannot make a huge answer

T = TypeVar("T")
U = TypeVar("U")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A step that holds: the values of its sentence, and what its reader should know all the same."""

    number: int
    values: Mapping[str, object]
    remarks: tuple[Problem, ...] = ()


class Refuted(Refusal):
    """What does not prove what it claims: the step that does not hold, everything wrong in it, and what held before."""

    def __init__(self, problems: Iterable[Problem], *, step: int, done: tuple[Step, ...]) -> None:
        super().__init__(tuple(problems))
        self.step = step
        self.done = done


@dataclass(slots=True)
class Saying:
    """What a step says while it runs."""

    values: Mapping[str, object] = field(default_factory=dict)
    remarks: tuple[Problem, ...] = ()

    def collect(self, verify: Callable[[T], U], items: Iterable[T]) -> list[U]:
        """Verify each item, and only then say of all of them what is wrong.

        Raises:
            Refusal: with the problems of every item that was refused.
        """
        found: list[U] = []
        problems: list[Problem] = []
        for item in items:
            try:
                found.append(verify(item))
            except Refusal as refused:
                problems += refused.problems
        self.require(problems)
        return found

    def require(self, problems: Iterable[Problem]) -> None:
        """Hold only if there is no problem.

        Raises:
            Refusal: with the problems, at most MOST_PROBLEMS.
        """
        found = list(islice(problems, MOST_PROBLEMS))
        if found:
            raise Refusal(found)


@dataclass(slots=True)
class Verification:
    """The steps that held so far, in their order."""

    done: list[Step] = field(default_factory=list)

    @contextmanager
    def step(self, number: int) -> Iterator[Saying]:
        """Take a step.

        Raises:
            Refuted: it does not hold.
        """
        saying = Saying()
        try:
            yield saying
        except Refusal as refused:
            raise Refuted(refused.problems, step=number, done=tuple(self.done)) from refused
        self.done.append(Step(number=number, values=saying.values, remarks=saying.remarks))
