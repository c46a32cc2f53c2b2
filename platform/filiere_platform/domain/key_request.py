"""What the registrar is asked to sign, carried to its key on another machine and back, as two files.

    requests     what members ask for: a key to enrol with its own proof, a key to revoke     (filiere key pending)
    statements   what the registrar signed of it                                              (filiere key sign)

Whoever carries the files can leave something out and can change nothing: a proof is signed by the key that it is of,
a statement by the registrar. What is asked is verified again where it is signed, and where it is admitted.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from filiere_platform.domain import key_sentences as sentences
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import fields
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.key_statements import REVOKE, RevocationReason, sign_key_revocation
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.statements import REGISTER, read_proof_of_possession, sign_key_registration
from filiere_schemas.provenance.strict_json import strict_loads

REQUESTS_FORMAT: Final = "filiere-key-requests-1"
STATEMENTS_FORMAT: Final = "filiere-key-statements-1"
LONGEST_LABEL: Final = 100  # characters


class InvalidKeyFile(Refusal):
    """A file of requests or statements that cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRequest:
    """One change that waits for the registrar's signature."""

    operation: str  # register, revoke
    kid: str
    issuer: str
    body: bytes  # of a registration: the key's proof; of a revocation: canonical JSON of its reason and suspicion
    asked_at: int
    label: str = ""


def revocation_request(
    *, kid: str, issuer: str, reason: RevocationReason, suspect_from: int | None, asked_at: int
) -> KeyRequest:
    """Ask for a key to be revoked."""
    body: dict[str, Any] = {"reason": reason.value}
    if suspect_from is not None:
        body["suspectFrom"] = suspect_from
    return KeyRequest(operation=REVOKE, kid=kid, issuer=issuer, body=canonicalize(body), asked_at=asked_at)


def write_requests(requests: Iterable[KeyRequest], *, origin: str) -> bytes:
    """Write what waits as a file for the registrar's machine; labels stay here."""
    lines = [
        {
            "asked": fields.instant_text(each.asked_at),
            "body": each.body.decode("ascii"),
            "iss": each.issuer,
            "kid": each.kid,
            "op": each.operation,
        }
        for each in requests
    ]
    return canonicalize({"format": REQUESTS_FORMAT, "log": origin, "requests": lines}) + b"\n"


def read_requests(raw: bytes) -> tuple[str, tuple[KeyRequest, ...]]:
    """Read a file of requests: the log's name, and what is asked.

    Raises:
        InvalidKeyFile: it is none.
        Refusal: as `fields`.
    """
    found = _document(raw, REQUESTS_FORMAT)
    return fields.text(found, "log"), fields.each(found, "requests", _request)


def sign_request(request: KeyRequest, *, key: SigningKey, origin: str, now: int) -> bytes:
    """Sign what is asked, as the registrar, after it has been verified again.

    Raises:
        Refusal: the proof is not that key's, for that member and this log.
    """
    if request.operation == REGISTER:
        proof = read_proof_of_possession(request.body, issuer=request.issuer, origin=origin)
        return sign_key_registration(
            public=proof.public, issuer=request.issuer, proof=request.body, key=key, origin=origin, registered_at=now
        )
    reason, suspect_from = read_revocation(request)
    return sign_key_revocation(
        kid=request.kid,
        issuer=request.issuer,
        reason=reason,
        suspect_from=suspect_from,
        key=key,
        origin=origin,
        revoked_at=now,
    )


def read_revocation(request: KeyRequest) -> tuple[RevocationReason, int | None]:
    """Read why a key is to be revoked, and since which index it is suspect.

    Raises:
        Refusal: the request says neither.
    """
    found = strict_loads(request.body)
    body: Mapping[str, Any] = found if isinstance(found, dict) else {}
    reason = RevocationReason(fields.one_of(body, "reason", *RevocationReason))
    return reason, fields.whole(body, "suspectFrom") if "suspectFrom" in body else None


def write_statements(statements: Iterable[bytes], *, origin: str) -> bytes:
    """Write what was signed as a file for the instance."""
    lines = [{"statement": each.decode("ascii")} for each in statements]
    return canonicalize({"format": STATEMENTS_FORMAT, "log": origin, "statements": lines}) + b"\n"


def read_statements(raw: bytes, *, origin: str) -> tuple[bytes, ...]:
    """Read a file of signed statements for a log.

    Raises:
        InvalidKeyFile: it is none.
        Refusal: as `fields`; it is another log's.
    """
    found = _document(raw, STATEMENTS_FORMAT)
    fields.one_of(found, "log", origin)
    return fields.each(found, "statements", lambda line: fields.text(line, "statement").encode())


def _document(raw: bytes, form: str) -> dict[str, Any]:
    found = strict_loads(raw)
    if not isinstance(found, dict) or found.get("format") != form:
        shown = found.get("format") if isinstance(found, dict) else type(found).__name__
        raise InvalidKeyFile([Problem(sentence=sentences.KEY_FILE_FORM, values={"expected": form, "found": shown})])
    return found


def _request(line: Mapping[str, Any]) -> KeyRequest:
    return KeyRequest(
        operation=fields.one_of(line, "op", REGISTER, REVOKE),
        kid=fields.text(line, "kid"),
        issuer=fields.text(line, "iss"),
        body=fields.text(line, "body").encode(),
        asked_at=fields.instant(line, "asked"),
    )
