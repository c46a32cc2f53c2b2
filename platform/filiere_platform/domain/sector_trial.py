"""What another version of a profile would say of past events, beside the one that is in force: rule by rule.

Nothing is kept of a trial: what was judged stays judged by the version that its finding names.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from filiere_schemas.sectors.judging import CompiledProfile, judge

MOST_EXAMPLES: Final = 5  # log indexes of each sort for one rule


@dataclass(slots=True)
class RuleTrial:
    """How often a rule is broken, before and after, and by which events only then."""

    before: int = 0
    after: int = 0
    appears: int = 0
    vanishes: int = 0
    appears_at: list[int] = field(default_factory=list)
    vanishes_at: list[int] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class Trial:
    """A trial under way; `refused` counts events that the new version would not have let in, were it enforced."""

    before: CompiledProfile
    after: CompiledProfile
    events: int = 0
    refused: int = 0
    refused_at: list[int] = field(default_factory=list)
    rules: dict[str, RuleTrial] = field(default_factory=dict)

    def judge(self, log_index: int, event: Mapping[str, Any]) -> None:
        """Judge one event by both versions."""
        self.events += 1
        then = {each.rule for each in judge(self.before, event)}
        found = judge(self.after, event)
        now = {each.rule for each in found}
        for rule in then | now:
            trial = self.rules.setdefault(rule, RuleTrial())
            trial.before += rule in then
            trial.after += rule in now
            if rule not in then:
                trial.appears += 1
                _keep(trial.appears_at, log_index)
            elif rule not in now:
                trial.vanishes += 1
                _keep(trial.vanishes_at, log_index)
        if any(each.refuse and not each.undecided for each in found):
            self.refused += 1
            _keep(self.refused_at, log_index)

    def as_json(self) -> dict[str, Any]:
        """Lay it out, the rules by name."""
        return {
            "before": self.before.version,
            "after": self.after.version,
            "events": self.events,
            "refused": {"events": self.refused, "examples": self.refused_at},
            "rules": [
                {
                    "rule": rule,
                    "before": trial.before,
                    "after": trial.after,
                    "appears": {"events": trial.appears, "examples": trial.appears_at},
                    "vanishes": {"events": trial.vanishes, "examples": trial.vanishes_at},
                }
                for rule, trial in sorted(self.rules.items())
            ],
        }


def _keep(examples: list[int], log_index: int) -> None:
    if len(examples) < MOST_EXAMPLES:
        examples.append(log_index)
