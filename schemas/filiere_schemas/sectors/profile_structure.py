"""Check how the other files of a profile hold together: names, translations, machines, counters, documents, reports."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from filiere_schemas.epcis.units import is_known
from filiere_schemas.epcis.vocabulary import Vocabulary
from filiere_schemas.problems import Problem
from filiere_schemas.sectors import profile_sentences as sentences
from filiere_schemas.sectors.profile import Profile, listed_in
from filiere_schemas.sectors.profile_checking import named, unknown_name, unknown_paths, unknown_words
from filiere_schemas.sectors.profile_files import mistake
from filiere_schemas.sectors.profile_machines import check_machine
from filiere_schemas.sectors.profile_reports import check_sheet

_SENDER: Final = "sender"  # who opened a notice or an order, whatever his role
_RECEIVER: Final = "receiver"


def check_structure(profile: Profile) -> Iterator[Problem]:
    """Give everything that is wrong with what stands beside the rules."""
    for file, content in profile.content.items():
        yield from _names_and_words(file, "", content)
    about = profile.content["profile.toml"]
    roles = [*named(about["role"]), _SENDER, _RECEIVER]
    types = {cte.name: str(cte.type) for cte in profile.ctes}
    prefixes = about.get("prefixes", {})
    yield from _order(listed_in(profile.content, "ctes.toml", "cte"), roles)
    for machine in listed_in(profile.content, "machines.toml", "machine"):
        yield from check_machine(machine, profile.vocabularies)
    counters = listed_in(profile.content, "counters.toml", "counter")
    for counter in counters:
        yield from _counter(counter, counters, types, prefixes)
    yield from _cycles("counters.toml", "counter", {each["name"]: each.get("of", ()) for each in counters})
    for document in listed_in(profile.content, "documents.toml", "document"):
        yield from _document(document, types)
    for report in listed_in(profile.content, "reports.toml", "report"):
        for sheet in report["sheet"]:
            yield from check_sheet(f"report.{report['name']}.{sheet['name']}", sheet, types, prefixes)


def _order(ctes: Sequence[Mapping[str, Any]], roles: Sequence[str]) -> Iterator[Problem]:
    names = named(ctes)
    for cte in ctes:
        for key, known in (("roles", roles), ("after", names)):
            for name in cte.get(key, ()):
                yield from unknown_name("ctes.toml", f"cte.{cte['name']}.{key}", name, known)
    yield from _cycles("ctes.toml", "cte", {cte["name"]: cte.get("after", ()) for cte in ctes})


def _document(document: Mapping[str, Any], types: Mapping[str, str]) -> Iterator[Problem]:
    key, file = f"document.{document['name']}", "documents.toml"
    yield from unknown_words(file, f"{key}.types", document["types"], Vocabulary.BIZ_TRANSACTION_TYPE)
    for name in document.get("ctes", ()):
        yield from unknown_name(file, f"{key}.ctes", name, types)


def _names_and_words(file: str, key: str, value: Any) -> Iterator[Problem]:
    """Look through a file for names that are taken twice in one list, and texts that are not translated."""
    if isinstance(value, list):
        names = [each["name"] for each in value if isinstance(each, Mapping) and "name" in each]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield mistake(sentences.REPEATED_NAME, file, key, found=name)
        for at, each in enumerate(value):
            below = each.get("name", at) if isinstance(each, Mapping) else at
            yield from _names_and_words(file, f"{key}.{below}", each)
    elif isinstance(value, Mapping):
        french, english = value.get("fr"), value.get("en")
        # One word may be the same in both languages; a sentence that is was not translated.
        if isinstance(french, str) and french == english and " " in french:
            yield mistake(sentences.SAME_WORDS, file, key or "fr", found=french)
        for name, each in value.items():
            yield from _names_and_words(file, f"{key}.{name}" if key else name, each)


def _counter(
    counter: Mapping[str, Any],
    counters: Sequence[Mapping[str, Any]],
    types: Mapping[str, str],
    prefixes: Mapping[str, str],
) -> Iterator[Problem]:
    key, file = f"counter.{counter['name']}", "counters.toml"
    if not is_known(counter["unit"]):
        yield mistake(sentences.UNKNOWN_NAME, file, f"{key}.unit", found=counter["unit"], expected="KGM, LTR, H87")
    counted = [*counter.get("adds", ()), *counter.get("takes", ())]
    for name in counted:
        yield from unknown_name(file, f"{key}.adds, takes", name, types)
    for name in counter.get("of", ()):
        yield from unknown_name(file, f"{key}.of", name, named(counters))
    if not counted and not counter.get("of"):
        yield mistake(sentences.NEVER, file, key, found=counter["name"], expected="adds, takes, of")
    if "level" in counter and not {"least", "most"} & counter.keys():
        yield mistake(sentences.NEVER, file, f"{key}.level", found=counter["level"], expected="least, most")
    of_types = {types[name] for name in counted if name in types}
    if of_types:
        yield from unknown_paths(file, f"{key}.amount", counter.get("amount", ()), of_types, prefixes)
        if not isinstance(counter["per"], str):
            yield from unknown_paths(file, f"{key}.per", counter["per"], of_types, prefixes)


def _cycles(file: str, key: str, references: Mapping[str, Sequence[str]]) -> Iterator[Problem]:
    """Say which references come back to where they start, each loop once."""
    told: set[str] = set()
    for start in references:
        way = _way_back(start, references)
        if way is not None and not told & set(way):
            told |= set(way)
            yield mistake(sentences.CYCLE, file, f"{key}.{start}", found=" > ".join((*way, start)))


def _way_back(start: str, references: Mapping[str, Sequence[str]]) -> tuple[str, ...] | None:
    left: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    while left:
        way = left.pop()
        for name in references.get(way[-1], ()):
            if name == start:
                return way
            if name not in seen:
                seen.add(name)
                left.append((*way, name))
    return None
