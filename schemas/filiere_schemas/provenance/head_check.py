"""Verify a signed head by a trust file: whose log, whose signature, who has seen it, and how long ago.

Only a witness's time says how old a head is: the log could sign an old one again today. The age is that of the latest
moment at which the quorum had seen it, so that one witness alone cannot make a head younger.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import fields
from filiere_schemas.provenance import verify_sentences as sentences
from filiere_schemas.provenance.checkpoint import Checkpoint
from filiere_schemas.provenance.note import parse_note
from filiere_schemas.provenance.policy import Policy, verify_note, verify_quorum
from filiere_schemas.provenance.trust import Trust

_SECOND = 1_000_000  # microseconds


class HeadRefuted(Refusal):
    """A head that cannot be relied on: another log's, or too old."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old a head may be: `now` and `max_age` in seconds; no bound where `max_age` is None."""

    now: int
    max_age: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedHead:
    """A head that its log signed, and who has seen it when (seconds since 1970)."""

    checkpoint: Checkpoint
    seen_at: Mapping[str, int] = field(default_factory=dict)
    seen_by_quorum_at: int | None = None
    remarks: tuple[Problem, ...] = ()


def require_log(raw: bytes, trust: Trust) -> VerifiedHead:
    """Verify that the trusted log signed a head.

    Raises:
        HeadRefuted: it is another log's.
        Refusal: as `policy.verify_note`, steps 1 and 2.
    """
    logs_alone = Policy(logs=trust.policy.logs)
    return VerifiedHead(checkpoint=verify_note(raw, logs_alone).checkpoint)


def require_witnesses(raw: bytes, head: VerifiedHead, trust: Trust, freshness: Freshness | None) -> VerifiedHead:
    """Verify that the quorum of the trust file cosigned a head that its log signed, and that it is recent enough.

    Raises:
        HeadRefuted: it is older than allowed, or its age cannot be known and was asked for.
        Refusal: as `policy.verify_note`, steps 3 and 4.
    """
    seen_at = verify_quorum(parse_note(raw), trust.policy)
    moment = _seen_by_quorum(seen_at, trust.policy)
    max_age = None if freshness is None else freshness.max_age
    if moment is None:
        if max_age is not None:
            raise _refuted(sentences.AGE_UNKNOWN)
        return replace(head, remarks=(Problem(sentence=sentences.AGE_UNKNOWN, level="warning"),))
    if freshness is not None and max_age is not None and freshness.now - moment > max_age:
        seen = fields.instant_text(moment * _SECOND)
        raise _refuted(sentences.HEAD_STALE, expected=max_age, found=freshness.now - moment, seen=seen)
    return replace(head, seen_at=seen_at, seen_by_quorum_at=moment)


def _seen_by_quorum(seen_at: Mapping[str, int], policy: Policy) -> int | None:
    """The latest moment at which those who had seen a head by then or later were a quorum; None without a witness."""
    for moment in sorted(set(seen_at.values()), reverse=True):
        if policy.is_met_by([name for name, at in seen_at.items() if at >= moment]):
            return moment
    return None


def _refuted(sentence: Sentence, **values: object) -> HeadRefuted:
    return HeadRefuted([Problem(sentence=sentence, values=values)])
