"""What there is to say of who an event is shared with, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

INVALID_SHARED_WITH = Sentence(
    "invalid-shared-with",
    "Une liste d'au plus {expected} identifiants de membres était attendue ; reçu : {found}.",
    "A list of at most {expected} identifiers of members was expected; found: {found}.",
)
UNKNOWN_MODE = Sentence(
    "unknown-mode",
    "« {found} » n'est pas un mode de partage ; attendu : {expected}.",
    "“{found}” is no sharing mode; expected: {expected}.",
)
NO_SUCH_PARTNER = Sentence(
    "no-such-partner",
    "Aucun autre membre n'a l'identifiant « {found} ».",
    "No other member has the identifier “{found}”.",
)
NOTHING_TO_SHARE = Sentence(
    "nothing-to-share",
    "Aucun de vos enregistrements ne parle de {object}.",
    "No record of yours speaks of {object}.",
)
TOO_MUCH_TO_SHARE = Sentence(
    "too-much-to-share",
    "{found} enregistrements parlent de cet objet : au plus {limit} se montrent d'un coup, montrez-les un à un.",
    "{found} records speak of this object: at most {limit} are shown at once, show them one by one.",
)
ANSWERED_ALREADY = Sentence(
    "answered-already",
    "Cette demande a déjà reçu une réponse : {state}.",
    "This request was answered already: {state}.",
)
