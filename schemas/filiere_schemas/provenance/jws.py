"""Compact JWS, read strictly: one byte string, one meaning, and a key that never comes from the message.

Events and the platform's statements share this form; `typ` keeps one from passing for another. The bytes are
kept as received: the signature covers them, and nobody has to write them again to verify.

Sources: RFC 7515, sections 3.1, 4.1 and 7.1; RFC 8725 (current practice), sections 3.1, 3.11 and 3.12.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import base64url, sentences
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.keys import PrivateKey, PublicKey
from filiere_schemas.provenance.strict_json import InvalidJson, strict_loads

MAX_HEADER_BYTES = 4096  # encoded; a header of ours takes about 500
MAX_JWS_BYTES = 1 << 20  # an event of 10,000 serial numbers takes about half of it
MAX_HEADER_TEXT = 512  # characters of a member's URI, a log's origin, a key's name
PARTS = 3

# Every name that a header may give; `accepts` of the registered key decides which one it must be.
ALGORITHMS: Final = frozenset({"Ed25519", "EdDSA", "ES256"})

# A header that brings its own key, or an address to fetch one from, asks to be trusted on its own word.
_EMBEDDED_KEYS: Final = ("jwk", "jku", "x5c", "x5u")


class InvalidJws(Refusal):
    """Bytes that are not a compact JWS as this project writes it; the sender has to be corrected."""


class AlgorithmNotPinned(Refusal):
    """The header names another algorithm than the registered key's."""


class WrongKey(Refusal):
    """The header names another key than the one it is verified with."""


class Jws(NamedTuple):
    """A compact JWS, parsed and not yet verified; `header` is the parsed object, the rest are bytes."""

    header: dict[str, Any]
    payload: bytes
    signing_input: bytes
    signature: bytes
    compact: bytes
    sha256: bytes  # of `compact`


def parse_jws(compact: bytes, *, typ: str | frozenset[str]) -> Jws:
    """Read a compact JWS of a given `typ`, or of one of several, without verifying its signature.

    Raises:
        InvalidJws: with every reason, pointers into `/protected`, `/payload` or `/signature` (the names of
            the members in JWS JSON serialisation).
    """
    _require_at_most(MAX_JWS_BYTES, compact, "")
    parts = compact.split(b".")
    if len(parts) != PARTS:
        raise _invalid(sentences.NOT_A_JWS, "", found=len(parts))
    protected, payload, signature = parts
    _require_at_most(MAX_HEADER_BYTES, protected, "/protected")
    header = _read_header(_decode(protected, "/protected"), typ)
    return Jws(
        header=header,
        payload=_decode(payload, "/payload"),
        signing_input=compact[: len(protected) + 1 + len(payload)],
        signature=_decode(signature, "/signature"),
        compact=compact,
        sha256=hashlib.sha256(compact).digest(),
    )


def verify_jws(jws: Jws, key: PublicKey) -> None:
    """Verify a JWS under a key found by other means than the JWS itself.

    1. The header's algorithm is the key's. 2. Its `kid` is the key's. 3. The signature holds.
    The caller still decides whether the key was valid, whose it is, and what the payload claims.

    Raises:
        AlgorithmNotPinned: step 1.
        WrongKey: step 2.
        BadSignature: step 3.
    """
    header = jws.header
    if not key.accepts(header["alg"]):
        values = {"expected": key.alg.value, "found": header["alg"]}
        raise AlgorithmNotPinned([Problem(sentence=sentences.ALG_NOT_PINNED, pointer="/protected/alg", values=values)])
    if header["kid"] != key.thumbprint:
        values = {"expected": key.thumbprint, "found": header["kid"]}
        raise WrongKey([Problem(sentence=sentences.WRONG_KEY, pointer="/protected/kid", values=values)])
    key.verify(jws.signature, jws.signing_input)


def sign_jws(payload: bytes, *, header: Mapping[str, Any], key: PrivateKey) -> bytes:
    """Sign bytes as a compact JWS; `alg` and `kid` come from the key, the header is canonical JSON.

    Raises:
        InvalidJws: a reader would refuse the result, for example because it is too large.
    """
    full = {**header, "alg": key.public.alg.value, "kid": key.public.thumbprint}
    _require_header(full, str(full.get("typ")))
    protected = base64url.encode(canonicalize(full))
    signing_input = protected + b"." + base64url.encode(payload)
    compact = signing_input + b"." + base64url.encode(key.sign(signing_input))
    # What a reader would refuse can only be the size or the header: the rest is written by the lines above.
    _require_at_most(MAX_JWS_BYTES, compact, "")
    _require_at_most(MAX_HEADER_BYTES, protected, "/protected")
    return compact


def _require_at_most(limit: int, part: bytes, pointer: str) -> None:
    if len(part) > limit:
        raise _invalid(sentences.TOO_LARGE, pointer, limit=limit, found=len(part))


def _require_header(header: dict[str, Any], typ: str | frozenset[str]) -> None:
    problems = list(_header_problems(header, typ))
    if problems:
        raise InvalidJws(problems)


def _invalid(sentence: Sentence, pointer: str, **values: object) -> InvalidJws:
    return InvalidJws([Problem(sentence=sentence, pointer=pointer, values=values)])


def _decode(text: bytes, pointer: str) -> bytes:
    try:
        return base64url.decode(text)
    except ValueError as error:
        shown = text[-16:].decode("ascii", "replace")
        raise _invalid(sentences.BAD_BASE64URL, pointer, found=f"…{shown}") from error


def _read_header(raw: bytes, typ: str | frozenset[str]) -> dict[str, Any]:
    try:
        header = strict_loads(raw)
    except InvalidJson as error:
        raise InvalidJws([problem.within("/protected") for problem in error.problems]) from error
    if type(header) is not dict:
        raise _invalid(sentences.HEADER_NOT_OBJECT, "/protected", found=type(header).__name__)
    _require_header(header, typ)
    return header


def _header_problems(header: dict[str, Any], typ: str | frozenset[str]) -> Iterator[Problem]:
    """What no header may hold, and the three members that every header has."""
    if "crit" in header:
        yield header_problem(sentences.UNKNOWN_CRIT, "crit", found=header["crit"])
    if "b64" in header:
        yield header_problem(sentences.UNENCODED_PAYLOAD, "b64")
    for name in _EMBEDDED_KEYS:
        if name in header:
            yield header_problem(sentences.EMBEDDED_KEY, name, name=name)
    alg = header.get("alg")
    if type(alg) is not str or alg not in ALGORITHMS:
        yield header_problem(sentences.ALGORITHM_REFUSED, "alg", found=alg)
    found = header.get("typ")
    if found != typ and (isinstance(typ, str) or type(found) is not str or found not in typ):
        expected = typ if isinstance(typ, str) else ", ".join(sorted(typ))
        yield header_problem(sentences.WRONG_TYP, "typ", expected=expected, found=found)
    yield from text_problems(header, "kid")


def text_problems(header: dict[str, Any], name: str) -> Iterator[Problem]:
    """Say when a header member is not a text of 1 to MAX_HEADER_TEXT characters."""
    value = header.get(name)
    if type(value) is not str or not 0 < len(value) <= MAX_HEADER_TEXT:
        yield header_problem(sentences.HEADER_TEXT, name, name=name, limit=MAX_HEADER_TEXT, found=value)


def header_problem(sentence: Sentence, name: str, /, **values: object) -> Problem:
    """Say something about a header member, at its place."""
    return Problem(sentence=sentence, pointer=f"/protected/{name}", values=values)
