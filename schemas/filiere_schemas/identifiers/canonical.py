"""One key for all the forms of one thing: the heart of every trace.

A GS1 key has one canonical Digital Link, `https://id.gs1.org/{key}/{value}[/{qualifier}/{value}]`, whether it came as
EPC URN, as Digital Link on any domain or with any prefix. What has no GS1 key keeps its own URI, normalised only
where the standard of its scheme says that two spellings are one. Two different things never share a key: where it is
doubtful whether an address is a Digital Link, it is not.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from filiere_schemas.identifiers import checksum, company_prefix, digital_link, epc_urn, filiere_urn, sentences
from filiere_schemas.identifiers.gs1_key import CANONICAL_STEM, Gs1Key, Kind
from filiere_schemas.identifiers.invalid import invalid

LONGEST_URI = 2_000  # characters; beyond it no barcode, database index or address bar carries an identifier
REMEMBERED = 131_072  # identities kept by process, about 50 MB when full
LONGEST_REMEMBERED = 256  # characters: longer ones are rare, and a sender must not be able to fill the memory

# Source: RFC 3986, section 3.1 (scheme) and RFC 3987, section 2.2: no spaces, no controls, none of <>"{}|\^`, no
# invisible formatting characters (two keys that look the same would differ), no surrogates.
_URI = re.compile(
    r"([A-Za-z][A-Za-z0-9+.\-]*):"
    r"[^\s\x00-\x20\x7f-\x9f<>\"{}|\\^`\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff\ufff0-\uffff]+"
)
_ESCAPE = re.compile(r"%[0-9A-Fa-f]{2}")
# A GTIN, lot or serial number that is written as its key is: read in one step, since nothing remains to be changed.
_CANONICAL_GTIN = re.compile(r"https://id\.gs1\.org/01/([0-9]{14})(?:/(10|21)/[A-Za-z0-9\-._~]{1,20})?")
# The EPC URN of a lot or a serial number of which no character is escaped: nearly every one is a new one, so that no
# answer is remembered, and its product is one of few.
_PLAIN_GTIN = re.compile(
    r"urn:epc:(?:class:(?=l)|id:(?=s))(lgtin|sgtin):([0-9]{6,12})\.([0-9]*)\.([A-Za-z0-9\-._]{1,20})"
)
_GTIN_MEANINGS = {None: (Kind.CLASS, "gtin"), "10": (Kind.LOT, "lgtin"), "21": (Kind.ITEM, "sgtin")}
_UUID = re.compile(r"urn:uuid:[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_BUSINESS_TRANSACTION = "urn:epcglobal:cbv:bt:"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a URI names: its canonical key, the kind of thing, and the scheme that identifies it."""

    key: str
    kind: Kind
    scheme: str


def identify(uri: str) -> Identity:
    """Tell what a URI names. Pure; answers are remembered.

    Raises:
        InvalidIdentifier: not an absolute URI, a malformed EPC or urn:filiere URN, or an address on id.gs1.org that is
            not a valid Digital Link. The same address on another domain is only an address.
    """
    return _remembered(uri) if len(uri) <= LONGEST_REMEMBERED else _identify(uri)


def canonical_key(uri: str) -> str:
    """Give the one key of whatever the URI names.

    Raises:
        InvalidIdentifier: as `identify`.
    """
    return identify(uri).key


def as_digital_link(uri: str) -> str | None:
    """Give the canonical Digital Link, or None for what has no GS1 key.

    Raises:
        InvalidIdentifier: as `identify`.
    """
    key = identify(uri).key
    return key if key.startswith(CANONICAL_STEM) else None


def as_epc_urn(uri: str) -> str | None:
    """Give the EPC URN, or None where there is none: another scheme, or an unknown company prefix.

    An EPC URN is given back as it is, since its own split is what its owner said.

    Raises:
        InvalidIdentifier: as `identify`.
    """
    if uri[: len(epc_urn.PREFIX)].lower() == epc_urn.PREFIX:
        return epc_urn.validate(uri)
    key = identify(uri).key
    if not key.startswith(CANONICAL_STEM):
        return None
    gs1_key = digital_link.parse(key)
    length = company_prefix.length(epc_urn.digits_from_prefix(gs1_key))
    return epc_urn.build(gs1_key, length) if length is not None and length >= epc_urn.SHORTEST_PREFIX else None


def _identify(uri: str) -> Identity:
    if len(uri) > LONGEST_URI:
        raise invalid(sentences.TOO_LONG, found=len(uri), expected=LONGEST_URI)
    # The common forms first: their own grammars admit fewer characters than that of URIs, but for the query.
    if uri.startswith("urn:epc:"):
        return _identify_plain(uri) or _identify_epc(uri)
    if uri.startswith("https://id.gs1.org/") and "?" not in uri:
        match = _CANONICAL_GTIN.fullmatch(uri)
        if match is not None:
            checksum.require_gs1("GTIN", match[1])
            return Identity(uri, *_GTIN_MEANINGS[match[2]])
        return _of_key(digital_link.parse(uri))
    if uri.startswith(filiere_urn.PREFIX):
        return _identify_filiere(uri)
    return _identify_any(uri)


_remembered = lru_cache(maxsize=REMEMBERED)(_identify)


def _identify_plain(uri: str) -> Identity | None:
    match = _PLAIN_GTIN.fullmatch(uri)
    if match is None:
        return None
    scheme, prefix, reference, last = match.groups()
    gtin = epc_urn.gtin(prefix, reference)
    qualifier = epc_urn.GTIN_QUALIFIERS[scheme]
    if gtin is None:
        return None
    return Identity(f"{CANONICAL_STEM}/01/{gtin}/{qualifier}/{last}", *_GTIN_MEANINGS[qualifier])


def _identify_any(uri: str) -> Identity:
    match = _URI.fullmatch(uri)
    if match is None:
        raise invalid(sentences.NOT_A_URI, found=uri)
    scheme = match[1].lower()
    if scheme == "urn":
        return _identify_urn(uri)
    if scheme in {"https", "http"}:
        return _identify_address(scheme, uri)
    kind = Kind.LOCATION if scheme == "geo" else Kind.OTHER
    return Identity(_normalised(scheme + uri[len(scheme) :]), kind, scheme)


def _of_key(key: Gs1Key) -> Identity:
    kind, scheme = key.meaning
    return Identity(key.uri, kind, scheme)


def _identify_epc(uri: str) -> Identity:
    epc = epc_urn.parse(uri)
    if isinstance(epc, Gs1Key):
        return _of_key(epc)
    return Identity(_normalised(epc.urn), epc.kind, epc.scheme)


def _identify_urn(uri: str) -> Identity:
    """Normalise a URN. Source: RFC 8141, section 3.1: `urn`, the namespace and escapes are in any case."""
    _, namespace, *rest = uri.split(":", 2)
    namespace = namespace.lower()
    if not namespace or not rest or not rest[0]:
        raise invalid(sentences.NOT_A_URI, found=uri)
    urn = f"urn:{namespace}:{rest[0]}"
    if namespace == "epc":
        return _identify_epc(urn)
    if namespace == "filiere":
        return _identify_filiere(urn)
    if namespace == "uuid":
        # RFC 9562, section 4: hexadecimal digits are read in any case and written in lower case.
        return Identity(urn.lower() if _UUID.fullmatch(urn) else urn, Kind.OTHER, "uuid")
    kind = Kind.DOCUMENT if urn.startswith(_BUSINESS_TRANSACTION) else Kind.OTHER
    return Identity(_normalised(urn), kind, namespace)


_FILIERE_KINDS: Mapping[str, Kind] = {
    "lot": Kind.LOT,
    "item": Kind.ITEM,
    "site": Kind.LOCATION,
    "party": Kind.PARTY,
    "document": Kind.DOCUMENT,
}


def _identify_filiere(urn: str) -> Identity:
    name = filiere_urn.parse(urn)
    if name.noun == "party" and name.scheme == "gln":
        return _of_key(Gs1Key("417", name.party))  # the same company has one key
    return Identity(name.urn, _FILIERE_KINDS[name.noun], "filiere")


def _identify_address(scheme: str, uri: str) -> Identity:
    _, _, rest = uri.partition("://")
    if rest.partition("/")[0].lower() == digital_link.CANONICAL_HOST:
        return _of_key(digital_link.parse(uri))
    key = digital_link.find(uri)
    if key is not None:
        return _of_key(key)
    return Identity(_normalised(scheme + uri[len(scheme) :]), Kind.OTHER, scheme)


def _normalised(uri: str) -> str:
    """Write escapes in upper case. Source: RFC 3986, section 6.2.2.1."""
    return _ESCAPE.sub(lambda escape: escape[0].upper(), uri) if "%" in uri else uri
