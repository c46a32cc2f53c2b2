"""What there is to say of who an event is shared with, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

INVALID_SHARED_WITH = Sentence(
    "invalid-shared-with",
    "Une liste d'au plus {expected} identifiants de membres était attendue ; reçu : {found}.",
    "A list of at most {expected} identifiers of members was expected; found: {found}.",
)
ANSWERED_ALREADY = Sentence(
    "answered-already",
    "Cette demande a déjà reçu une réponse : {state}.",
    "This request was answered already: {state}.",
)
