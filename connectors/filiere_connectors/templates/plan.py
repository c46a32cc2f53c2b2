"""Which sheets the template of a role has: one for each CTE that the role performs, or that anybody does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from typing import Any, Final

from filiere_connectors.templates import sentences
from filiere_connectors.templates.column import Sheet
from filiere_connectors.templates.shapes import shapes_seen
from filiere_connectors.templates.sheet import build_sheet
from filiere_schemas.epcis.context import EPCIS_CONTEXT, OUR_NAMESPACE
from filiere_schemas.epcis.reading import InvalidEvent, read_event
from filiere_schemas.problems import Language, Problem, Refusal
from filiere_schemas.sectors.checked_profile import load_profile, ready_profile
from filiere_schemas.sectors.judging import CompiledProfile
from filiere_schemas.sectors.profile import Profile, Text, listed_in
from filiere_schemas.sectors.profile_files import read_files

_LONGEST_TITLE: Final = 31  # characters of a sheet's name. Source: ECMA-376, part 1, 18.2.19, as programs apply it
_NOT_IN_TITLE: Final = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


class UnknownRole(Refusal):
    """The profile has no such role, or it does nothing there; the caller names another."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a template holds, in both languages."""

    profile: Profile
    compiled: CompiledProfile
    role: str
    role_text: Text
    sheets: tuple[Sheet, ...]
    examples: Mapping[str, Any]

    def titles(self, language: Language) -> dict[str, Sheet]:
        """Name the sheets as a workbook in a language does."""
        named: dict[str, Sheet] = {}
        taken: set[str] = set()
        for sheet in self.sheets:
            text = sheet.title.fr if language == "fr" else sheet.title.en
            title, number = _cut(text, _LONGEST_TITLE), 1
            while title.casefold() in taken:
                number += 1
                title = f"{_cut(text, _LONGEST_TITLE - 5)} ({number})"
            taken.add(title.casefold())
            named[title] = sheet
        return named


def make_plan(folder: Traversable, role: str) -> Plan:
    """Plan the template of a role from the folder of a profile.

    Raises:
        InvalidProfile: with everything that is wrong with the profile.
        UnknownRole: it has no such role, or none of its CTEs is done by it.
    """
    compiled = ready_profile(folder)
    profile = load_profile(folder)
    examples = {name: each for name, each in read_files(folder).examples.items() if _is_event(profile, each["event"])}
    roles = {item["name"]: Text(item["fr"], item["en"]) for item in profile.content["profile.toml"]["role"]}
    if role not in roles:
        values = {"sector": profile.name, "found": role, "expected": ", ".join(roles)}
        raise UnknownRole([Problem(sentence=sentences.UNKNOWN_ROLE, values=values)])
    # A CTE that names no role is anybody's: whoever has the lot may block, withdraw or destroy it.
    done_by = {
        item["name"]: frozenset(item.get("roles", roles)) for item in listed_in(profile.content, "ctes.toml", "cte")
    }
    busy = frozenset[str]().union(*done_by.values())
    if role not in busy:
        expected = ", ".join(name for name in roles if name in busy) or "-"
        values = {"sector": profile.name, "found": role, "expected": expected}
        raise UnknownRole([Problem(sentence=sentences.NO_EVENT, values=values)])
    seen = shapes_seen(examples)
    sheets = tuple(build_sheet(profile, cte, examples, seen) for cte in profile.ctes if role in done_by[cte.name])
    return Plan(
        profile=profile,
        compiled=compiled,
        role=role,
        role_text=roles[role],
        sheets=sheets,
        examples=examples,
    )


def declared_context(profile: Profile) -> list[Any]:
    """Give the `@context` of an event that uses the extensions of a profile."""
    return [EPCIS_CONTEXT, {"filiere": OUR_NAMESPACE, **profile.content["profile.toml"].get("prefixes", {})}]


def _is_event(profile: Profile, event: Mapping[str, Any]) -> bool:
    """Tell whether an example holds as an event; `filiere sector check` says what is wrong with one that does not."""
    try:
        read_event({"@context": declared_context(profile), "eventTimeZoneOffset": "+00:00", **event})
    except InvalidEvent:
        return False
    return True


def _cut(text: str, most: int) -> str:
    """Shorten a text for a sheet's name: at its first comma, then at a word."""
    short = " ".join(text.partition(",")[0].partition(" : ")[0].translate(_NOT_IN_TITLE).split()).strip("'")
    if len(short) <= most:
        return short
    words, cut = short.split(" "), ""
    for word in words:
        if len(f"{cut} {word}".strip()) > most:
            break
        cut = f"{cut} {word}".strip()
    return cut or short[:most]
