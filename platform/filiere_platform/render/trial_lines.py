"""What another version of a profile would change, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from filiere_schemas.problems import Language

WORDS: Final[dict[Language, dict[str, str]]] = {
    "fr": {
        "head": "{before} -> {after} : {events} événement(s) relus, rien n'est changé",
        "rule": "{rule} : {before} -> {after} constat(s)",
        "appears": "  + {events} de plus, enregistrement(s) {examples}",
        "vanishes": "  - {events} de moins, enregistrement(s) {examples}",
        "refused": "{events} événement(s) seraient refusés avec FILIERE_SECTOR_RULES=enforce, par ex. {examples}",
    },
    "en": {
        "head": "{before} -> {after}: {events} event(s) read again, nothing is changed",
        "rule": "{rule}: {before} -> {after} finding(s)",
        "appears": "  + {events} more, record(s) {examples}",
        "vanishes": "  - {events} less, record(s) {examples}",
        "refused": "{events} event(s) would be refused with FILIERE_SECTOR_RULES=enforce, such as {examples}",
    },
}


def trial_lines(trial: Mapping[str, Any], language: Language) -> Iterator[str]:
    """Write how often each rule is broken, before and after, with examples of what changes."""
    words = WORDS[language]
    yield words["head"].format(**trial)
    for rule in trial["rules"]:
        yield words["rule"].format(**rule)
        for name in ("appears", "vanishes"):
            if rule[name]["events"]:
                yield _counted(words[name], rule[name])
    if trial["refused"]["events"]:
        yield _counted(words["refused"], trial["refused"])


def _counted(sentence: str, counted: Mapping[str, Any]) -> str:
    shown = ", ".join(map(str, counted["examples"]))
    more = "…" if counted["events"] > len(counted["examples"]) else ""
    return sentence.format(events=counted["events"], examples=shown + more)
