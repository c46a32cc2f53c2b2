"""The language of an answer, by what a client says that it prefers."""

from __future__ import annotations

from filiere_schemas.problems import Language


def preferred_language(header: str) -> Language:
    """Read an Accept-Language header. Source: RFC 9110, 12.5.4; a malformed weight counts as zero."""
    weights: dict[str, float] = {"fr": 0.0, "en": 0.0}
    for part in header.split(","):
        tag, _, parameters = part.strip().partition(";")
        primary = tag.split("-", 1)[0].lower()
        name, _, value = parameters.strip().partition("=")
        weight = _weight(value) if name.strip() == "q" else 1.0
        if primary in weights:
            weights[primary] = max(weights[primary], weight)
    return "en" if weights["en"] > weights["fr"] else "fr"


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
