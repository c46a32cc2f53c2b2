"""The places in a key's chain that a stored record takes: its own, and what it closes."""

from __future__ import annotations

from filiere_platform.domain.record import KINDS_BY_CODE, RecordRow
from filiere_schemas.provenance import base64url, fields, sentences
from filiere_schemas.provenance.chain import ChainLink
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import VOID_TYP, parse_envelope
from filiere_schemas.provenance.erasure import ERASURE_TYP
from filiere_schemas.provenance.jws import parse_jws
from filiere_schemas.provenance.statements import REFUSAL_TYP
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.provenance.void import read_void

CHAIN_KINDS = (EntryKind.EVENT, EntryKind.REFUSED, EntryKind.VOID)


def links_of(record: RecordRow) -> tuple[ChainLink, ...]:
    """Give the places that a record takes; none where its bytes are gone: then `erased_link` knows its place.

    An event takes its own, a refusal that of what it refused, a void its own and that of what was discarded. The
    bytes were verified when they were admitted, and are verified again by `filiere fsck --deep`.

    Raises:
        Refusal: the bytes are not those of a record of its kind.
    """
    body, kind = record.body, KINDS_BY_CODE.get(record.kind)
    if body is None or kind not in CHAIN_KINDS:
        return ()
    if kind is EntryKind.REFUSED:
        return (_refused(body, record.log_index),)
    if kind is EntryKind.EVENT:
        # Its header says it all: what the log commits to is the record's own digest, and nobody here reads the event.
        return (_own_link(body.partition(b".")[0], record),)
    envelope = parse_envelope(body, typ=VOID_TYP)
    header = envelope.header
    own = ChainLink(
        kid=header.kid,
        seq=header.seq,
        prev=header.prev,
        sha256=envelope.sha256,
        index=record.log_index,
        kind=kind,
    )
    void = read_void(envelope)
    closed = ChainLink(
        kid=header.kid, seq=void.seq, prev=void.prev, sha256=void.sha256, index=record.log_index, kind=kind
    )
    return (closed, own)


def erased_link(record: RecordRow, erasure: RecordRow) -> ChainLink:
    """Give the place of an event whose payload was erased: the erasure keeps its protected header.

    Raises:
        Refusal: the erasure's bytes are not those of an erasure of a payload.
    """
    payload = strict_loads(parse_jws(erasure.body or b"", typ=ERASURE_TYP).payload)
    protected = fields.text(payload, "protected").encode("ascii", "replace")
    return _own_link(protected, record)


def _own_link(protected: bytes, record: RecordRow) -> ChainLink:
    """Read an event's place in its protected header, in base64url."""
    try:
        header = strict_loads(base64url.decode(protected))
        prev = base64url.decode(header["prev"].encode("ascii"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise fields.invalid(sentences.STATEMENT_TEXT, "/protected", limit=fields.LONGEST_TEXT, found="") from error
    return ChainLink(
        kid=fields.text(header, "kid"),
        seq=fields.whole(header, "seq"),
        prev=prev,
        sha256=record.sha256,
        index=record.log_index,
        kind=EntryKind.EVENT,
    )


def _refused(body: bytes, log_index: int) -> ChainLink:
    payload = strict_loads(parse_jws(body, typ=REFUSAL_TYP).payload)
    return ChainLink(
        kid=fields.text(payload, "kid"),
        seq=fields.whole(payload, "seq"),
        prev=fields.digest(payload, "prev"),
        sha256=fields.digest(payload, "sha256"),
        index=log_index,
        kind=EntryKind.REFUSED,
    )
