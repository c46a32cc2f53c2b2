"""Check how the state machines of a profile hold together: their states, ways, fields, and who moves them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from filiere_schemas.problems import Problem
from filiere_schemas.sectors import profile_sentences as sentences
from filiere_schemas.sectors.machine import PERSONS, Side
from filiere_schemas.sectors.profile_checking import bad_pattern, named, unknown_name
from filiere_schemas.sectors.profile_files import mistake

_FILE: Final = "machines.toml"


def check_machine(machine: Mapping[str, Any], vocabularies: Collection[str]) -> Iterator[Problem]:
    """Give everything that is wrong with a machine whose form is right."""
    key, states = f"machine.{machine['name']}", named(machine["state"])
    yield from unknown_name(_FILE, f"{key}.initial", machine["initial"], states)
    fields = named(machine.get("field", ()))
    yield from _asked(f"{key}.asks", machine, fields)
    for field in machine.get("field", ()):
        yield from _field(f"{key}.field.{field['name']}", field, vocabularies)
    for transition in machine["transition"]:
        yield from _transition(key, transition, states, fields)
    ways = [(each["from"], each["to"]) for each in machine["transition"]]
    reached = _closure({machine["initial"]}, ways)
    ending = _closure({each["name"] for each in machine["state"] if each.get("final")}, [(to, of) for of, to in ways])
    for state in states:
        if state not in reached or state not in ending:
            yield mistake(sentences.DEAD_END, _FILE, f"{key}.state.{state}", found=state)


def _transition(
    key: str, transition: Mapping[str, Any], states: Sequence[str], fields: Sequence[str]
) -> Iterator[Problem]:
    place = f"{key}.transition.{transition['from']}-{transition['to']}"
    for end in ("from", "to"):
        yield from unknown_name(_FILE, f"{place}.{end}", transition[end], states)
    if "by" in transition:
        yield from unknown_name(_FILE, f"{place}.by", transition["by"], list(Side))
    for role in transition.get("persons", ()):
        yield from unknown_name(_FILE, f"{place}.persons", role, PERSONS)
    yield from _asked(f"{place}.asks", transition, fields)


def _field(key: str, field: Mapping[str, Any], vocabularies: Collection[str]) -> Iterator[Problem]:
    if "words" in field:
        yield from unknown_name(_FILE, f"{key}.words", field["words"], vocabularies)
    if "pattern" in field:
        yield from bad_pattern(_FILE, f"{key}.pattern", field["pattern"])


def _asked(key: str, asking: Mapping[str, Any], fields: Iterable[str]) -> Iterator[Problem]:
    for name in asking.get("asks", ()):
        yield from unknown_name(_FILE, key, name, fields)


def _closure(start: set[str], ways: Sequence[tuple[str, str]]) -> set[str]:
    reached: set[str] = set()
    left = set(start)
    while left:
        reached |= left
        left = {to for of, to in ways if of in left} - reached
    return reached
