"""What is said of a request's own JSON, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

FIELD_UNREADABLE = Sentence(
    "field-unreadable",
    "Champ « {name} » absent, mal formé ou trop long ; la description de l'interface dit ce qui est attendu.",
    "Field “{name}” missing, malformed or too long; the description of the interface says what is expected.",
)
TOO_MANY_REQUESTS = Sentence(
    "too-many-requests",
    "Trop de requêtes en peu de temps. Réessayez dans {seconds} secondes.",
    "Too many requests in a short time. Try again in {seconds} seconds.",
)
