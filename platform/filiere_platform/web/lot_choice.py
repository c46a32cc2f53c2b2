"""What a reader of an object's page chose: everything stands in its address, so that a page is a link to itself.

There is no script: each choice is a link to the same page with another parameter, and a page with `as_of` is the
same page tomorrow, less what was made visible or hidden to its reader since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from fastapi.datastructures import QueryParams

from filiere_platform.render.lot_folding import COLLAPSERS
from filiere_platform.usecases.trace import MAX_DEPTH, TraceQuestion, Ways, read_as_of

FOLDS: Final = ("site", "product", "day")
LONGEST_OBJECT: Final = 2_000  # characters of an identifier
MOST_OPENED: Final = 100  # groups opened one by one; who opens more does not fold
LONGEST_TIME: Final = 40  # characters of a time
LONGEST_GROUP: Final = 32  # characters of a group's id
MOST_OBJECTS: Final = 10_000  # in each direction; beyond, the answer is a file


@dataclass(frozen=True, slots=True, kw_only=True)
class LotChoice:
    """A page's parameters, each with what it is without a choice."""

    object: str
    direction: Ways = Ways.BOTH
    as_of: str = ""
    fold: str = ""
    collapse: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    depth: int = MAX_DEPTH
    draw: bool = False
    page: int = 1
    state_at: str = ""  # by the clock of the pages; now where it is empty

    def question(self) -> TraceQuestion:
        """Give the question that the page answers.

        Raises:
            Refusal: code `query-parameter`: `as_of` is neither a size of the log nor a time.
        """
        return TraceQuestion(
            object=self.object,
            ways=self.direction,
            max_depth=self.depth,
            max_nodes=MOST_OBJECTS,
            as_of=read_as_of(self.as_of or None),
        )

    def fields(self, **changes: Any) -> list[tuple[str, str]]:
        """Give what stands in the address of the page, with some other choices."""
        changed = replace(self, **changes)
        plain = LotChoice(object="")
        values: list[tuple[str, str]] = [("object", changed.object)]
        for name in ("direction", "as_of", "fold", "depth", "page"):
            value = getattr(changed, name)
            if value != getattr(plain, name):
                values.append((name, str(value)))
        values += [("collapse", name) for name in changed.collapse]
        values += [("open", group) for group in changed.open]
        if changed.draw:
            values.append(("draw", "1"))
        if changed.state_at:
            values.append(("state_at", changed.state_at))
        return values

    def address(self, path: str = "/lot", /, **changes: Any) -> str:
        """Give the address of the page with some other choices; it begins at its first rows unless told otherwise."""
        return f"{path}?{urlencode(self.fields(**{'page': 1, **changes}))}"

    def folded(self, name: str) -> str:
        """The address of the page folded by a value, and by nothing opened before; by none, unfolded."""
        return self.address(fold=name, open=())

    def toggled(self, name: str) -> str:
        """The address of the page with a collapser more, or less."""
        chosen = tuple(each for each in COLLAPSERS if (each in self.collapse) != (each == name))
        return self.address(collapse=chosen)

    def opened(self, group: str) -> str:
        """The address of the page with a group shown by its objects."""
        return self.address(open=(*self.open, group)[-MOST_OPENED:])


def read_choice(parameters: QueryParams) -> LotChoice:
    """Read what was chosen; what is not one of the choices counts as none."""
    fold, direction = parameters.get("fold", ""), parameters.get("direction", "")
    collapse = set(parameters.getlist("collapse"))
    return LotChoice(
        object=parameters.get("object", "")[:LONGEST_OBJECT],
        direction=Ways(direction) if direction in set(Ways) else Ways.BOTH,
        as_of=parameters.get("as_of", "")[:LONGEST_GROUP],
        fold=fold if fold in FOLDS else "",
        collapse=tuple(name for name in COLLAPSERS if name in collapse),
        open=tuple(group[:LONGEST_GROUP] for group in parameters.getlist("open")[:MOST_OPENED]),
        depth=_number(parameters, "depth", most=MAX_DEPTH, otherwise=MAX_DEPTH),
        draw="draw" in parameters,
        state_at=parameters.get("state_at", "").strip()[:LONGEST_TIME],
        page=max(1, _number(parameters, "page", most=MOST_OBJECTS, otherwise=1)),
    )


def _number(parameters: Mapping[str, str], name: str, *, most: int, otherwise: int) -> int:
    text = parameters.get(name, "")
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else otherwise
