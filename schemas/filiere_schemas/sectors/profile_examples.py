"""Run the examples of a profile: each event breaks no rule, and each case differs from it in one place.

A case of `fails` takes one value away, or puts another one there, and breaks the rule that it names and no other; one
of `passes` comes near to breaking a rule and must not.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from filiere_schemas.epcis.context import EPCIS_CONTEXT, OUR_NAMESPACE
from filiere_schemas.epcis.reading import InvalidEvent, read_event
from filiere_schemas.problems import Problem
from filiere_schemas.sectors import profile_sentences as sentences
from filiere_schemas.sectors.judging import CompiledProfile, cte_of, judge
from filiere_schemas.sectors.profile import Profile
from filiere_schemas.sectors.profile_files import mistake

_NONE: Final = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class ExamplesRun:
    """What running the examples has shown; `exercised`: rule -> in how many cases it was broken, as it should be."""

    problems: tuple[Problem, ...]
    exercised: Mapping[str, int]
    cases: int


class _Case(NamedTuple):
    """One event and the rules that it breaks; no event: the place to change is not there."""

    file: str
    key: str
    event: dict[str, Any] | None
    rules: tuple[str, ...]
    cte: str | None

    def unlike(self, *, expected: str, found: str) -> Problem:
        return mistake(sentences.WRONG_EXAMPLE, self.file, self.key, expected=expected, found=found)


def run_examples(profile: Profile, compiled: CompiledProfile, examples: Mapping[str, Any]) -> ExamplesRun:
    """Run all examples, and say which rules none of them exercises."""
    problems: list[Problem] = []
    exercised = dict.fromkeys((rule for rule, _ in profile.rules()), 0)
    cases = 0
    for file, example in examples.items():
        for case in _cases(profile, file, example):
            cases += 1
            wrong = _wrong(compiled, case)
            problems += wrong
            if wrong and case.key == "event":
                break  # its cases differ from it in one place: they would all say the same again
            for rule in () if wrong else case.rules:
                exercised[rule] += 1  # found, so that it is a rule of the profile
    unexercised = [rule for rule, times in exercised.items() if not times]
    problems += [mistake(sentences.NOT_EXERCISED, "examples", found=rule, level="warning") for rule in unexercised]
    return ExamplesRun(problems=tuple(problems), exercised=exercised, cases=cases)


def _cases(profile: Profile, file: str, example: Mapping[str, Any]) -> Iterator[_Case]:
    prefixes = {"filiere": OUR_NAMESPACE, **profile.content["profile.toml"].get("prefixes", {})}
    event = {"@context": [EPCIS_CONTEXT, prefixes], "eventTimeZoneOffset": "+00:00", **example["event"]}
    yield _Case(file, "event", event, (), example.get("cte"))
    for at, change in enumerate(example.get("passes", ())):
        yield _Case(file, f"passes.{at}", _changed(event, change), (), example.get("cte"))
    for at, change in enumerate(example.get("fails", ())):
        yield _Case(file, f"fails.{at}", _changed(event, change), (change["rule"],), example.get("cte"))


def _changed(event: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any] | None:
    """Copy an event with one place changed; None: the place is not there."""
    changed: dict[str, Any] = copy.deepcopy(dict(event))
    *way, last = (token.replace("~1", "/").replace("~0", "~") for token in change["at"].split("/")[1:])
    place: Any = changed
    try:
        for token in way:
            place = place[int(token)] if isinstance(place, list) else place[token]
        key = int(last) if isinstance(place, list) else last
        if "value" in change:
            place[key] = change["value"]
        else:
            del place[key]
    except (KeyError, IndexError, TypeError, ValueError):
        return None
    return changed


def _wrong(compiled: CompiledProfile, case: _Case) -> list[Problem]:
    if case.event is None:
        return [case.unlike(expected="at", found=_NONE)]
    try:
        read_event(case.event)
    except InvalidEvent as refused:
        return [
            mistake(sentences.NOT_AN_EVENT, case.file, case.key, found=each, expected=each.pointer)
            for each in refused.problems
        ]
    return _wrong_verdict(compiled, case, case.event)


def _wrong_verdict(compiled: CompiledProfile, case: _Case, event: Mapping[str, Any]) -> list[Problem]:
    found_cte = cte_of(compiled, event)
    if found_cte != case.cte:
        return [case.unlike(expected=case.cte or _NONE, found=found_cte or _NONE)]
    findings = judge(compiled, event)
    found = [f"{each.rule}{' (?)' if each.undecided else ''} {each.pointer}".strip() for each in findings]
    if [each.rule for each in findings] != list(case.rules) or any(each.undecided for each in findings):
        return [case.unlike(expected=", ".join(case.rules) or _NONE, found=", ".join(found) or _NONE)]
    return []
