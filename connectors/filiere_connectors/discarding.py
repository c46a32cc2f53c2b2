"""Discard what was signed and is not in the log: a void takes the next place of the chain, so that the chain closes.

The void is signed in the transaction that sets the record aside: a crash leaves both or neither.
"""

from __future__ import annotations

from datetime import datetime

from filiere_connectors.delivery import microseconds
from filiere_connectors.spool import Spool
from filiere_connectors.spool_records import Spooled
from filiere_connectors.spooling import Signer
from filiere_schemas.epcis.identity import identity_of
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import digest_of, parse_envelope
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.provenance.void import LONGEST_REASON, Void, sign_void


def discard_row(spool: Spool, signer: Signer, number: int, reason: str, *, now: datetime) -> bool:
    """Discard a row in quarantine; False if there is no such number.

    Where its record was signed and left no entry in the log (too large for the instance, say), a void follows. A
    refusal that is in the log has closed the chain already.
    """
    with spool.transaction():
        found = spool.discard(number, reason)
        if found is not None and found.seq is not None:
            _void(spool, signer, found.seq, reason, now=now)
    return found is not None


def discard_record(spool: Spool, signer: Signer, seq: int, reason: str, *, now: datetime) -> bool:
    """Discard a record that waits to be sent; False if none does at this place.

    It may have been sent without an answer, and be stored: the instance then refuses the void, and the record is sent
    again for its receipt.
    """
    with spool.transaction():
        return _void(spool, signer, seq, reason, now=now)


def _void(spool: Spool, signer: Signer, seq: int, reason: str, *, now: datetime) -> bool:
    record = spool.discard_record(seq)
    if record is None:
        return False
    envelope = parse_envelope(record.envelope)
    last, place, prev = spool.tail()
    if record.seq <= last - place:  # of a key that was replaced since: the chain of another cannot close its place
        return True
    signed = sign_void(
        Void(
            sha256=record.sha256,
            seq=envelope.header.seq,
            prev=envelope.header.prev,
            event=identity_of(strict_loads(envelope.payload), signer.member),
            reason=reason[:LONGEST_REASON],
        ),
        key=signer.key,
        issuer=signer.member,
        seq=place + 1,
        prev=prev,
        issued_at=now,
        audience=signer.origin,
    )
    void = Spooled(
        seq=last + 1,
        sha256=digest_of(signed),
        envelope=signed,
        event_id=record.event_id,
        origin=record.origin,
        kind=EntryKind.VOID.value,
    )
    spool.add(void, at=microseconds(now))
    return True
