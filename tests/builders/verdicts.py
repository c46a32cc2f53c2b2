"""What reading says of an event, as codes and JSON pointers."""

from __future__ import annotations

from typing import Any

import pytest

from filiere_schemas.epcis.reading import InvalidEvent, Strictness, read_event

Said = set[tuple[str, str]]


def refused(event: Any, *, strictness: Strictness = Strictness.LENIENT) -> Said:
    """Code and pointer of every problem for which an event is refused; fails if it is accepted."""
    with pytest.raises(InvalidEvent) as caught:
        read_event(event, strictness=strictness)
    assert all(problem.level == "error" for problem in caught.value.problems)
    return {(problem.code, problem.pointer) for problem in caught.value.problems}


def warned(event: Any) -> Said:
    """Code and pointer of every warning about an event that is accepted."""
    return {(warning.code, warning.pointer) for warning in read_event(event).warnings}
