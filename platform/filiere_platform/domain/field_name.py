"""The name of a field of somebody's own vocabulary, whichever way it is written.

A query names it with a prefix or in full, an event by the prefixes of its own `@context`. A prefix means the namespace
that is declared for it; of one that nobody declares, all that is known is its letters. JSON-LD joins a namespace and a
name, XML sets `#` between them: both are one name here.

Source: EPCIS 2.0, 8.2.7.1 (fully qualified field names); JSON-LD 1.1, section 4.1.5 (compact IRIs).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from filiere_platform.domain.sentences import QUERY_PARAMETER
from filiere_schemas.epcis.context import OUR_NAMESPACE
from filiere_schemas.problems import Problem, Refusal

# What the standard's own context declares, and senders use without declaring it.
STANDARD_NAMESPACES: Final[Mapping[str, str]] = {
    "cbvmda": "urn:epcglobal:cbv:mda:",
    "gs1": "https://gs1.org/voc/",
    "filiere": OUR_NAMESPACE,
}
_SCHEMES: Final = frozenset({"http", "https", "urn", "tag", "ni", "info"})
EXTENSIONS: Final = "GS1-Extensions"
_LONGEST_HEADER: Final = 8_192  # characters
_LONGEST_SHOWN: Final = 200
_ENDS: Final = "#:/"  # of a namespace


def full_name(name: str, namespaces: Mapping[str, str]) -> str | None:
    """Write a name in full, `namespace#field`; None where nobody says what its prefix means."""
    prefix, _, local = name.partition(":")
    namespace = namespaces.get(prefix) or STANDARD_NAMESPACES.get(prefix)
    if namespace is not None:
        return f"{namespace.rstrip(_ENDS)}#{local}"
    if prefix not in _SCHEMES:
        return None
    at = max(name.rfind(end) for end in _ENDS) if "#" not in name else name.rfind("#")
    return f"{name[:at].rstrip(_ENDS)}#{name[at + 1 :]}"


def namespaces_of(header: str) -> dict[str, str]:
    """Read the namespaces that a request declares, `prefix=namespace,…`.

    Source: EPCIS 2.0, 12.2 (GS1-Extensions).

    Raises:
        Refusal: code `query-parameter`; something else stands there, or too much: prefixes would mean nothing.
    """
    pairs = [entry.strip().partition("=") for entry in header.split(",") if entry.strip()]
    if len(header) > _LONGEST_HEADER or not all(prefix and namespace for prefix, _, namespace in pairs):
        values = {"name": EXTENSIONS, "found": header[:_LONGEST_SHOWN], "expected": "prefix=namespace,…"}
        raise Refusal([Problem(sentence=QUERY_PARAMETER, values=values)])
    return {prefix: namespace for prefix, _, namespace in pairs}


def is_named(name: str, wanted: str, namespaces: Mapping[str, str]) -> bool:
    """Whether an event's field is the one that a query names, in full or with a prefix that nobody declared."""
    return name == wanted or full_name(name, namespaces) == wanted
