"""What is said of a request's own JSON, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

FIELD_UNREADABLE = Sentence(
    "field-unreadable",
    "Champ « {name} » absent, mal formé ou trop long ; la description de l'interface dit ce qui est attendu.",
    "Field “{name}” missing, malformed or too long; the description of the interface says what is expected.",
)
