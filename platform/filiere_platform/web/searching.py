"""Read what somebody typed or scanned into the search box as the identifier of an object."""

from __future__ import annotations

from filiere_schemas.identifiers import canonical_key, element_string, gtin, sscc
from filiere_schemas.identifiers.characters import percent_encode

_AI_GTIN, _AI_LOT, _AI_SERIAL, _AI_SSCC = "01", "10", "21", "00"


def read_query(text: str) -> str:
    """Give the canonical key of an object: from a URI, a GS1 element string, an SSCC, or a GTIN and a lot.

    Raises:
        InvalidIdentifier: it is none of these.
    """
    query = text.strip()
    if query.startswith("(") or "\x1d" in query:
        return _from_elements(query)
    words = query.split()
    if len(words) == 1 and sscc.is_valid(query):
        return canonical_key(f"https://id.gs1.org/00/{query}")
    if words and gtin.is_valid(words[0]) and ":" not in query:
        lot = percent_encode(" ".join(words[1:]))
        return canonical_key(f"https://id.gs1.org/01/{gtin.as_gtin14(words[0])}" + (f"/10/{lot}" if lot else ""))
    return canonical_key(query)


def _from_elements(query: str) -> str:
    values = {element.ai: element.value for element in element_string.parse(query)}
    if _AI_SSCC in values:
        return canonical_key(f"https://id.gs1.org/00/{values[_AI_SSCC]}")
    link = f"https://id.gs1.org/01/{values.get(_AI_GTIN, '')}"
    for ai in (_AI_SERIAL, _AI_LOT):
        if ai in values:
            return canonical_key(f"{link}/{ai}/{percent_encode(values[ai])}")
    return canonical_key(link)
