"""What the rules over neighbours say of an object as one member sees it: what a trace says, kept and told, and more.

A member is told of its own events alone, by their places in the log. What it may not see is judged as by a trace:
where it may know of a hidden event nothing is concluded, and of one that it may not know nothing follows.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final, NamedTuple

from filiere_platform.domain import finding_sentences as traced
from filiere_platform.domain import sector_rule_sentences as sentences
from filiere_platform.domain import trace_findings
from filiere_platform.domain.departures import departed_before_arrival, never_shipped
from filiere_platform.domain.finding import Finding
from filiere_platform.domain.movements import amounts_that_differ
from filiere_platform.domain.neighbourhood import DAY, Neighbourhood, Suspicion
from filiere_platform.domain.stated_units import units_that_do_not_convert
from filiere_platform.domain.transformation_rules import loops, outputs_without_inputs
from filiere_platform.domain.twin_events import near_duplicates
from filiere_platform.domain.two_containers import in_two_containers
from filiere_schemas.problems import Sentence
from filiere_schemas.sectors.profile import Neighbour

Judge = Callable[[Neighbourhood, Neighbour], Iterable[Suspicion]]


class Kind(NamedTuple):
    """How a rule is told, and who judges by it: a judge of its own, or what a trace says."""

    told: Sentence
    by: Judge | Sentence


# By what a profile calls a rule.
KINDS: Final[Mapping[str, Kind]] = {
    "never-received": Kind(sentences.NEVER_RECEIVED, traced.SHIPMENT_NOT_RECEIVED),
    "used-before-made": Kind(sentences.USED_TOO_EARLY, traced.USED_BEFORE_MADE),
    "more-used-than-made": Kind(sentences.USED_BEYOND, traced.MORE_USED_THAN_MADE),
    "near-duplicate": Kind(sentences.NEAR_DUPLICATE, lambda near, _: near_duplicates(near)),
    "received-differs": Kind(sentences.AMOUNTS_DIFFER, amounts_that_differ),
    "never-shipped": Kind(sentences.NEVER_SHIPPED, lambda near, _: never_shipped(near)),
    "departed-before-arrival": Kind(sentences.DEPARTED_TOO_EARLY, lambda near, _: departed_before_arrival(near)),
    "output-without-input": Kind(sentences.OUTPUT_WITHOUT_INPUT, lambda near, _: outputs_without_inputs(near)),
    "in-two-containers": Kind(sentences.IN_TWO_CONTAINERS, in_two_containers),
    "loop": Kind(sentences.LOOP, lambda near, _: loops(near)),
    "unit-mismatch": Kind(sentences.UNIT_MISMATCH, lambda near, _: units_that_do_not_convert(near)),
}


class Changes(NamedTuple):
    """What becomes of findings: written, held again, closed, removed because nobody was told, or said anew."""

    new: list[Finding]
    again: list[Finding]
    over: list[Finding]
    never_told: list[Finding]
    restated: list[Finding]


def judge_neighbours(near: Neighbourhood, rules: Iterable[Neighbour]) -> Iterator[Finding]:
    """Judge objects by rules, each of the member's own events once for each.

    `first_seen` is 0, and `opens_at` when patience ends by the time of the events: who keeps them knows when they came.
    """
    said = trace_findings.find(near.graph, near.keys, hidden=near.hidden, withdrawn={})
    for rule in rules:
        kind = KINDS[rule.rule]
        suspicions = _traced(near, rule, kind.by, said) if isinstance(kind.by, Sentence) else kind.by(near, rule)
        for each in _once(suspicions):
            yield Finding(
                rule=kind.told.code,
                level=rule.level,
                subject=each.subject,
                low=each.event.log_index,
                high=each.event.log_index,
                log_index=each.event.log_index,
                member_id=near.member_id,
                evidence={
                    **each.evidence,
                    "index": each.event.log_index,
                    "rule": rule.name,
                    "fr": rule.text.fr,
                    "en": rule.text.en,
                },
                first_seen=0,
                opens_at=each.since + rule.days * DAY,
            )


def _once(suspicions: Iterable[Suspicion]) -> Iterable[Suspicion]:
    """Leave one suspicion of an event and a subject, the one of which patience ends first."""
    found: dict[tuple[int, str], Suspicion] = {}
    for each in suspicions:
        name = each.event.log_index, each.subject
        if name not in found or each.since < found[name].since:
            found[name] = each
    return found.values()


def _traced(
    near: Neighbourhood, rule: Neighbour, sentence: Sentence, said: Iterable[trace_findings.Finding]
) -> Iterator[Suspicion]:
    for found in said:
        if found.sentence is not sentence or found.node is None or _is_tolerated(found, rule):
            continue
        own = [event for event in near.events_of(found.node) if event.log_index in found.events]
        # One excess is told once.
        for event in near.last(own) if sentence is traced.MORE_USED_THAN_MADE else own:
            yield Suspicion(event, near.keys[found.node], event.latest, {})


def _is_tolerated(found: trace_findings.Finding, rule: Neighbour) -> bool:
    """Whether an excess is within the percentage of what was made that a profile lets pass."""
    if found.sentence is not traced.MORE_USED_THAN_MADE:
        return False
    used, made = Decimal(str(found.values["used"])), Decimal(str(found.values["made"]))
    return used * 100 <= made * (100 + Decimal(rule.tolerance))


def changes(holding: Iterable[Finding], kept: Collection[Finding], now: int) -> Changes:
    """Compare what holds with what is kept."""
    held = {finding.name: finding for finding in reversed(list(holding))}  # of two of one name the first
    known = {finding.name for finding in kept}
    over = [each for each in kept if each.name not in held and each.closed_at is None]
    said = [(each, held[each.name]) for each in kept if each.name in held]
    return Changes(
        new=[finding for name, finding in reversed(held.items()) if name not in known],
        again=[each for each, _ in said if each.closed_at is not None],
        over=[each for each in over if each.opens_at <= now],
        never_told=[each for each in over if each.opens_at > now],
        restated=[
            replace(each, level=new.level, evidence=new.evidence, opens_at=new.opens_at)
            for each, new in said
            if (each.level, each.evidence, each.opens_at) != (new.level, new.evidence, new.opens_at)
        ],
    )
