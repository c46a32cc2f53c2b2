"""What the owner of a record hands over later: disclosures that it kept when it sent the record.

Every rule of admission holds again: what is disclosed was sealed in the signed payload, the profile allows it, and the
event is still one with it in its place. The record's digest, its signature and its place in the log are as before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from filiere_platform.domain.credential import Forbidden
from filiere_platform.domain.sealing import TYPS, join_disclosures, require_sealable, split_disclosures
from filiere_platform.domain.sealing_sentences import DISCLOSURE_ERASED, NO_DISCLOSURES, NOT_THE_OWNER
from filiere_platform.domain.stored_event import StoredEvent
from filiere_schemas.epcis.reading import Strictness, read_event
from filiere_schemas.epcis.received import refuse_source
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.disclosures import WithheldFields, unseal, withheld_fields
from filiere_schemas.provenance.envelope import require_bounded_disclosures
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.known_amounts import known_amounts
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.sectors.sealable import Sealable


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedOver:
    """What a record keeps afterwards, None where nothing was new, and what its owner still keeps back."""

    disclosures: bytes | None
    added: int
    known: int
    withheld: tuple[WithheldFields, ...]


def require_owner(record: StoredEvent, member_id: int) -> None:
    """Require that a record is the member's own: nobody else decides what of it is disclosed.

    Raises:
        Forbidden: code `not-the-owner`.
    """
    if record.member_id != member_id:
        raise Forbidden([Problem(sentence=NOT_THE_OWNER, values={"index": record.log_index})])


def hand_over(
    record: StoredEvent, given: Sequence[bytes], *, sealable: Sealable, erased: Collection[bytes] = ()
) -> HandedOver:
    """Decide what a record keeps once its owner has handed over disclosures.

    1. Something is given. 2. None of it was erased. 3. Each disclosure is well formed and stands for a digest of the
    signed payload, once. 4. The profile allows to seal it. 5. With it the event is an event. What is known already is
    no new disclosure, and no error.

    Args:
        record: as its owner sees it, with its content.
        given: disclosures as they would follow the envelope.
        sealable: what the sector's profile allows to seal.
        erased: digests that erasure statements name for this record.

    Raises:
        Refusal: a step fails; pointers `/disclosures/<n>` as given.
    """
    if not given:
        raise Refusal([Problem(sentence=NO_DISCLOSURES, pointer="/disclosures")])
    digests = [hashlib.sha256(each).digest() for each in given]
    gone = [place for place, digest in enumerate(digests) if digest in erased]
    if gone:
        raise Refusal([Problem(sentence=DISCLOSURE_ERASED, pointer=f"/disclosures/{place}") for place in gone])
    signed = strict_loads(parse_jws(record.body or b"", typ=TYPS[record.kind]).payload)
    kept = split_disclosures(record.disclosures)
    # The given ones come first, so that what is wrong is found at the place where the giver put it.
    together = (*given, *(each for each in kept if each not in given))
    require_bounded_disclosures(together)
    opened = unseal(signed, together)
    new = [each for each in given if each not in kept]
    require_sealable(opened, sealable)
    refuse_source(opened.value)
    read_event(known_amounts(opened), strictness=Strictness.LENIENT)
    return HandedOver(
        disclosures=join_disclosures((*kept, *new)) if new else None,
        added=len(new),
        known=len(given) - len(new),
        withheld=withheld_fields(opened.withheld, erased=erased),
    )
