"""State machines of a profile: how a notice, a certificate or an order passes from state to state, and who moves it.

A case of a machine is between two members: its sender opened it, its receiver is whom it is addressed to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from filiere_schemas.sectors.profile import Profile, Text, listed_in

PERSONS: Final = ("administrator", "supervisor", "quality")  # of a member's people, who may be asked for in person


class Side(StrEnum):
    """Which of the two members somebody acts for."""

    SENDER = "sender"
    RECEIVER = "receiver"


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """A state; `days` is how long a case may stay in it, None: as long as it wants."""

    name: str
    text: Text
    is_final: bool = False
    days: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineField:
    """Something that is said in a field of its own: a word of a list, what fits a pattern, or any text."""

    name: str
    text: Text
    words: Mapping[str, Text] | None = None
    pattern: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Transition:
    """A way between two states.

    `by` is the side that takes it (None: either), `persons` of which roles its people must be (none: anybody may,
    a program too), `asks` the fields that it needs.
    """

    start: str
    to: str
    by: Side | None = None
    persons: frozenset[str] = frozenset()
    four_eyes: bool = False
    asks: tuple[str, ...] = ()

    def is_open_to(self, side: Side) -> bool:
        """Whether a side takes this way."""
        return self.by is None or self.by is side


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A machine; `of` is notice, certificate or order, `asks` the fields that opening a case needs."""

    name: str
    text: Text
    of: str
    initial: str
    states: Mapping[str, State]
    transitions: tuple[Transition, ...]
    fields: Mapping[str, MachineField]
    asks: tuple[str, ...] = ()

    def ways(self, state: str) -> tuple[Transition, ...]:
        """Give the transitions that lead out of a state."""
        return tuple(each for each in self.transitions if each.start == state)

    def is_draft(self, state: str) -> bool:
        """Whether a case in a state is its sender's alone: in the initial one, where the receiver may do nothing."""
        return state == self.initial and not any(each.is_open_to(Side.RECEIVER) for each in self.ways(state))


def machine_documents(profile: Profile) -> dict[str, dict[str, Any]]:
    """Give each machine as a document that stands by itself: with the words of its fields. `machine_of` reads it."""
    vocabularies = {each["name"]: each["word"] for each in listed_in(profile.content, "words.toml", "vocabulary")}
    return {
        machine["name"]: {
            **machine,
            "field": [
                {**field, "words": vocabularies[field["words"]]} if "words" in field else dict(field)
                for field in machine.get("field", ())
            ],
        }
        for machine in listed_in(profile.content, "machines.toml", "machine")
    }


def machine_of(document: Mapping[str, Any]) -> Machine:
    """Build a machine of its document."""
    return Machine(
        name=document["name"],
        text=_text(document),
        of=document["of"],
        initial=document["initial"],
        states={
            each["name"]: State(
                name=each["name"], text=_text(each), is_final=each.get("final", False), days=each.get("days")
            )
            for each in document["state"]
        },
        transitions=tuple(_transition(each) for each in document["transition"]),
        fields={field.name: field for field in _fields(document.get("field", ()))},
        asks=tuple(document.get("asks", ())),
    )


def _transition(each: Mapping[str, Any]) -> Transition:
    return Transition(
        start=each["from"],
        to=each["to"],
        by=Side(each["by"]) if "by" in each else None,
        persons=frozenset(each.get("persons", ())),
        four_eyes=each.get("four_eyes", False),
        asks=tuple(each.get("asks", ())),
    )


def _fields(listed: Iterable[Mapping[str, Any]]) -> Iterable[MachineField]:
    for each in listed:
        words = {word["name"]: _text(word) for word in each["words"]} if "words" in each else None
        yield MachineField(name=each["name"], text=_text(each), words=words, pattern=each.get("pattern"))


def _text(item: Mapping[str, Any]) -> Text:
    return Text(item["fr"], item["en"])
