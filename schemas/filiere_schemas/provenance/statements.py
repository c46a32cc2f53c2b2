"""What the platform says and signs, and how a reader checks it.

Each statement has a `typ` of its own, so that none can pass for another or for a member's event, and the platform
never signs in a member's name: it says what it received, from whom, and signs with its own key.

| typ | signed by | says |
|---|---|---|
| filiere-receipt+jws | receipts' key | these records are stored at these indexes |
| filiere-refusal+jws | receipts' key | these bytes were refused, for these reasons |
| epcis-receipt+jws | receipts' key | this event came from a client of this member, without a signature |
| filiere-enrolment+jws | the new key | I belong to this member, who holds this token |
| filiere-key+jws | registrar's key | this key signs for this member from this entry on (changes: `key_statements`) |

Instants are integer microseconds since 1970 in, and RFC 3339 text in UTC with six digits in the payload.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from filiere_schemas.problems import Problem
from filiere_schemas.provenance import fields, sentences
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import EVENT_CTY, IssuerMismatch, WrongAudience
from filiere_schemas.provenance.fields import InvalidStatement
from filiere_schemas.provenance.jws import InvalidJws, Jws, parse_jws, sign_jws, text_problems, verify_jws
from filiere_schemas.provenance.keys import InvalidKey, PrivateKey, PublicKey
from filiere_schemas.provenance.strict_json import InvalidJson, strict_loads

RECEIPT_TYP: Final = "filiere-receipt+jws"
REFUSAL_TYP: Final = "filiere-refusal+jws"
ATTESTATION_TYP: Final = "epcis-receipt+jws"
ENROLMENT_TYP: Final = "filiere-enrolment+jws"
KEY_TYP: Final = "filiere-key+jws"

REGISTER: Final = "register"

_SECOND: Final = 1_000_000  # microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """A verified statement: its JWS and its payload as parsed."""

    jws: Jws
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceiptRecord:
    """One line of a receipt; `stored_at` is in microseconds since 1970."""

    index: int
    sha256: bytes
    kind: EntryKind
    stored_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPlace:
    """The place in its key's chain of a record that was refused: the refusal closes the chain there."""

    kid: str
    seq: int
    prev: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedRefusal:
    """A refusal as its reader sees it; problems are (code, pointer)."""

    sha256: bytes
    place: RefusedPlace
    problems: tuple[tuple[str, str], ...]
    refused_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attestation:
    """An event that came unsigned, as the platform attests it; `subject` is the member whose credential sent it."""

    subject: str
    payload: bytes
    received_at: int  # microseconds; whole seconds
    sha256: bytes  # of the compact JWS: what the log holds


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentProof:
    """A key's verified proof of possession."""

    public: PublicKey
    issuer: str
    token_sha256: bytes
    compact: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRegistration:
    """A key as registered for a member, with the key's own proof, verified."""

    public: PublicKey
    issuer: str
    proof: EnrolmentProof
    registered_at: int


def sign_statement(
    payload: Mapping[str, Any],
    *,
    key: PrivateKey,
    typ: str,
    issuer: str,
    issued_at: int | None = None,
    audience: str | None = None,
) -> bytes:
    """Sign a payload as a statement; without `issued_at`, the same payload gives the same bytes for ever.

    Raises:
        InvalidJws: a reader would refuse the result.
        NotCanonical: the payload is not JSON.
    """
    header = _header(typ, issuer, issued_at=issued_at, audience=audience)
    return sign_jws(canonicalize(dict(payload)), header=header, key=key)


def verify_statement(
    compact: bytes, key: PublicKey, *, typ: str, issuer: str, audience: str | None = None
) -> Statement:
    """Verify a statement and read its payload.

    1. The form and the `typ`. 2. Algorithm, `kid` and signature. 3. Issuer. 4. Audience, if one is expected.
    5. The payload is a JSON object with a single reading.

    Raises:
        InvalidJws: step 1.
        AlgorithmNotPinned: step 2.
        WrongKey: step 2.
        BadSignature: step 2.
        IssuerMismatch: step 3.
        WrongAudience: step 4.
        InvalidStatement: step 5.
    """
    jws = _verified(compact, key, typ=typ, issuer=issuer, audience=audience)
    return Statement(jws=jws, payload=payload_of(jws))


def sign_receipt(records: Iterable[ReceiptRecord], *, key: PrivateKey, origin: str) -> bytes:
    """Sign that records are stored; the same records, in any order or twice, give the same bytes."""
    lines = [
        {"index": r.index, "kind": r.kind.value, "sha256": r.sha256.hex(), "stored": fields.instant_text(r.stored_at)}
        for r in sorted(set(records), key=lambda record: record.index)
    ]
    return sign_statement({"log": origin, "records": lines}, key=key, typ=RECEIPT_TYP, issuer=origin)


def read_receipt(compact: bytes, key: PublicKey, *, origin: str) -> tuple[ReceiptRecord, ...]:
    """Verify a receipt of a log and read its records, by ascending index.

    Raises:
        InvalidStatement: the payload is not a receipt of this log.
        Refusal: as `verify_statement`.
    """
    payload = verify_statement(compact, key, typ=RECEIPT_TYP, issuer=origin).payload
    fields.one_of(payload, "log", origin)
    return fields.each(payload, "records", _receipt_record)


def sign_refusal(
    *,
    sha256: bytes,
    place: RefusedPlace,
    problems: Sequence[tuple[str, str]],
    key: PrivateKey,
    origin: str,
    refused_at: int,
) -> bytes:
    """Sign that the bytes of a digest were refused; reasons are codes and pointers, never values of the sender.

    Raises:
        InvalidJws: a reader would refuse the result.
    """
    payload = {
        "kid": place.kid,
        "log": origin,
        "prev": place.prev.hex(),
        "problems": [{"code": code, "pointer": pointer} for code, pointer in problems],
        "refused": fields.instant_text(refused_at),
        "seq": place.seq,
        "sha256": sha256.hex(),
    }
    return sign_statement(payload, key=key, typ=REFUSAL_TYP, issuer=origin)


def read_refusal(compact: bytes, key: PublicKey, *, origin: str) -> SignedRefusal:
    """Verify a refusal and read it.

    Raises:
        InvalidStatement: the payload is not a refusal by this log.
        Refusal: as `verify_statement`.
    """
    payload = verify_statement(compact, key, typ=REFUSAL_TYP, issuer=origin).payload
    fields.one_of(payload, "log", origin)
    return SignedRefusal(
        sha256=fields.digest(payload, "sha256"),
        place=RefusedPlace(
            kid=fields.text(payload, "kid"), seq=fields.whole(payload, "seq"), prev=fields.digest(payload, "prev")
        ),
        problems=fields.each(
            payload, "problems", lambda line: (fields.text(line, "code"), fields.text(line, "pointer"))
        ),
        refused_at=fields.instant(payload, "refused"),
    )


def attest_event(
    payload: bytes, *, key: PrivateKey, issuer: str, subject: str, received_at: int, audience: str
) -> bytes:
    """Sign that an event came unsigned from a client of `subject`; the payload is the event, byte for byte.

    Raises:
        InvalidJws: a reader would refuse the result, for example because the event is too large.
    """
    header = _header(ATTESTATION_TYP, issuer, issued_at=received_at, audience=audience)
    return sign_jws(payload, header={**header, "cty": EVENT_CTY, "sub": subject}, key=key)


def read_attestation(compact: bytes, key: PublicKey, *, issuer: str, audience: str) -> Attestation:
    """Verify an attestation and read it; the event itself is for `strict_loads` and the event model.

    Raises:
        InvalidJws: it names no subject or no time.
        Refusal: as `verify_statement`, steps 1 to 4.
    """
    jws = _verified(compact, key, typ=ATTESTATION_TYP, issuer=issuer, audience=audience)
    problems = list(text_problems(jws.header, "sub"))
    if problems:
        raise InvalidJws(problems)
    received_at = fields.whole(jws.header, "iat") * _SECOND
    return Attestation(subject=jws.header["sub"], payload=jws.payload, received_at=received_at, sha256=jws.sha256)


def sign_enrolment_proof(*, key: PrivateKey, issuer: str, token_sha256: bytes, origin: str) -> bytes:
    """Prove that one holds a key and a token: the new key signs the member's URI, the token's digest and itself.

    The token itself is not in the proof, which becomes public with the key's entry in the log.
    """
    payload = {"jwk": key.public.jwk, "token": token_sha256.hex()}
    return sign_statement(payload, key=key, typ=ENROLMENT_TYP, issuer=issuer, audience=origin)


def read_enrolment_proof(compact: bytes, *, issuer: str, token_sha256: bytes, origin: str) -> EnrolmentProof:
    """Verify a key's proof of possession against the token that was handed out.

    The key is in the payload, not in the header: a proof of possession is the one statement that brings its own
    key, and it proves nothing else than that its signer holds it.

    Raises:
        InvalidKey: the payload's key is unusable.
        InvalidStatement: the payload is not a proof, or is one for another token.
        Refusal: as `verify_statement`.
    """
    proof = read_proof_of_possession(compact, issuer=issuer, origin=origin)
    if proof.token_sha256 != token_sha256:
        raise InvalidStatement([Problem(sentence=sentences.WRONG_TOKEN, pointer="/token")])
    return proof


def read_proof_of_possession(compact: bytes, *, issuer: str, origin: str) -> EnrolmentProof:
    """Verify that a key proved possession for a member and a log; which token it names is for who handed it out.

    Raises:
        InvalidKey: the payload's key is unusable.
        InvalidStatement: the payload is not a proof.
        Refusal: as `verify_statement`.
    """
    public = key_of(payload_of(parse_jws(compact, typ=ENROLMENT_TYP)))
    statement = verify_statement(compact, public, typ=ENROLMENT_TYP, issuer=issuer, audience=origin)
    return EnrolmentProof(
        public=public, issuer=issuer, token_sha256=fields.digest(statement.payload, "token"), compact=compact
    )


def sign_key_registration(
    *, public: PublicKey, issuer: str, proof: bytes, key: PrivateKey, origin: str, registered_at: int
) -> bytes:
    """Sign, as the registrar, that a key signs for a member; the key's own proof goes with it."""
    payload = {
        "iss": issuer,
        "jwk": public.jwk,
        "kid": public.thumbprint,
        "log": origin,
        "op": REGISTER,
        "proof": proof.decode("ascii"),
        "registered": fields.instant_text(registered_at),
    }
    return sign_statement(payload, key=key, typ=KEY_TYP, issuer=origin)


def read_key_registration(compact: bytes, registrar: PublicKey, *, origin: str) -> KeyRegistration:
    """Verify a key's registration: the registrar's signature, and the key's own proof.

    Which token the proof names is the registrar's word: only it knows the tokens that it handed out.

    Raises:
        InvalidKey: the payload's key is unusable.
        InvalidStatement: the payload is not a registration in this log, or its proof is another key's.
        Refusal: as `verify_statement`, for the registration or for the proof.
    """
    payload = verify_statement(compact, registrar, typ=KEY_TYP, issuer=origin).payload
    fields.one_of(payload, "log", origin)
    fields.one_of(payload, "op", REGISTER)
    public = key_of(payload)
    fields.one_of(payload, "kid", public.thumbprint)
    issuer = fields.text(payload, "iss")
    proof = read_proof_of_possession(fields.text(payload, "proof").encode(), issuer=issuer, origin=origin)
    if proof.public != public:
        values = {"expected": public.thumbprint, "found": proof.public.thumbprint}
        raise fields.invalid(sentences.STATEMENT_VALUE, "/proof", **values)
    return KeyRegistration(
        public=public, issuer=issuer, proof=proof, registered_at=fields.instant(payload, "registered")
    )


def _receipt_record(line: Mapping[str, Any]) -> ReceiptRecord:
    return ReceiptRecord(
        index=fields.whole(line, "index"),
        sha256=fields.digest(line, "sha256"),
        kind=EntryKind(fields.one_of(line, "kind", *EntryKind)),
        stored_at=fields.instant(line, "stored"),
    )


def _header(typ: str, issuer: str, *, issued_at: int | None, audience: str | None) -> dict[str, Any]:
    header: dict[str, Any] = {"iss": issuer, "typ": typ}
    if issued_at is not None:
        header["iat"] = issued_at // _SECOND
    if audience is not None:
        header["aud"] = audience
    return header


def _verified(compact: bytes, key: PublicKey, *, typ: str, issuer: str, audience: str | None) -> Jws:
    jws = parse_jws(compact, typ=typ)
    verify_jws(jws, key)
    if jws.header.get("iss") != issuer:
        values = {"expected": issuer, "found": jws.header.get("iss")}
        raise IssuerMismatch([Problem(sentence=sentences.ISSUER_MISMATCH, pointer="/protected/iss", values=values)])
    if audience is not None and jws.header.get("aud") != audience:
        values = {"expected": audience, "found": jws.header.get("aud")}
        raise WrongAudience([Problem(sentence=sentences.WRONG_AUDIENCE, pointer="/protected/aud", values=values)])
    return jws


def key_of(payload: Mapping[str, Any]) -> PublicKey:
    """Read the key that a payload brings in `jwk`.

    Raises:
        InvalidKey: it is unusable.
        InvalidStatement: it is none.
    """
    jwk = payload.get("jwk")
    if type(jwk) is not dict:
        raise fields.invalid(sentences.STATEMENT_OBJECT, "/jwk", found=jwk)
    try:
        return PublicKey.from_jwk(jwk)
    except InvalidKey as error:
        raise InvalidKey([problem.within("/jwk") for problem in error.problems]) from error


def payload_of(jws: Jws) -> dict[str, Any]:
    """Read a payload as a JSON object with a single reading; whether its signature holds is another question.

    Raises:
        InvalidStatement: it is none.
    """
    try:
        payload = strict_loads(jws.payload)
    except InvalidJson as error:
        raise InvalidStatement(error.problems) from error
    if type(payload) is not dict:
        raise fields.invalid(sentences.STATEMENT_OBJECT, "", found=payload)
    return payload
