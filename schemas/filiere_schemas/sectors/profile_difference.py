"""What changed between two versions of a profile: keys that came, went, or say something else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from filiere_schemas.sectors.profile import Profile


class Change(NamedTuple):
    """One key of one file; a part that came or went as a whole is one change."""

    kind: Literal["added", "removed", "changed"]
    file: str
    key: str
    before: Any = None
    after: Any = None


def differences(before: Profile, after: Profile) -> list[Change]:
    """Give every difference, in the order of files and keys."""
    return [
        change
        for file in sorted({*before.content, *after.content})
        for change in _changes(file, "", before.content.get(file, {}), after.content.get(file, {}))
    ]


def _changes(file: str, key: str, before: Any, after: Any) -> Iterator[Change]:
    first, second = _by_name(before), _by_name(after)
    if not isinstance(first, Mapping) or not isinstance(second, Mapping):
        if before != after:
            yield Change("changed", file, key, before, after)
        return
    for name in (*first, *(name for name in second if name not in first)):
        below = f"{key}.{name}" if key else str(name)
        if name not in second:
            yield Change("removed", file, below)
        elif name not in first:
            yield Change("added", file, below)
        else:
            yield from _changes(file, below, first[name], second[name])


def _by_name(value: Any) -> Any:
    """Give a list of named things by their names: their order is no difference between two versions of one."""
    if isinstance(value, list) and value and all(isinstance(each, Mapping) and "name" in each for each in value):
        return {each["name"]: each for each in value}
    return value
