"""What the platform signs of a recall: its scope, each notice, its end.

The log holds the digest of the statement alone. A scope is shown to its issuer and names nothing but the digest of what
was frozen; a notice is shown to the member that it warns, and to nobody else.

| typ | signed by | says |
|---|---|---|
| filiere-recall+jws | receipts' key | which scope was frozen, which lots are concerned, that a recall has ended |
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from filiere_schemas.provenance import fields, sentences
from filiere_schemas.provenance.jws import MAX_HEADER_TEXT
from filiere_schemas.provenance.keys import PublicKey, SigningKey
from filiere_schemas.provenance.statements import sign_statement, verify_statement

RECALL_TYP: Final = "filiere-recall+jws"
MOST_LOTS: Final = 500  # named in one notice
LONGEST_LOT: Final = 1_000  # characters
LONGEST_REASON: Final = 2_000  # characters


class RecallStep(StrEnum):
    """What a statement of a recall says."""

    SCOPE = "scope"  # frozen in a version
    NOTICE = "notice"  # to one member
    CLOSE = "close"


@dataclass(frozen=True, slots=True, kw_only=True)
class RecallStatement:
    """One statement of a recall; `at` is in microseconds since 1970, `index` its own place in the log.

    `subject` is the recall of a scope and of an end, and the notice of a notice: what is forwarded names no recall.
    """

    index: int
    at: int
    step: RecallStep
    subject: str
    version: int
    is_drill: bool
    sha256: str  # of the document that was frozen, or of the notice
    reason: str = ""
    issuer: str | None = None  # the member's URI; None: not told
    lots: tuple[str, ...] = ()


def sign_recall(said: RecallStatement, *, key: SigningKey, origin: str) -> bytes:
    """Sign a statement of a recall, with the receipts' key.

    Raises:
        InvalidStatement: a reader would refuse it.
    """
    payload: dict[str, Any] = {
        "at": fields.instant_text(said.at),
        "drill": said.is_drill,
        "index": said.index,
        "log": origin,
        "lots": list(said.lots),
        "reason": said.reason,
        "sha256": said.sha256,
        "step": said.step.value,
        "subject": said.subject,
        "version": said.version,
    }
    if said.issuer is not None:
        payload["issuer"] = said.issuer
    _statement(payload, origin)
    return sign_statement(payload, key=key, typ=RECALL_TYP, issuer=origin)


def read_recall(compact: bytes, receipt_key: PublicKey, *, origin: str) -> RecallStatement:
    """Verify a statement of a recall in a log and read it.

    Raises:
        InvalidStatement: the payload is not one of this log.
        Refusal: as `verify_statement`.
    """
    return _statement(verify_statement(compact, receipt_key, typ=RECALL_TYP, issuer=origin).payload, origin)


def _statement(payload: Mapping[str, Any], origin: str) -> RecallStatement:
    fields.one_of(payload, "log", origin)
    drill, lots, reason = payload.get("drill"), payload.get("lots"), payload.get("reason")
    if type(drill) is not bool:
        raise fields.invalid(sentences.STATEMENT_VALUE, "/drill", expected="true | false", found=drill)
    if type(lots) is not list or len(lots) > MOST_LOTS:
        raise fields.invalid(sentences.STATEMENT_OBJECT, "/lots", found=lots)
    if reason != "":
        reason = fields.text(payload, "reason", longest=LONGEST_REASON)
    return RecallStatement(
        index=fields.whole(payload, "index"),
        at=fields.instant(payload, "at"),
        step=RecallStep(fields.one_of(payload, "step", *RecallStep)),
        subject=fields.text(payload, "subject", longest=100),
        version=fields.whole(payload, "version"),
        is_drill=drill,
        sha256=fields.digest(payload, "sha256").hex(),
        reason=reason,
        issuer=fields.text(payload, "issuer", longest=MAX_HEADER_TEXT) if "issuer" in payload else None,
        lots=tuple(fields.text({"lot": lot}, "lot", longest=LONGEST_LOT) for lot in lots),
    )
