"""What the platform signs of a case: each step that a notice, a certificate or an order takes between two members.

The log holds the digest of the statement alone. A statement is shown to the two members of the case, and to its sender
alone while it is a draft. What was said with the step is not in it: `sha256` is of the step's document, which names the
digest of the step before.

| typ | signed by | says |
|---|---|---|
| filiere-case+jws | receipts' key | which step of which case was taken, by which side, to which state |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.provenance import fields
from filiere_schemas.provenance.jws import MAX_HEADER_TEXT
from filiere_schemas.provenance.keys import PublicKey, SigningKey
from filiere_schemas.provenance.statements import sign_statement, verify_statement

CASE_TYP: Final = "filiere-case+jws"
_SIDES: Final = ("sender", "receiver")
_LONGEST_NAME: Final = 100  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStatement:
    """One step of a case; `at` is in microseconds since 1970, `index` its own place in the log."""

    index: int
    at: int
    case: str
    machine: str
    number: int  # of the step, from 1
    state: str  # that it leads to
    side: str  # sender, receiver: whose step it was
    sender: str  # members' URIs
    receiver: str
    sha256: str  # of the step's document


def sign_case(said: CaseStatement, *, key: SigningKey, origin: str) -> bytes:
    """Sign a step of a case, with the receipts' key.

    Raises:
        InvalidStatement: a reader would refuse it.
    """
    payload: dict[str, Any] = {
        "at": fields.instant_text(said.at),
        "case": said.case,
        "index": said.index,
        "log": origin,
        "machine": said.machine,
        "number": said.number,
        "receiver": said.receiver,
        "sender": said.sender,
        "sha256": said.sha256,
        "side": said.side,
        "state": said.state,
    }
    _statement(payload, origin)
    return sign_statement(payload, key=key, typ=CASE_TYP, issuer=origin)


def read_case(compact: bytes, receipt_key: PublicKey, *, origin: str) -> CaseStatement:
    """Verify a step of a case in a log and read it.

    Raises:
        InvalidStatement: the payload is not one of this log.
        Refusal: as `verify_statement`.
    """
    return _statement(verify_statement(compact, receipt_key, typ=CASE_TYP, issuer=origin).payload, origin)


def _statement(payload: Mapping[str, Any], origin: str) -> CaseStatement:
    fields.one_of(payload, "log", origin)
    return CaseStatement(
        index=fields.whole(payload, "index"),
        at=fields.instant(payload, "at"),
        case=fields.text(payload, "case", longest=_LONGEST_NAME),
        machine=fields.text(payload, "machine", longest=_LONGEST_NAME),
        number=fields.whole(payload, "number"),
        state=fields.text(payload, "state", longest=_LONGEST_NAME),
        side=fields.one_of(payload, "side", *_SIDES),
        sender=fields.text(payload, "sender", longest=MAX_HEADER_TEXT),
        receiver=fields.text(payload, "receiver", longest=MAX_HEADER_TEXT),
        sha256=fields.digest(payload, "sha256").hex(),
    )
