"""What may be done to a finding by hand: explain it, take that back, close what is explained, reopen it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from filiere_platform.domain import finding_state_sentences as say
from filiere_platform.domain.finding import Finding, FindingState, StepKind
from filiere_platform.domain.ownership import OWNERSHIP_RULES
from filiere_platform.domain.plain_text import BREAKS, is_plain
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.audit import LONGEST_DETAIL

LONGEST_WORDS: Final = 2_000  # characters of an explanation
LONGEST_REASON: Final = LONGEST_DETAIL

# From which states a step leads. What is explained goes back to open by whoever explained it, and by whoever decides.
FROM: Final[Mapping[StepKind, tuple[FindingState, ...]]] = MappingProxyType(
    {
        StepKind.EXPLAINED: (FindingState.OPEN,),
        StepKind.TAKEN_BACK: (FindingState.EXPLAINED,),
        StepKind.CLOSED: (FindingState.EXPLAINED,),
        StepKind.REOPENED: (FindingState.EXPLAINED, FindingState.CLOSED),
    }
)
VERBS: Final[Mapping[StepKind, str]] = MappingProxyType(
    {
        StepKind.EXPLAINED: "finding.explain",
        StepKind.TAKEN_BACK: "finding.take-back",
        StepKind.CLOSED: "finding.close",
        StepKind.REOPENED: "finding.reopen",
    }
)


def read_words(text: str) -> str:
    """Read an explanation; it may have several lines.

    Raises:
        Refusal: code `finding-words`.
    """
    words = text.replace("\r\n", "\n").strip()
    if not 0 < len(words) <= LONGEST_WORDS or not is_plain(words, BREAKS):
        raise Refusal([Problem(sentence=say.WORDS, pointer="/text", values={"expected": LONGEST_WORDS})])
    return words


def read_reason(text: str) -> str:
    """Read why something is closed or reopened; it stands in the log, for good.

    Raises:
        Refusal: code `finding-reason`.
    """
    reason = text.strip()
    if not 0 < len(reason) <= LONGEST_REASON or not is_plain(reason):
        raise Refusal([Problem(sentence=say.REASON, pointer="/reason", values={"expected": LONGEST_REASON})])
    return reason


def require_step(finding: Finding, kind: StepKind, *, version: int | None, now: int) -> None:
    """Decide whether a step may be taken; `version` is the one that its author has read, where he says so.

    Raises:
        Refusal: code `finding-moved`: somebody was here meanwhile; `finding-state`; `finding-not-holding`;
            `finding-is-dispute`.
    """
    state, number = finding.state_at(now), finding.id
    if version is not None and version != finding.version:
        values = {"number": number, "found": version, "expected": finding.version, "state": state.value}
        raise Refusal([Problem(sentence=say.MOVED, values=values)])
    if state not in FROM[kind]:
        expected = ", ".join(each.value for each in FROM[kind])
        values = {"number": number, "found": state.value, "expected": expected}
        raise Refusal([Problem(sentence=say.WRONG_STATE, values=values)])
    if kind is StepKind.CLOSED and finding.rule in OWNERSHIP_RULES:
        raise Refusal([Problem(sentence=say.IS_DISPUTE, values={"number": number})])
    if finding.closed_at is not None and finding.closing is not None:
        raise Refusal([Problem(sentence=say.NOT_HOLDING, values={"number": number, "by": finding.closing[1]})])
