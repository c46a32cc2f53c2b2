"""Judge one event by a profile: which CTE it is, which KDEs are missing, which checks do not hold.

A profile is compiled once. A KDE that is there costs a look; only of one that is not is asked whether it had to be, so
that an event without fault waits for few expressions. Nothing is read or written here but the event.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final, Literal, NamedTuple

from filiere_schemas.epcis.units import UnitMismatchError, convert_exactly
from filiere_schemas.epcis.vocabulary import Vocabulary, bare_word
from filiere_schemas.problems import Level
from filiere_schemas.sectors.expr import Expr, UndecidableError
from filiere_schemas.sectors.field_path import FieldPath, Right
from filiere_schemas.sectors.pattern import Pattern
from filiere_schemas.sectors.profile import Check, Cte, Kde, Neighbour, Profile, Regime, Text

KNOWN_ABSENT: Final = "filiere:knownAbsent"
_PERCENT: Final = 100
_INPUTS: Final = ("inputQuantityList",)
_OUTPUTS: Final = ("outputQuantityList",)


class Finding(NamedTuple):
    """A rule that an event breaks, and where; `undecided`: its expression says nothing about this event."""

    rule: str
    level: Level
    pointer: str
    refuse: bool = False
    undecided: bool = False


KdeState = Literal["present", "missing", "absent", "undecided"]  # absent: its sender says that it is, and why


class AskedKde(NamedTuple):
    """A KDE that is asked of an event."""

    rule: str
    state: KdeState


@dataclass(frozen=True, slots=True)
class _Kde:
    rule: str
    kde: Kde
    paths: tuple[FieldPath, ...]
    right: Right
    when: Expr | None
    unless: Expr | None
    reasons: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Check:
    check: Check
    holds: Expr
    at: FieldPath | None
    tolerance: float


@dataclass(frozen=True, slots=True)
class _Cte:
    cte: Cte
    actions: frozenset[str]
    steps: frozenset[str]
    dispositions: frozenset[str]
    when: Expr | None
    kdes: tuple[tuple[Regime | None, tuple[_Kde, ...]], ...]  # by the law that asks them: each is asked once
    checks: tuple[_Check, ...]


@dataclass(frozen=True, slots=True)
class CompiledProfile:
    """A profile that is ready to judge."""

    version: str
    texts: Mapping[str, Text]  # what each rule asks
    of_type: Mapping[str, tuple[_Cte, ...]]
    general: tuple[_Check, ...]  # the checks of events that are no CTE of the profile
    neighbours: tuple[Neighbour, ...] = ()  # not judged here: they need the events around
    refuses: bool = False  # whether any rule of it refuses an event


def compile_profile(profile: Profile) -> CompiledProfile:
    """Compile a profile.

    Raises:
        InvalidExpression: an expression of it cannot be used.
    """
    checks = [_compiled_check(check) for check in profile.checks]
    of_type: dict[str, list[_Cte]] = {}
    for cte in profile.ctes:
        compiled = _Cte(
            cte,
            frozenset(cte.actions),
            frozenset(cte.steps),
            frozenset(cte.dispositions),
            _expr(cte.when),
            _by_regime(profile, cte),
            tuple(each for each in checks if not each.check.ctes or cte.name in each.check.ctes),
        )
        of_type.setdefault(cte.type, []).append(compiled)
    general = tuple(each for each in checks if not each.check.ctes)
    by_type = {kind: tuple(ctes) for kind, ctes in of_type.items()}
    refuses = any(check.refuse for check in profile.checks) or any(k.refuse for cte in profile.ctes for k in cte.kdes)
    return CompiledProfile(profile.version, dict(profile.rules()), by_type, general, profile.neighbours, refuses)


def cte_of(profile: CompiledProfile, event: Mapping[str, Any]) -> str | None:
    """Name the CTE that an event is, None: none of the profile."""
    found = _cte_of(profile, event)
    return None if found is None else found.cte.name


def kdes_of(profile: CompiledProfile, event: Mapping[str, Any]) -> Iterator[AskedKde]:
    """Give each KDE that the profile asks of an event, with whether it is there.

    Not asked is one of a law that is not about the event or not in force on its day, and one whose condition does not
    hold.
    """
    cte = _cte_of(profile, event)
    for regime, kdes in () if cte is None else cte.kdes:
        if regime is not None and not _is_about(regime, event):
            continue
        for kde in kdes:
            level = kde.kde.level if regime is None else _level_under(regime, kde.kde.level, event)
            state = None if level is None else _state_of(kde, event)
            if state is not None:
                yield AskedKde(kde.rule, state)


def judge(profile: CompiledProfile, event: Mapping[str, Any]) -> tuple[Finding, ...]:
    """Give every rule that an event breaks: what no law asks first, then law by law, then the checks."""
    cte = _cte_of(profile, event)
    found: list[Finding] = []
    for regime, kdes in () if cte is None else cte.kdes:
        if regime is not None and not _is_about(regime, event):
            continue
        for kde in kdes:
            pointer = _wrong(kde, event)
            if pointer is not None:
                found.extend(_missing(kde, regime, event, pointer))
    for check in profile.general if cte is None else cte.checks:
        found.extend(_broken(check, event))
    return tuple(found)


def _cte_of(profile: CompiledProfile, event: Mapping[str, Any]) -> _Cte | None:
    action, step = event.get("action"), _bare(Vocabulary.BIZ_STEP, event.get("bizStep"))
    disposition = _bare(Vocabulary.DISPOSITION, event.get("disposition"))
    for each in profile.of_type.get(str(event.get("type")), ()):
        if (
            (not each.steps or step in each.steps)
            and (not each.actions or action in each.actions)
            and (not each.dispositions or disposition in each.dispositions)
            and (each.when is None or _says(each.when, event))
        ):
            return each
    return None


def _state_of(kde: _Kde, event: Mapping[str, Any]) -> KdeState | None:
    try:
        if kde.when is not None and not kde.when.holds(event):
            return None
        if kde.unless is not None and kde.unless.holds(event):
            return None
    except UndecidableError:
        return "undecided"
    if _wrong(kde, event) is None:
        return "present"
    return "absent" if kde.reasons and _declared_absent(kde, event) else "missing"


def _wrong(kde: _Kde, event: Mapping[str, Any]) -> str | None:
    """Say where the first of its paths is wrong, where no other is right."""
    for path in kde.paths:
        if path.fits(event, kde.right):
            return None
    return next((path.first_wrong(event, kde.right) for path in kde.paths), None)


def _missing(kde: _Kde, regime: Regime | None, event: Mapping[str, Any], pointer: str) -> list[Finding]:
    level = kde.kde.level if regime is None else _level_under(regime, kde.kde.level, event)
    if level is None:
        return []
    try:
        if kde.when is not None and not kde.when.holds(event):
            return []
        if kde.unless is not None and kde.unless.holds(event):
            return []
    except UndecidableError:
        return [Finding(kde.rule, "warning", pointer, undecided=True)]
    return [] if kde.reasons and _declared_absent(kde, event) else [_finding(kde, level, pointer)]


def _finding(kde: _Kde, level: Level, pointer: str) -> Finding:
    # What its law only warns of yet, before its day, is not refused.
    return Finding(kde.rule, level, pointer, refuse=kde.kde.refuse and level == kde.kde.level)


def _is_about(regime: Regime, event: Mapping[str, Any]) -> bool:
    return regime.member is None or event.get(regime.member) not in (None, False)


def _level_under(regime: Regime, level: Level, event: Mapping[str, Any]) -> Level | None:
    """Say how a law takes it on the day of the event, as its sender wrote that day."""
    day = str(event.get("eventTime", ""))[:10]
    if regime.until and day > regime.until:
        return None
    return regime.before if day < regime.start else level


def _declared_absent(kde: _Kde, event: Mapping[str, Any]) -> bool:
    declared = event.get(KNOWN_ABSENT)
    return isinstance(declared, list) and any(
        isinstance(each, Mapping) and each.get("kde") == kde.kde.name and str(each.get("reason")) in kde.reasons
        for each in declared
    )


def _broken(check: _Check, event: Mapping[str, Any]) -> list[Finding]:
    rule = check.check
    if check.at is not None and not check.at.fits(event, _is_there):
        return []
    pointer = rule.at or ""
    given: dict[str, Any] = {"tolerance": check.tolerance}
    if rule.unit is not None:
        given["amount_in"] = _amount(event, _INPUTS, rule.unit)
        given["amount_out"] = _amount(event, _OUTPUTS, rule.unit)
    try:
        holds = check.holds.holds(event, given)
    except UndecidableError:
        return [Finding(rule.name, "warning", pointer, undecided=True)]
    return [] if holds else [Finding(rule.name, rule.level, pointer, refuse=rule.refuse)]


def _amount(event: Mapping[str, Any], lists: tuple[str, ...], unit: str) -> float | None:
    """Add up what lists state in one unit; None where a part is not stated, does not convert or is no number."""
    total = Fraction(0)
    try:
        for element in (element for name in lists for element in event.get(name, ())):
            total += convert_exactly(Fraction(str(element["quantity"])), unit=element.get("uom", "C62"), into=unit)
        return float(total)
    except (KeyError, ValueError, OverflowError, UnitMismatchError):
        return None


def _says(condition: Expr, event: Mapping[str, Any]) -> bool:
    try:
        return condition.holds(event)
    except UndecidableError:
        return False  # of an event of which it says nothing, it does not say that it is this CTE


def _bare(vocabulary: Vocabulary, word: Any) -> Any:
    return word if not isinstance(word, str) or ":" not in word else bare_word(vocabulary, word) or word


def _is_there(value: Any) -> bool:
    return value is not None and value not in ("", [], {})


def _by_regime(profile: Profile, cte: Cte) -> tuple[tuple[Regime | None, tuple[_Kde, ...]], ...]:
    grouped: dict[str | None, list[_Kde]] = {None: []}
    for kde in cte.kdes:
        grouped.setdefault(kde.regime, []).append(_compiled_kde(profile, cte, kde))
    return tuple(
        (None if name is None else profile.regimes[name], tuple(kdes)) for name, kdes in grouped.items() if kdes
    )


def _compiled_kde(profile: Profile, cte: Cte, kde: Kde) -> _Kde:
    words = profile.vocabularies.get(kde.words) if kde.words is not None else None
    return _Kde(
        rule=f"{cte.name}.{kde.name}",
        kde=kde,
        paths=tuple(FieldPath(path) for path in kde.paths),
        right=_right(words, kde.pattern),
        when=_expr(kde.when),
        unless=_expr(kde.unless),
        reasons=profile.vocabularies.get(kde.absent, frozenset()) if kde.absent is not None else frozenset(),
    )


def _right(words: frozenset[str] | None, pattern: str | None) -> Right:
    if words is not None:
        return lambda value: isinstance(value, str) and value in words
    if pattern is not None:
        fits = Pattern(pattern).fits
        return lambda value: isinstance(value, str) and fits(value)
    return _is_there


def _compiled_check(check: Check) -> _Check:
    return _Check(
        check,
        Expr(check.holds),
        None if check.at is None else FieldPath(check.at),
        float(Fraction(check.tolerance or 0) / _PERCENT),
    )


def _expr(source: str | None) -> Expr | None:
    return None if source is None else Expr(source)
