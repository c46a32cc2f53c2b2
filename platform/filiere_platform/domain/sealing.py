"""Sealed fields of records: which may be sealed here, and what a record says to who is not shown them.

A sealed value lies in one place only, the disclosures of its record. What queries and traces search, event rows and
edges, is derived from what every viewer of the record may see; amounts are opened from the disclosures when a viewer
who may see them asks. So no index can tell a withheld value, an erased one needs no second sweep, and one that its
owner hands over later changes no row. Who is shown disclosures is decided in `domain/visibility.py`.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Collection, Sequence
from typing import Any

import orjson

from filiere_platform.domain.graph import ends_of
from filiere_platform.domain.record import OBJECT_ROLES, End
from filiere_platform.domain.sealing_sentences import NOT_SEALABLE_HERE
from filiere_schemas.epcis.reading import Strictness, read_event
from filiere_schemas.epcis.received import without_source
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.disclosures import Unsealed, WithheldFields, unseal, withheld_fields
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import EVENT_TYP
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.known_amounts import known_amounts
from filiere_schemas.provenance.statements import ATTESTATION_TYP
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.sectors.sealable import Sealable

TYPS = {EntryKind.EVENT: EVENT_TYP, EntryKind.RECEIPT: ATTESTATION_TYP}
# A payload without this text has nothing sealed; one that writes it with escapes is parsed to be sure.
_MARK = b'"_sd'
_ESCAPE = b"\\u"
_STANDARD = bytes.maketrans(b"-_", b"+/")  # from the alphabet of RFC 4648, 5 to that of 4


def split_disclosures(kept: bytes | None) -> tuple[bytes, ...]:
    """Give the disclosures that are kept of a record, one by one."""
    return tuple(kept.split(b"~")) if kept else ()


def join_disclosures(disclosures: Sequence[bytes]) -> bytes | None:
    """Give disclosures as a record keeps them; None where there are none."""
    return b"~".join(disclosures) or None


def require_sealable(opened: Unsealed, sealable: Sealable) -> None:
    """Require that the profile allows each sealed field, and each object that holds withheld ones.

    Raises:
        Refusal: code `sealed-field-not-in-profile`, for each that it does not.
    """
    found = [seal.pointer for seal in opened.disclosed if not sealable.allows(seal.pointer)]
    found += dict.fromkeys(seal.pointer for seal in opened.withheld if not sealable.allows_inside(seal.pointer))
    expected = ", ".join(sealable.patterns) or "-"
    if found:
        values = [{"found": pointer or "/", "expected": expected} for pointer in found]
        raise Refusal(
            [Problem(sentence=NOT_SEALABLE_HERE, pointer=p, values=v) for p, v in zip(found, values, strict=True)]
        )


def stated_openly(signed: Any) -> dict[str, Any]:
    """Give what a signed event says to who is shown no disclosure: what is indexed of it.

    Raises:
        InvalidDisclosure: the payload's seals do not hold.
    """
    return known_amounts(unseal(signed, ()))


def open_record(kind: EntryKind, body: bytes, disclosures: bytes | None) -> Unsealed:
    """Read a stored event with the disclosures that a viewer is shown.

    Raises:
        Refusal: the stored bytes do not hold.
    """
    value = without_source(strict_loads(parse_jws(body, typ=TYPS[kind]).payload))
    return unseal(value, split_disclosures(disclosures))


def opened_value(kind: EntryKind, body: bytes, disclosures: bytes | None) -> dict[str, Any]:
    """Give what a stored event says to who is shown some disclosures, with its amounts; cheaply where none is sealed.

    Raises:
        Refusal: the stored bytes do not hold.
    """
    payload = None if disclosures else open_payload(body, kind)
    value: dict[str, Any]
    value = known_amounts(open_record(kind, body, disclosures)) if payload is None else orjson.loads(payload)
    return value


def fields_withheld(
    kind: EntryKind, body: bytes | None, disclosures: bytes | None, *, erased: Collection[bytes] = ()
) -> tuple[WithheldFields, ...]:
    """Say which objects of a stored event hold fields that are not shown; nothing of an event whose payload is gone.

    `erased` are the digests that erasure statements name for it.

    Raises:
        Refusal: the stored bytes do not hold.
    """
    if body is None:
        return ()
    payload = _payload_of(body, kind)
    if not _is_marked(payload):
        return ()
    return withheld_fields(unseal(strict_loads(payload), split_disclosures(disclosures)).withheld, erased=erased)


def open_payload(body: bytes, kind: EntryKind) -> bytes | None:
    """Give the payload of a stored JWS in which nothing is sealed; None where something may be.

    Raises:
        Refusal: the stored bytes do not hold.
    """
    payload = _payload_of(body, kind)
    return None if _is_marked(payload) else payload


def _is_marked(payload: bytes) -> bool:
    # One byte is found, or not, ten times as fast as two, and most payloads escape nothing.
    return _MARK in payload or (_ESCAPE[:1] in payload and _ESCAPE in payload)


def _payload_of(body: bytes, kind: EntryKind) -> bytes:
    """Give the payload of a stored JWS as cheaply as it can be had: a trace asks it of every event that it shows."""
    try:
        _, encoded, _ = body.split(b".")
        return a2b_base64(encoded.translate(_STANDARD) + b"=" * (-len(encoded) % 4))
    except ValueError:
        return parse_jws(body, typ=TYPS[kind]).payload  # which says what is wrong with it


def opened_objects(kind: EntryKind, body: bytes, disclosures: bytes | None) -> tuple[End, ...]:
    """Give the objects of a stored event with the amounts that its disclosures open.

    Raises:
        Refusal: the stored bytes do not hold.
    """
    value = known_amounts(open_record(kind, body, disclosures))
    event = read_event(value, strictness=Strictness.LENIENT).event
    return tuple(end for end in ends_of(event) if end.role in OBJECT_ROLES)
