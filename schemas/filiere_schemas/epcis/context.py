"""The JSON-LD context of an event: which addresses are the standard's, which prefixes it declares.

A context is never fetched: a sender's address could lead anywhere, and the meaning of a stored event would depend
on what that address says today. The standard's contexts are known by address; any other is opaque.

Source: JSON-LD 1.1, section 4.1; GS1 EPCIS 2.0, section 10.
"""

from __future__ import annotations

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
# Prefixes that the standard's own context declares.
STANDARD_PREFIXES: Final = frozenset({"epcis", "cbv", "cbvmda", "gs1", "rdfs", "owl", "xsd", "dcterms"})
# Schemes with which an extension's full name may start; a name is not a prefix by accident of its spelling.
_SCHEMES: Final = frozenset({"http", "https", "urn", "tag", "ni", "info"})


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
        if prefix in self.prefixes or prefix in STANDARD_PREFIXES or prefix in _SCHEMES or self._opaque:
            return None
        return prefix

    def is_ours(self, name: str, local: str) -> bool:
        """Tell whether an extension's name means our own extension `local` in this context.

        The prefix `filiere` is ours even undeclared, unless the sender declares it to mean something else.
        """
        if not name.endswith(local):
            return False
        prefix = name.removesuffix(local).removesuffix(":")
        return name == OUR_NAMESPACE + local or self.prefixes.get(prefix, _OURS.get(prefix)) == OUR_NAMESPACE
