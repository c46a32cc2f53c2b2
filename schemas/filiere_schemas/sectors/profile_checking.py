"""Check what CTEs, KDEs and checks of a profile name: paths, words, expressions, each other; and what never applies.

The form of the files holds already: `profile_files` has read them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Any, Final

from filiere_schemas.epcis.context import STANDARD_PREFIXES
from filiere_schemas.epcis.event import EventType
from filiere_schemas.epcis.units import is_known
from filiere_schemas.epcis.vocabulary import WORDS, Vocabulary
from filiere_schemas.problems import Problem
from filiere_schemas.sectors import profile_sentences as sentences
from filiere_schemas.sectors.expr import Expr, InvalidExpression
from filiere_schemas.sectors.field_path import FieldPath
from filiere_schemas.sectors.pattern import InvalidPattern, Pattern
from filiere_schemas.sectors.profile import Check, Cte, Kde, Profile
from filiere_schemas.sectors.profile_files import mistake

_CTES: Final = "ctes.toml"
_CHECKS: Final = "checks.toml"
_ABOUT: Final = "profile.toml"
_QUOTED_NAME: Final = re.compile(r"""["']([A-Za-z][\w-]*):[\w-]+["']""")


def check_rules(profile: Profile) -> Iterator[Problem]:
    """Give everything that is wrong with the rules that judge events."""
    prefixes = profile.content[_ABOUT].get("prefixes", {})
    for cte in profile.ctes:
        yield from _cte(profile, cte, prefixes)
    yield from _shadowed(profile.ctes)
    for check in profile.checks:
        yield from _check(profile, check, prefixes)
    for regime in profile.regimes.values():
        if regime.until and regime.start > regime.until:
            yield mistake(sentences.NEVER, _ABOUT, f"regime.{regime.name}", found=regime.name, expected="from > until")


def unknown_name(file: str, key: str, wanted: str, known: Iterable[str]) -> Iterator[Problem]:
    """Say that a name is defined nowhere, with those that look like it."""
    names = sorted(known)
    if wanted not in names:
        close = get_close_matches(wanted, names, n=3, cutoff=0.5) or names[:5]
        yield mistake(sentences.UNKNOWN_NAME, file, key, found=wanted, expected=", ".join(close) or "-")


def bad_pattern(file: str, key: str, pattern: str) -> Iterator[Problem]:
    """Say why a pattern cannot be used."""
    try:
        Pattern(pattern)
    except InvalidPattern as error:
        yield mistake(sentences.BAD_PATTERN, file, key, found=str(error))


def unknown_words(file: str, key: str, words: Iterable[str], vocabulary: Vocabulary) -> Iterator[Problem]:
    """Say which words the standard's vocabulary does not have; a URI is a word of the sector's own."""
    known = WORDS[vocabulary].words
    for word in words:
        if ":" not in word and word not in known:
            close = get_close_matches(word, known, n=3, cutoff=0.5) or known[:3]
            yield mistake(sentences.UNKNOWN_WORD, file, key, found=word, expected=", ".join(close))


def unknown_paths(
    file: str, key: str, paths: Sequence[str], types: Iterable[str], prefixes: Mapping[str, str]
) -> Iterator[Problem]:
    """Say which paths no event of some types can have."""
    wanted = [EventType(each) for each in types]
    for path in paths:
        if not any(FieldPath(path).exists_in(each, prefixes) for each in wanted):
            expected = ", ".join(sorted(wanted))
            yield mistake(sentences.UNKNOWN_PATH, file, key, found=path, expected=expected)


def _cte(profile: Profile, cte: Cte, prefixes: Mapping[str, str]) -> Iterator[Problem]:
    key = f"cte.{cte.name}"
    yield from unknown_words(_CTES, f"{key}.steps", cte.steps, Vocabulary.BIZ_STEP)
    yield from unknown_words(_CTES, f"{key}.dispositions", cte.dispositions, Vocabulary.DISPOSITION)
    yield from _expression(_CTES, f"{key}.when", cte.when, prefixes)
    if cte.type == EventType.TRANSFORMATION and cte.actions:
        yield mistake(sentences.NEVER, _CTES, f"{key}.actions", found=cte.name, expected="TransformationEvent: action")
    for kde in cte.kdes:
        yield from _kde(profile, cte, kde, prefixes)


def _kde(profile: Profile, cte: Cte, kde: Kde, prefixes: Mapping[str, str]) -> Iterator[Problem]:
    key = f"cte.{cte.name}.kde.{kde.name}"
    yield from unknown_paths(_CTES, f"{key}.paths", kde.paths, (cte.type,), prefixes)
    # The standard allows facts of a lot where it comes into being, and nowhere else.
    of_lot = all(path.startswith("/ilmd") for path in kde.paths)
    if of_lot and cte.type == EventType.OBJECT and cte.actions and "ADD" not in cte.actions:
        yield mistake(sentences.NEVER, _CTES, f"{key}.paths", found=kde.name, expected="ilmd: action ADD")
    for name in ("when", "unless"):
        yield from _expression(_CTES, f"{key}.{name}", getattr(kde, name), prefixes)
    if kde.regime is not None:
        yield from unknown_name(_CTES, f"{key}.regime", kde.regime, profile.regimes)
    for name in ("words", "absent"):
        if (wanted := getattr(kde, name)) is not None:
            yield from unknown_name(_CTES, f"{key}.{name}", wanted, profile.vocabularies)
    if kde.pattern is not None:
        yield from bad_pattern(_CTES, f"{key}.pattern", kde.pattern)


def _check(profile: Profile, check: Check, prefixes: Mapping[str, str]) -> Iterator[Problem]:
    key = f"check.{check.name}"
    types = {cte.name: cte.type for cte in profile.ctes}
    for name in check.ctes:
        yield from unknown_name(_CHECKS, f"{key}.ctes", name, types)
    judged = {types[name] for name in check.ctes if name in types} if check.ctes else set(EventType)
    if check.at is not None and judged:
        yield from unknown_paths(_CHECKS, f"{key}.at", (check.at,), judged, prefixes)
    if check.unit is not None and not is_known(check.unit):
        yield mistake(sentences.UNKNOWN_NAME, _CHECKS, f"{key}.unit", found=check.unit, expected="KGM, LTR, H87")
    yield from _expression(_CHECKS, f"{key}.holds", check.holds, prefixes, judged=True)
    if check.unit is None and "amount_" in check.holds:
        yield mistake(sentences.NEVER, _CHECKS, f"{key}.holds", found=check.name, expected="unit")


def _expression(
    file: str, key: str, source: str | None, prefixes: Mapping[str, str], *, judged: bool = False
) -> Iterator[Problem]:
    if source is None:
        return
    try:
        expression = Expr(source)
    except InvalidExpression as error:
        yield mistake(sentences.BAD_EXPRESSION, file, key, found=str(error))
        return
    if not expression.names:
        yield mistake(sentences.NEVER, file, key, found=source, expected="constant")
    if not judged and set(expression.names) & {"amount_in", "amount_out", "tolerance"}:
        yield mistake(sentences.BAD_EXPRESSION, file, key, found="amount_in, amount_out, tolerance: checks.toml")
    for prefix in _QUOTED_NAME.findall(source):
        if prefix not in prefixes and prefix not in STANDARD_PREFIXES and prefix not in {"filiere", "urn", "https"}:
            yield mistake(sentences.UNKNOWN_PATH, file, key, found=prefix, expected="prefix")


def _shadowed(ctes: Sequence[Cte]) -> Iterator[Problem]:
    """Say which CTEs no event can be, since one before them takes every such event."""
    for at, cte in enumerate(ctes):
        for before in ctes[:at]:
            if (
                before.type == cte.type
                and before.when is None
                and all(
                    _covers(getattr(before, name), getattr(cte, name)) for name in ("actions", "steps", "dispositions")
                )
            ):
                yield mistake(sentences.NEVER, _CTES, f"cte.{cte.name}", found=cte.name, expected=before.name)
                break


def _covers(wider: tuple[str, ...], narrower: tuple[str, ...]) -> bool:
    return not wider or (bool(narrower) and set(narrower) <= set(wider))


def named(items: Iterable[Mapping[str, Any]]) -> list[str]:
    """Give the names of some items of a file."""
    return [item["name"] for item in items]
