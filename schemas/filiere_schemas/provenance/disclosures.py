"""Sealed members: fields of an event that may be withheld while its signature still verifies.

The signed payload holds, instead of a member, the digest of a disclosure, which is a salted text with the
member's name and value. Disclosures travel behind the JWS and may be withheld from a viewer, erased, or kept at
the member. Nobody can guess a withheld value from its digest, because of the salt.

What a trace rests on is never sealed: what, when, which objects, who handed over. List elements are never
sealed, because a list that loses one in silence is a shorter list, which is another statement; a whole list may be.

Source: RFC 9901, sections 4 (format) and 7.1 (verification). Stricter here: `_sd_alg` is always written and
always "sha-256", salts have at least 128 bits, and a disclosure is JSON with a single reading.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from filiere_schemas.problems import Problem, Refusal, Sentence
from filiere_schemas.provenance import base64url, sentences
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.entry import DIGEST_SIZE
from filiere_schemas.provenance.place import Place, pointer_of
from filiere_schemas.provenance.strict_json import MAX_DEPTH, InvalidJson, strict_loads

DIGESTS: Final = "_sd"
ALGORITHM: Final = "_sd_alg"
ELEMENT: Final = "..."
SHA_256: Final = "sha-256"
SALT_BYTES: Final = 16  # RFC 9901, section 9.3: 128 bits
SHORTEST_SALT: Final = 22  # characters: 16 bytes in base64url
_RESERVED: Final = frozenset({DIGESTS, ALGORITHM, ELEMENT})
_MEMBER_PARTS: Final = 3  # a disclosure of a member is [salt, name, value]

QUANTITY_LISTS: Final = frozenset({"quantityList", "childQuantityList", "inputQuantityList", "outputQuantityList"})
_NEVER_SEALED: Final = QUANTITY_LISTS | {
    *("@context", "type", "action", "eventTime", "eventTimeZoneOffset", "eventID", "errorDeclaration"),
    *("epcList", "parentID", "childEPCs", "inputEPCList", "outputEPCList", "transformationID"),
    *("sourceList", "destinationList"),
}
_OWN_PREFIX: Final = "filiere:"  # our extensions say how an event is read and shared
_SEALABLE_IN_QUANTITIES: Final = frozenset({"quantity", "uom"})


class InvalidDisclosure(Refusal):
    """Sealed members and disclosures that do not fit together, or a member that may not be sealed."""


class Seal(NamedTuple):
    """A sealed member: its digest, and its pointer; while it is withheld, the pointer of the object it is in."""

    pointer: str
    digest: bytes


class WithheldFields(NamedTuple):
    """How many members of one object are not shown; their names are hidden with their values."""

    pointer: str  # of the object that holds them; "" is the event itself
    fields: int  # some may be decoys
    erased: int  # of them, those whose disclosures were erased for everybody


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsealed:
    """A payload with every disclosed member in its place and no trace of the sealing."""

    value: dict[str, Any]
    disclosed: tuple[Seal, ...] = ()
    withheld: tuple[Seal, ...] = ()  # some may be decoys: digests of nothing


def seal(
    payload: Mapping[str, Any], pointers: Iterable[str], *, salts: Iterable[bytes] | None = None
) -> tuple[dict[str, Any], tuple[bytes, ...]]:
    """Replace members by digests; gives the payload to sign and its disclosures.

    A member inside another sealed member gets a disclosure of its own: both are needed to see it. `salts` are
    for tests and replays, one of 16 bytes per pointer; otherwise they come from the system's randomness.

    Raises:
        InvalidDisclosure: a pointer names no member of an object, or one that is never sealed, or the payload
            uses a reserved name.
        ValueError: a salt is too short.
    """
    sealed: dict[str, Any] = deepcopy(dict(payload))
    if _uses_reserved_names(sealed):
        raise _refusal(sentences.RESERVED_MEMBER)
    supply = iter(salts) if salts is not None else iter(lambda: secrets.token_bytes(SALT_BYTES), None)
    disclosures = []
    # The deepest first: a disclosure must hold the digests of what is sealed inside it.
    for pointer in sorted(set(pointers), key=lambda p: (-p.count("/"), p)):
        holder, name = _locate(sealed, pointer)
        salt = next(supply)
        if len(salt) < SALT_BYTES:
            raise ValueError(f"expected a salt of at least {SALT_BYTES} bytes, found {len(salt)}")
        text = base64url.encode(canonicalize([base64url.encode(salt).decode(), name, holder.pop(name)]))
        digest = base64url.encode(hashlib.sha256(text).digest()).decode()
        # Sorted, so that their order does not tell which member is which (RFC 9901, section 4.2.4.1).
        holder[DIGESTS] = sorted([*holder.get(DIGESTS, []), digest])
        disclosures.append(text)
    if disclosures:
        sealed[ALGORITHM] = SHA_256
    return sealed, tuple(disclosures)


def unseal(payload: Any, disclosures: Sequence[bytes]) -> Unsealed:
    """Put disclosed members back where their digests stand. The payload, as parsed, is left as it is.

    1. The payload is an object. 2. `_sd_alg` is sha-256 where anything is sealed. 3. Each disclosure is well
    formed. 4. No digest stands twice. 5. Each disclosed member may be sealed, and its name is free. 6. Each
    disclosure has its digest. A payload without sealed members is returned as it is: keep from changing the result.

    Raises:
        InvalidDisclosure: a step fails; pointers into the payload, or `/disclosures/<n>` as received.
    """
    if type(payload) is not dict:
        raise _refusal(sentences.PAYLOAD_NOT_OBJECT, found=type(payload).__name__)
    if not disclosures and not _uses_reserved_names(payload):
        return Unsealed(value=payload)
    if payload.get(ALGORITHM) != SHA_256:
        raise _refusal(sentences.UNKNOWN_SD_ALG, f"/{ALGORITHM}", found=payload.get(ALGORITHM))
    opening = _Opening(available=_by_digest(disclosures))
    value = opening.object(payload, None, 1)
    for digest, disclosure in opening.available.items():
        if digest not in opening.used:
            raise _refusal(sentences.UNREFERENCED_DISCLOSURE, f"/disclosures/{disclosure.place}")
    return Unsealed(value=value, disclosed=tuple(opening.disclosed), withheld=tuple(opening.withheld))


def withheld_digests(payload: Any, disclosures: Sequence[bytes]) -> tuple[bytes, ...]:
    """Give the digests in a payload, as parsed, of which no disclosure is at hand; those of decoys among them.

    Raises:
        InvalidDisclosure: as `unseal`.
    """
    return tuple(found.digest for found in unseal(payload, disclosures).withheld)


def withheld_fields(withheld: Iterable[Seal], *, erased: Collection[bytes] = ()) -> tuple[WithheldFields, ...]:
    """Say what is not shown, object by object in the order of their pointers.

    `erased` are the digests that erasure statements name: what they stood for is gone, and not only kept from this
    reader.
    """
    by_object: dict[str, list[bytes]] = {}
    for found in withheld:
        by_object.setdefault(found.pointer, []).append(found.digest)
    return tuple(
        WithheldFields(pointer, len(digests), sum(digest in erased for digest in digests))
        for pointer, digests in sorted(by_object.items())
    )


def may_be_sealed(pointer: str) -> bool:
    """Whether the format allows to seal the member at a pointer; a sector's profile allows less."""
    tokens = pointer.split("/")[1:]
    if not tokens:
        return False
    top = tokens[0].replace("~1", "/").replace("~0", "~")
    if top in QUANTITY_LISTS:
        # Amounts are a trade secret of many; what they are amounts of is what a trace rests on.
        return tokens[2:] in ([name] for name in _SEALABLE_IN_QUANTITIES)
    return top not in _NEVER_SEALED and not top.startswith(_OWN_PREFIX)


class _Disclosure(NamedTuple):
    """A disclosure as read; `place` is its number as received."""

    place: int
    name: str
    value: Any


@dataclass(slots=True, kw_only=True)
class _Opening:
    """One pass over a payload: what was found so far."""

    available: Mapping[bytes, _Disclosure]
    used: set[bytes] = field(default_factory=set)
    disclosed: list[Seal] = field(default_factory=list)
    withheld: list[Seal] = field(default_factory=list)

    def object(self, source: Mapping[str, Any], place: Place | None, depth: int) -> dict[str, Any]:
        """Rebuild an object with its disclosed members."""
        if depth > MAX_DEPTH:
            # Disclosures can nest deeper than any one of them.
            raise _refusal(sentences.NESTED_TOO_DEEP, pointer_of(place), limit=MAX_DEPTH)
        if ELEMENT in source:
            raise _refusal(sentences.SEALED_ELEMENT, pointer_of(place))
        if ALGORITHM in source and place is not None:
            raise _refusal(sentences.RESERVED_MEMBER, Place(place, ALGORITHM).pointer())
        result = {
            name: self.value(value, Place(place, name), depth + 1)
            for name, value in source.items()
            if name not in _RESERVED
        }
        if DIGESTS in source:
            seals = Place(place, DIGESTS).pointer()
            if not may_be_sealed(Place(place, "quantity").pointer()):  # a name that is sealable wherever any is
                raise _refusal(sentences.SEALED_FIELD_NOT_ALLOWED, seals, name=pointer_of(place))
            for digest in _read_digests(source[DIGESTS], seals):
                self._open(digest, result, place, depth)
        return result

    def value(self, value: Any, place: Place, depth: int) -> Any:
        """Rebuild any value."""
        if isinstance(value, dict):
            return self.object(value, place, depth)
        if isinstance(value, list):
            if depth > MAX_DEPTH:
                raise _refusal(sentences.NESTED_TOO_DEEP, place.pointer(), limit=MAX_DEPTH)
            return [self.value(item, Place(place, index), depth + 1) for index, item in enumerate(value)]
        return value

    def _open(self, digest: bytes, result: dict[str, Any], holder: Place | None, depth: int) -> None:
        if digest in self.used:
            raise _refusal(sentences.DUPLICATE_DIGEST, Place(holder, DIGESTS).pointer())
        self.used.add(digest)
        disclosure = self.available.get(digest)
        if disclosure is None:
            self.withheld.append(Seal(pointer_of(holder), digest))
            return
        place = Place(holder, disclosure.name)
        pointer = place.pointer()
        if disclosure.name in result:
            raise _refusal(sentences.SEALED_MEMBER_EXISTS, pointer, name=disclosure.name)
        if not may_be_sealed(pointer):
            raise _refusal(sentences.SEALED_FIELD_NOT_ALLOWED, pointer, name=disclosure.name)
        self.disclosed.append(Seal(pointer, digest))
        result[disclosure.name] = self.value(disclosure.value, place, depth + 1)


def _by_digest(disclosures: Sequence[bytes]) -> dict[bytes, _Disclosure]:
    found: dict[bytes, _Disclosure] = {}
    for place, text in enumerate(disclosures):
        digest = hashlib.sha256(text).digest()
        if digest in found:
            raise _refusal(sentences.DUPLICATE_DIGEST, f"/disclosures/{place}")
        found[digest] = _read_disclosure(text, place)
    return found


def _read_disclosure(text: bytes, place: int) -> _Disclosure:
    pointer = f"/disclosures/{place}"
    try:
        parts = strict_loads(base64url.decode(text))
    except InvalidJson as error:
        raise InvalidDisclosure([problem.within(pointer) for problem in error.problems]) from error
    except ValueError as error:
        raise _refusal(sentences.MALFORMED_DISCLOSURE, pointer) from error
    if type(parts) is not list or len(parts) != _MEMBER_PARTS or not all(type(part) is str for part in parts[:2]):
        raise _refusal(sentences.MALFORMED_DISCLOSURE, pointer)
    salt, name, value = parts
    if len(salt) < SHORTEST_SALT or name in _RESERVED:
        raise _refusal(sentences.MALFORMED_DISCLOSURE, pointer)
    return _Disclosure(place, name, value)


def _read_digests(texts: Any, pointer: str) -> list[bytes]:
    try:
        digests = [base64url.decode(text.encode("ascii")) for text in texts] if type(texts) is list else []
    except (AttributeError, ValueError) as error:  # an element is no text, or another text
        raise _refusal(sentences.MALFORMED_DIGESTS, pointer) from error
    if not digests or any(len(digest) != DIGEST_SIZE for digest in digests):
        raise _refusal(sentences.MALFORMED_DIGESTS, pointer)
    return digests


def _uses_reserved_names(payload: Any) -> bool:
    """Whether a payload has anything to do with sealing; every unsealed event pays for this scan."""
    pending = [payload]
    while pending:
        item = pending.pop()
        if type(item) is dict:
            if DIGESTS in item or ALGORITHM in item or ELEMENT in item:
                return True
            item = item.values()
        pending += [child for child in item if type(child) is dict or type(child) is list]
    return False


def _locate(payload: dict[str, Any], pointer: str) -> tuple[dict[str, Any], str]:
    """Find the object that holds a member; only members of objects can be sealed."""
    if not may_be_sealed(pointer):
        raise _refusal(sentences.SEALED_FIELD_NOT_ALLOWED, pointer, name=pointer)
    *way, name = (token.replace("~1", "/").replace("~0", "~") for token in pointer.split("/")[1:])
    holder: Any = payload
    try:
        for token in way:
            holder = holder[int(token)] if isinstance(holder, list) else holder[token]
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise _refusal(sentences.NOTHING_TO_SEAL, pointer) from error
    if not isinstance(holder, dict) or name not in holder:
        raise _refusal(sentences.NOTHING_TO_SEAL, pointer)
    return holder, name


def _refusal(sentence: Sentence, pointer: str = "", **values: object) -> InvalidDisclosure:
    return InvalidDisclosure([Problem(sentence=sentence, pointer=pointer, values=values)])
