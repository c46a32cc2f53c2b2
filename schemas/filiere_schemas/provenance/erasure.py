"""An erasure: what the platform signs when it removes a record's payload, or some disclosures, under a rule.

The record's leaf stays in the tree and the erasure is an entry of its own, so that whoever meets the record later
reads *erased on D under rule R*, and never finds it missing. What is kept of an erased payload is the protected header
of its envelope (key, `seq`, `prev`, issuer, time), so that the chain of its key still closes: `prev` of the next record
is the digest that the tree holds. The signature goes with the payload. A kept one would let somebody who guesses the
payload check the guess; without it the digest of the whole envelope confirms nothing to anybody but its signer.

| typ | signed by | says |
|---|---|---|
| filiere-erasure+jws | receipts' key | this payload, or these disclosures, went: rule, legal basis, author, instant |
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from filiere_schemas.provenance import base64url, fields, sentences
from filiere_schemas.provenance.entry import DIGEST_SIZE
from filiere_schemas.provenance.jws import MAX_HEADER_BYTES, MAX_HEADER_TEXT, parse_jws
from filiere_schemas.provenance.keys import PublicKey, SigningKey
from filiere_schemas.provenance.statements import sign_statement, verify_statement
from filiere_schemas.provenance.strict_json import InvalidJson, strict_loads

ERASURE_TYP: Final = "filiere-erasure+jws"
LONGEST_RULE: Final = 100  # characters: a name of a retention rule, or of a kind of request
LONGEST_BASIS: Final = 1_000  # characters: the law, or the decision, in words
MOST_DISCLOSURES: Final = 1_000

_DIGEST: Final = re.compile(rf"[0-9a-f]{{{2 * DIGEST_SIZE}}}")


class Erased(StrEnum):
    """What a record has lost."""

    PAYLOAD = "payload"  # payload, signature and every disclosure; the protected header stays
    DISCLOSURES = "disclosures"  # some sealed members; the signature still verifies


@dataclass(frozen=True, slots=True, kw_only=True)
class Erasure:
    """What was erased of a record, why, by whom and when; `erased_at` is in microseconds since 1970."""

    index: int  # of the erased record
    sha256: bytes  # of its compact JWS, as the log's leaf has it
    what: Erased
    rule: str
    basis: str
    author: str  # a URI
    erased_at: int
    protected: bytes | None = None  # the protected header as it was received, in base64url; of a payload alone
    disclosures: tuple[bytes, ...] = ()  # SHA-256 of those erased, ascending; none where the payload went

    @property
    def header(self) -> dict[str, Any]:
        """The protected header that is kept of an erased payload: empty where only disclosures were erased."""
        return {} if self.protected is None else _header(self.protected)


def sign_erasure(erasure: Erasure, *, key: SigningKey, origin: str) -> bytes:
    """Sign an erasure, with the receipts' key; the same erasure gives the same bytes.

    Raises:
        InvalidStatement: a reader would refuse it: a text is empty or too long, what is said to be erased is not what
            is listed, or a payload's protected header is none.
    """
    payload: dict[str, Any] = {
        "author": erasure.author,
        "basis": erasure.basis,
        "erased": fields.instant_text(erasure.erased_at),
        "index": erasure.index,
        "log": origin,
        "rule": erasure.rule,
        "sha256": erasure.sha256.hex(),
        "what": erasure.what.value,
    }
    if erasure.what is Erased.PAYLOAD:
        payload["protected"] = (erasure.protected or b"").decode("ascii", "replace")
    else:
        payload["disclosures"] = [digest.hex() for digest in erasure.disclosures]
    if _erasure(payload, origin) != erasure:
        raise fields.invalid(sentences.STATEMENT_VALUE, "/what", expected="payload, disclosures", found=erasure.what)
    return sign_statement(payload, key=key, typ=ERASURE_TYP, issuer=origin)


def read_erasure(compact: bytes, receipt_key: PublicKey, *, origin: str) -> Erasure:
    """Verify an erasure in a log and read it.

    That the log's leaf at `index` has this digest, and that the statement is itself an entry, is for the caller to
    check: a signature alone erases nothing.

    Raises:
        InvalidStatement: the payload is not an erasure in this log.
        Refusal: as `verify_statement`.
    """
    return _erasure(verify_statement(compact, receipt_key, typ=ERASURE_TYP, issuer=origin).payload, origin)


def parse_erasure(compact: bytes, *, origin: str) -> Erasure:
    """Read an erasure without verifying who signed it: for the log's own keeper, who verified it before it was stored.

    Raises:
        InvalidStatement: the payload is not an erasure in this log.
        InvalidJws: it is no statement of this type.
    """
    payload = strict_loads(parse_jws(compact, typ=ERASURE_TYP).payload)
    return _erasure(payload if type(payload) is dict else {}, origin)


def _erasure(payload: Mapping[str, Any], origin: str) -> Erasure:
    fields.one_of(payload, "log", origin)
    what = Erased(fields.one_of(payload, "what", *Erased))
    return Erasure(
        index=fields.whole(payload, "index"),
        sha256=fields.digest(payload, "sha256"),
        what=what,
        rule=_words(payload, "rule", longest=LONGEST_RULE),
        basis=_words(payload, "basis", longest=LONGEST_BASIS),
        author=_words(payload, "author", longest=MAX_HEADER_TEXT),
        erased_at=fields.instant(payload, "erased"),
        protected=_protected(payload) if what is Erased.PAYLOAD else None,
        disclosures=_digests(payload) if what is Erased.DISCLOSURES else (),
    )


def _words(payload: Mapping[str, Any], name: str, *, longest: int) -> str:
    found = fields.text(payload, name, longest=longest)
    if not found.strip():  # an erasure that gives no reason is what this statement exists to rule out
        raise fields.invalid(sentences.STATEMENT_TEXT, f"/{name}", limit=longest, found=found)
    return found


def _protected(payload: Mapping[str, Any]) -> bytes:
    found = fields.text(payload, "protected", longest=MAX_HEADER_BYTES)
    try:
        raw = found.encode("ascii")
        _header(raw)
    except (ValueError, InvalidJson) as error:  # no base64url, no JSON, or JSON that is no object
        raise fields.invalid(sentences.STATEMENT_OBJECT, "/protected", found=found) from error
    return raw


def _header(protected: bytes) -> dict[str, Any]:
    header = strict_loads(base64url.decode(protected))
    if type(header) is not dict:
        raise ValueError(f"expected a JSON object, found {type(header).__name__}")
    return header


def _digests(payload: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Read the digests of erased disclosures: at least one, ascending, none twice, so that one list has one text."""
    value = payload.get("disclosures")
    texts = value if type(value) is list and 0 < len(value) <= MOST_DISCLOSURES else [""]
    for place, text in enumerate(texts):
        if type(text) is not str or not _DIGEST.fullmatch(text):
            raise fields.invalid(sentences.STATEMENT_DIGEST, f"/disclosures/{place}", found=text)
        if place and text <= texts[place - 1]:
            values = {"expected": "ascending", "found": text}
            raise fields.invalid(sentences.STATEMENT_VALUE, f"/disclosures/{place}", **values)
    return tuple(bytes.fromhex(text) for text in texts)
