"""What the rules of a sector's profile say of a stored event; a finding, whatever the profile would refuse.

An event with sealed members is not judged: what is sealed would look as if it were missing. Nor is one that its author
has declared erroneous. The evidence holds no value of the event, which could outlive its erasure.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from filiere_platform.domain.derived_rows import holds_event, signed_payload
from filiere_platform.domain.finding import Finding
from filiere_platform.domain.record import KINDS_BY_CODE, RecordRow
from filiere_platform.domain.sealing import open_payload
from filiere_platform.domain.sector_rule_sentences import SECTOR_RULE_BROKEN, SECTOR_RULE_UNDECIDED
from filiere_schemas.sectors.judging import CompiledProfile, judge

MOST_OF_A_RECORD: Final = 20  # findings; who mends these sees the others next time


def sector_findings_of(record: RecordRow, profile: CompiledProfile) -> list[Finding]:
    """Judge a record by a profile; nothing where it holds no event, or one that is not to be judged."""
    event = judged_event(record)
    return (
        []
        if event is None
        else [
            Finding(
                rule=(SECTOR_RULE_UNDECIDED if each.undecided else SECTOR_RULE_BROKEN).code,
                level=each.level,
                subject=each.rule,
                low=record.log_index,
                high=record.log_index,
                log_index=record.log_index,
                member_id=record.member_id,
                evidence={
                    "index": record.log_index,
                    "sha256": record.sha256.hex(),
                    "pointer": each.pointer,
                    "profile": profile.version,
                    "fr": profile.texts[each.rule].fr,
                    "en": profile.texts[each.rule].en,
                },
                first_seen=record.stored_at,
                opens_at=record.stored_at,
            )
            for each in judge(profile, event)[:MOST_OF_A_RECORD]
        ]
    )


def judged_event(record: RecordRow) -> Mapping[str, Any] | None:
    """Give the event of a record, if it is one that is to be judged."""
    if record.body is None or not holds_event(record) or record.disclosures:
        return None
    if open_payload(record.body, KINDS_BY_CODE[record.kind]) is None:
        return None
    event: Mapping[str, Any] = signed_payload(record)
    return None if "errorDeclaration" in event else event
