"""The JSON-LD context of an event: which addresses are the standard's, which prefixes it declares.

A context is never fetched: a sender's address could lead anywhere, and the meaning of a stored event would depend
on what that address says today. The standard's contexts are known by address; any other is opaque.

Source: JSON-LD 1.1, section 4.1; GS1 EPCIS 2.0, section 10.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

OUR_NAMESPACE: Final = "urn:filiere:ns:"
_OURS: Final = {"filiere": OUR_NAMESPACE}
EPCIS_CONTEXT: Final = "https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld"
KNOWN_CONTEXTS: Final = frozenset(
    {
        EPCIS_CONTEXT,
        "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "https://ref.gs1.org/standards/epcis/epcis-context.jsonld",
        "https://gs1.github.io/EPCIS/epcis-context.jsonld",
    },
)
RDFS: Final = "http://www.w3.org/2000/01/rdf-schema#"
# What the standard's own context declares.
STANDARD_PREFIXES: Final[dict[str, str]] = {
    "epcis": "https://ref.gs1.org/epcis/",
    "cbv": "https://ref.gs1.org/cbv/",
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": "https://gs1.org/voc/",
    "rdfs": RDFS,
    "owl": "http://www.w3.org/2002/07/owl#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "dcterms": "http://purl.org/dc/terms/",
}
# Those with which a value, too, may be written short: the words of the standard's vocabularies.
_OF_WORDS: Final = {prefix: STANDARD_PREFIXES[prefix] for prefix in ("cbv", "gs1")}
# Schemes with which an extension's full name may start; a name is not a prefix by accident of its spelling.
SCHEMES: Final = frozenset({"http", "https", "urn", "tag", "ni", "info"})
_LONGEST_WAY: Final = 10  # from a name to its address, where what a term means is itself written short


def names_of(address: str, names: Iterable[str], context: Any) -> list[str]:
    """Give the names among others that JSON-LD reads as an address in a context, as far as that context says.

    A name whose meaning is further away than any honest one's is given too.
    Source: JSON-LD 1.1 API, 5.2 (IRI expansion).
    """
    terms: dict[str, str] = {**STANDARD_PREFIXES, **_OURS}
    for entry in context if isinstance(context, list) else (context,):
        for term, said in entry.items() if isinstance(entry, dict) else ():
            meaning = said.get("@id") if isinstance(said, dict) else said
            if isinstance(meaning, str):
                terms[term] = meaning
    return [name for name in names if (name in terms or ":" in name) and _may_mean(address, name, terms)]


def _may_mean(address: str, name: str, terms: Mapping[str, str]) -> bool:
    rest = ""
    for _ in range(_LONGEST_WAY):
        if name + rest == address:
            return True
        meaning = terms.get(name)
        if meaning is None:
            prefix, colon, local = name.partition(":")
            meaning = terms.get(prefix) if colon else None
            rest = local + rest
        if meaning is None or meaning == name or len(rest) > len(address):
            return False
        name = meaning
    return True


class Context:
    """What one `@context` value says, read once; safe to share."""

    __slots__ = ("_opaque", "knows_epcis", "prefixes")

    def __init__(self, value: Any) -> None:
        self.prefixes: dict[str, str] = {}
        self.knows_epcis = False
        self._opaque = False
        for entry in value if isinstance(value, list) else (value,):
            if isinstance(entry, dict):
                self.prefixes.update({k: v for k, v in entry.items() if isinstance(v, str)})
            elif entry in KNOWN_CONTEXTS:
                self.knows_epcis = True
            else:
                self._opaque = True

    def undeclared_prefix(self, name: str) -> str | None:
        """Give the prefix of an extension's name if nothing declares it; None if all is well."""
        prefix = name.partition(":")[0]
        if prefix in self.prefixes or prefix in STANDARD_PREFIXES or prefix in SCHEMES or self._opaque:
            return None
        return prefix

    def full_name(self, name: str) -> str:
        """Write an extension's name with its namespace, `{namespace}local`, as XML's data model has it."""
        prefix, colon, local = name.partition(":")
        if not colon:
            return name
        namespace = self.prefixes.get(prefix) or STANDARD_PREFIXES.get(prefix) or _OURS.get(prefix)
        return name if namespace is None else f"{{{namespace}}}{local}"

    def full_text(self, text: str) -> str:
        """Write a value in full that begins with a declared prefix or with one of the standard's vocabularies."""
        prefix, colon, rest = text.partition(":")
        namespace = (self.prefixes.get(prefix) or _OF_WORDS.get(prefix)) if colon else None
        return text if namespace is None else namespace + rest

    def is_ours(self, name: str, local: str) -> bool:
        """Tell whether an extension's name means our own extension `local` in this context.

        The prefix `filiere` is ours even undeclared, unless the sender declares it to mean something else.
        """
        if not name.endswith(local):
            return False
        prefix = name.removesuffix(local).removesuffix(":")
        return name == OUR_NAMESPACE + local or self.prefixes.get(prefix, _OURS.get(prefix)) == OUR_NAMESPACE
