"""An act: what the platform signs when somebody administers it, about whom, and when.

The log holds the digest of the statement alone; the statement is shown to the member whom it concerns and to the sector
body. It names organisations by their URI and people by an opaque id, never by a name: what is in the log stays.

| typ | signed by | says |
|---|---|---|
| filiere-audit+jws | receipts' key | who did what, for which member, about which member or object, when |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from filiere_schemas.provenance import fields, sentences
from filiere_schemas.provenance.jws import MAX_HEADER_TEXT, parse_jws
from filiere_schemas.provenance.keys import PublicKey, SigningKey
from filiere_schemas.provenance.statements import sign_statement, verify_statement
from filiere_schemas.provenance.strict_json import strict_loads

AUDIT_TYP: Final = "filiere-audit+jws"
LONGEST_OBJECT: Final = 1_000  # characters: an identifier, a token's prefix, the id of a mandate
LONGEST_DETAIL: Final = 1_000  # characters
MOST_DETAILS: Final = 20

_VERB: Final = re.compile(r"[a-z]+(-[a-z]+)*(\.[a-z]+(-[a-z]+)*){1,2}")  # noun.verb, as permissions are named
_ACTOR: Final = re.compile(r"[a-z]{1,20}(:[A-Za-z0-9_.-]{1,100})?")  # no blank, no @: there is no room for a name
_DETAIL: Final = re.compile(r"[a-z][A-Za-z0-9]{0,39}")


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditAct:
    """What somebody did; `at` is in microseconds since 1970, `index` the act's own place in the log."""

    index: int
    at: int
    act: str  # noun.verb
    actor: str  # `kind:id`, such as `person:6f1c...`, `token:0a1b2c3d4e5f`, `console`
    on_behalf_of: str | None = None  # URI of the member for which the actor acted; None: for nobody, at the console
    member: str | None = None  # URI of the member concerned
    object: str | None = None
    details: Mapping[str, str] = field(default_factory=dict)


def sign_act(act: AuditAct, *, key: SigningKey, origin: str) -> bytes:
    """Sign an act, with the receipts' key; the same act gives the same bytes.

    Raises:
        InvalidStatement: a reader would refuse it.
    """
    payload: dict[str, Any] = {
        "act": act.act,
        "actor": act.actor,
        "at": fields.instant_text(act.at),
        "details": dict(act.details),
        "index": act.index,
        "log": origin,
    }
    optional = {"for": act.on_behalf_of, "member": act.member, "object": act.object}
    payload |= {name: value for name, value in optional.items() if value is not None}
    _act(payload, origin)
    return sign_statement(payload, key=key, typ=AUDIT_TYP, issuer=origin)


def read_act(compact: bytes, receipt_key: PublicKey, *, origin: str) -> AuditAct:
    """Verify an act in a log and read it.

    That the log's leaf at `index` has this digest is for the caller to check.

    Raises:
        InvalidStatement: the payload is not an act in this log.
        Refusal: as `verify_statement`.
    """
    return _act(verify_statement(compact, receipt_key, typ=AUDIT_TYP, issuer=origin).payload, origin)


def parse_act(compact: bytes, *, origin: str) -> AuditAct:
    """Read an act without verifying who signed it: for the log's own keeper, who wrote it.

    Raises:
        InvalidStatement: the payload is not an act in this log.
        InvalidJws: it is no statement of this type.
    """
    payload = strict_loads(parse_jws(compact, typ=AUDIT_TYP).payload)
    return _act(payload if type(payload) is dict else {}, origin)


def _act(payload: Mapping[str, Any], origin: str) -> AuditAct:
    fields.one_of(payload, "log", origin)
    return AuditAct(
        index=fields.whole(payload, "index"),
        at=fields.instant(payload, "at"),
        act=_formed(payload, "act", _VERB, longest=64),
        actor=_formed(payload, "actor", _ACTOR, longest=121),
        on_behalf_of=_optional(payload, "for", longest=MAX_HEADER_TEXT),
        member=_optional(payload, "member", longest=MAX_HEADER_TEXT),
        object=_optional(payload, "object", longest=LONGEST_OBJECT),
        details=_details(payload),
    )


def _formed(payload: Mapping[str, Any], name: str, form: re.Pattern[str], *, longest: int) -> str:
    found = fields.text(payload, name, longest=longest)
    if not form.fullmatch(found):
        raise fields.invalid(sentences.STATEMENT_VALUE, f"/{name}", expected=form.pattern, found=found)
    return found


def _optional(payload: Mapping[str, Any], name: str, *, longest: int) -> str | None:
    return fields.text(payload, name, longest=longest) if name in payload else None


def _details(payload: Mapping[str, Any]) -> Mapping[str, str]:
    value = payload.get("details")
    if type(value) is not dict or len(value) > MOST_DETAILS:
        raise fields.invalid(sentences.STATEMENT_OBJECT, "/details", found=value)
    for name in value:
        if not _DETAIL.fullmatch(name):
            raise fields.invalid(sentences.STATEMENT_VALUE, "/details", expected=_DETAIL.pattern, found=name)
    try:
        return {name: fields.text(value, name, longest=LONGEST_DETAIL) for name in sorted(value)}
    except fields.InvalidStatement as error:
        raise fields.InvalidStatement([problem.within("/details") for problem in error.problems]) from error
