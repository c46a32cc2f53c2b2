"""Which rules of its sector's profile keep an event from being stored: those for which the sector body says so.

Only what a rule surely says refuses: what its expression cannot decide does not, nor what a law only warns of before
its day. An event that declares an error is not judged. Whatever else a profile says is a finding (`sector_rules`).
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from filiere_platform.domain.sector_rule_sentences import SECTOR_RULE_REFUSES
from filiere_schemas.problems import Problem
from filiere_schemas.sectors.judging import CompiledProfile, judge

log = logging.getLogger(__name__)

MOST_REASONS: Final = 100  # of one event


def refused_by(profile: CompiledProfile, event: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Give a reason for each rule that refuses an event: what it asks, and where (code `sector-rule-refuses`).

    An event that the judgement itself fails at is refused by nothing, and loudly: what is wrong is the platform's.
    """
    if not profile.refuses or "errorDeclaration" in event:
        return ()
    try:
        broken = [each for each in judge(profile, event) if each.refuse and not each.undecided]
    except Exception:
        log.exception("sector_refusal.failed")
        return ()
    return tuple(_reason(each.rule, each.pointer, profile) for each in broken[:MOST_REASONS])


def _reason(rule: str, pointer: str, profile: CompiledProfile) -> Problem:
    text = profile.texts[rule]
    asks = Problem(sentence=replace(SECTOR_RULE_REFUSES, code=rule, fr=_literal(text.fr), en=_literal(text.en)))
    return Problem(sentence=SECTOR_RULE_REFUSES, pointer=pointer, values={"rule": rule, "asks": asks})


def _literal(text: str) -> str:
    """Write a text of a profile as a sentence without placeholders."""
    return text.rstrip(".").replace("{", "{{").replace("}", "}}")
