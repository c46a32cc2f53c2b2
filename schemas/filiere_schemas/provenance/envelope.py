"""The envelope of an event: one EPCIS event, signed at its source, with its place in its key's chain.

    <header>.<payload>.<signature>[~<disclosure>~<disclosure>~ ... ~]

The compact JWS before the first `~` is what the signature covers and whose SHA-256 the log holds. Disclosures
follow it and may be withheld one by one: the record keeps its digest and its signature.

Sources: RFC 7515 (JWS), RFC 9901, section 4 (form with disclosures), RFC 7519, section 4.1 (iss, iat, aud).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64url, sentences
from filiere_schemas.provenance.entry import DIGEST_SIZE
from filiere_schemas.provenance.jws import (
    InvalidJws,
    Jws,
    header_problem,
    parse_jws,
    sign_jws,
    text_problems,
    verify_jws,
)
from filiere_schemas.provenance.keys import PrivateKey, PublicKey
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER

EVENT_TYP: Final = "epcis-event+jws"
EVENT_CTY: Final = "application/ld+json"
VOID_TYP: Final = "filiere-void+jws"
# What stands in a key's chain, and the type of its payload.
CONTENT_TYPES: Final = {EVENT_TYP: EVENT_CTY, VOID_TYP: "application/json"}
CHAINED: Final = frozenset(CONTENT_TYPES)
FIRST_PREV: Final = bytes(DIGEST_SIZE)  # `prev` of a key's first envelope
LATEST_IAT: Final = 253_402_300_799  # the last second of year 9999, seconds since 1970
MAX_DISCLOSURES: Final = 256
MAX_DISCLOSURES_BYTES: Final = 1 << 18


class IssuerMismatch(Refusal):
    """A good signature by a key that is not registered for the issuer that the header names."""


class WrongAudience(Refusal):
    """A good signature, made for another log."""


class Header(NamedTuple):
    """The protected header of an envelope, checked for form."""

    alg: str
    kid: str
    iss: str  # a global URI of the member
    typ: str
    cty: str
    seq: int  # 1, 2, 3, ... for each key
    prev: bytes  # SHA-256 of the key's previous compact JWS; FIRST_PREV for the first
    iat: int  # seconds since 1970, as the signer's clock said
    aud: str  # origin of the log that it is meant for

    @property
    def issued_at(self) -> datetime:
        """`iat` as a UTC time: a claim of the signer."""
        return datetime.fromtimestamp(self.iat, UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """An envelope as received; parsing it says nothing about who signed it."""

    header: Header
    disclosures: tuple[bytes, ...]  # base64url texts, in the order received
    jws: Jws

    @property
    def payload(self) -> bytes:
        """The event, byte for byte as signed."""
        return self.jws.payload

    @property
    def signing_input(self) -> bytes:
        """What the signature covers."""
        return self.jws.signing_input

    @property
    def signature(self) -> bytes:
        """The signature's bytes."""
        return self.jws.signature

    @property
    def compact(self) -> bytes:
        """The JWS without disclosures."""
        return self.jws.compact

    @property
    def sha256(self) -> bytes:
        """Digest of `compact`: what the log holds, and what the key's next envelope names as `prev`."""
        return self.jws.sha256


def parse_envelope(raw: bytes, *, typ: str | frozenset[str] = EVENT_TYP) -> Envelope:
    """Read an envelope, without verifying it; a third of what verifying its signature costs.

    An event by default; `CHAINED` takes whatever stands in a chain.

    The payload is not read: verify first, then read the same bytes with `strict_loads`.

    Raises:
        InvalidJws: with every reason of the first part that fails (form, header, disclosures).
    """
    compact, tilde, tail = raw.partition(b"~")
    disclosures = _split_disclosures(tail) if tilde else ()
    jws = parse_jws(compact, typ=typ)
    return Envelope(header=_read_header(jws.header), disclosures=disclosures, jws=jws)


def verify_envelope(envelope: Envelope, key: PublicKey, *, issuer: str, audience: str) -> None:
    """Verify that `issuer`, whose registered key is `key`, signed this envelope for the log `audience`.

    1. The algorithm is the key's. 2. The `kid` is the key's. 3. The signature holds. 4. The issuer is the
    key's. 5. The audience is this log. The signature comes before the claims, so that a failure of steps 4
    and 5 is known to be the key holder's doing and may be answered by a signed refusal.

    The caller must still: find `key` and `issuer` by `kid` in its own register, decide whether the key is
    valid at this index of the log, check the disclosures against the payload, and follow `seq` and `prev`.

    Raises:
        AlgorithmNotPinned: step 1.
        WrongKey: step 2.
        BadSignature: step 3.
        IssuerMismatch: step 4.
        WrongAudience: step 5.
    """
    verify_jws(envelope.jws, key)  # steps 1 to 3
    header = envelope.header
    if header.iss != issuer:
        values = {"expected": issuer, "found": header.iss}
        raise IssuerMismatch([Problem(sentence=sentences.ISSUER_MISMATCH, pointer="/protected/iss", values=values)])
    if header.aud != audience:
        values = {"expected": audience, "found": header.aud}
        raise WrongAudience([Problem(sentence=sentences.WRONG_AUDIENCE, pointer="/protected/aud", values=values)])


def sign_event(
    payload: bytes,
    *,
    key: PrivateKey,
    issuer: str,
    seq: int,
    prev: bytes,
    issued_at: datetime,
    audience: str,
    disclosures: Sequence[bytes] = (),
    typ: str = EVENT_TYP,
) -> bytes:
    """Sign an event as an envelope; the next `prev` is `digest_of` the result.

    `payload` is the event as it will be stored; canonical bytes are recommended, never required. `prev` is
    the digest of this key's previous envelope, FIRST_PREV for seq 1. `issued_at` is aware; whole seconds are
    kept. `disclosures` are as `seal` gave them with the payload.

    Raises:
        InvalidJws: a reader would refuse the result.
        ValueError: `issued_at` is naive.
    """
    if issued_at.tzinfo is None:
        raise ValueError("expected an aware time, found a naive one")
    header = {
        "aud": audience,
        "cty": CONTENT_TYPES[typ],
        "iat": int(issued_at.timestamp()),
        "iss": issuer,
        "prev": base64url.encode(prev).decode(),
        "seq": seq,
        "typ": typ,
    }
    _read_header({**header, "alg": key.public.alg.value, "kid": key.public.thumbprint})
    require_bounded_disclosures(disclosures)
    tail = b"".join(disclosure + b"~" for disclosure in disclosures)
    compact = sign_jws(payload, header=header, key=key)
    return compact + b"~" + tail if tail else compact


def digest_of(envelope: bytes) -> bytes:
    """Digest of an envelope's compact JWS, whatever disclosures follow it: the next envelope's `prev`."""
    return hashlib.sha256(envelope.partition(b"~")[0]).digest()


def require_bounded_disclosures(disclosures: Sequence[bytes]) -> None:
    """Require that some disclosures could follow an envelope: few enough, small enough, none of them empty.

    Raises:
        InvalidJws: they could not.
    """
    _split_disclosures(b"".join(disclosure + b"~" for disclosure in disclosures))


def _split_disclosures(tail: bytes) -> tuple[bytes, ...]:
    """Split what follows the JWS; every disclosure ends with `~`. RFC 9901's key binding is not used here."""
    if len(tail) > MAX_DISCLOSURES_BYTES:
        values = {"limit": MAX_DISCLOSURES_BYTES, "found": len(tail)}
        raise InvalidJws([Problem(sentence=sentences.TOO_LARGE, pointer="/disclosures", values=values)])
    if not tail:
        return ()  # "<jws>~": RFC 9901 writes it so when every disclosure is withheld
    *texts, last = tail.split(b"~")
    if last or not all(texts) or len(texts) > MAX_DISCLOSURES:
        raise InvalidJws([Problem(sentence=sentences.BAD_DISCLOSURE_LIST, pointer="/disclosures")])
    return tuple(texts)


def _read_header(header: dict[str, Any]) -> Header:
    """Check the members that an envelope has beyond every JWS.

    Raises:
        InvalidJws: with every member that has another form.
    """
    prev = _digest(header.get("prev"))
    problems = list(_header_problems(header))
    if prev is None:
        problems.append(header_problem(sentences.HEADER_DIGEST, "prev", name="prev", found=header.get("prev")))
        raise InvalidJws(problems)
    if problems:
        raise InvalidJws(problems)
    return Header(
        alg=header["alg"],
        kid=header["kid"],
        iss=header["iss"],
        typ=header["typ"],
        cty=header["cty"],
        seq=header["seq"],
        prev=prev,
        iat=header["iat"],
        aud=header["aud"],
    )


def _header_problems(header: dict[str, Any]) -> Iterator[Problem]:
    yield from text_problems(header, "aud")
    yield from text_problems(header, "iss")
    expected = CONTENT_TYPES.get(header["typ"])  # `parse_jws` has seen that it is the expected typ
    if header.get("cty") != expected:
        yield header_problem(sentences.HEADER_VALUE, "cty", name="cty", expected=expected, found=header.get("cty"))
    for name, least, greatest in (("seq", 1, MAX_SAFE_INTEGER), ("iat", 0, LATEST_IAT)):
        number = header.get(name)
        # `type(...) is int`, because True is an int for isinstance.
        if type(number) is not int or not least <= number <= greatest:
            values = {"least": least, "greatest": greatest, "found": number}
            yield header_problem(sentences.HEADER_NUMBER, name, name=name, **values)


def _digest(text: object) -> bytes | None:
    """Read a SHA-256 digest in base64url; None for anything else."""
    try:
        value = base64url.decode(text.encode("ascii")) if type(text) is str else b""
    except ValueError:  # a UnicodeEncodeError is one too
        return None
    return value if len(value) == DIGEST_SIZE else None
