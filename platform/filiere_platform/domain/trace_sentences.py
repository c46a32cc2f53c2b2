"""What a trace refuses to answer, and what it cannot read, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

AS_OF_BEYOND_LOG = Sentence(
    "as-of-beyond-log",
    "L'état {found} du journal n'existe pas encore : le journal compte {expected} enregistrements.",
    "State {found} of the log does not exist yet: the log holds {expected} records.",
)
INVALID_SAME_AS = Sentence(
    "invalid-same-as",
    "« filiere:sameAs » nomme de 1 à {expected} autres identifiants de l'unique objet d'un ObjectEvent OBSERVE, avec au"
    " besoin « filiere:sameAsFrom » puis « filiere:sameAsUntil » ; reçu : {found}.",
    "filiere:sameAs names 1 to {expected} other identifiers of the one object of an ObjectEvent OBSERVE, if need be"
    " with filiere:sameAsFrom and a later filiere:sameAsUntil; found: {found}.",
)
INVALID_LOT = Sentence(
    "invalid-lot",
    "« filiere:lot » nomme le lot dont sont les articles d'un ObjectEvent (ADD ou OBSERVE) ou d'un TransformationEvent"
    " qui liste des articles ; reçu : {found}.",
    "filiere:lot names the lot of which the items are that an ObjectEvent (ADD or OBSERVE) or a TransformationEvent"
    " lists; found: {found}.",
)
INVALID_CARRY_OVER = Sentence(
    "invalid-carry-over",
    "« filiere:carryOver » vaut {expected}, et « window » demande « filiere:carryOverWindow », une durée telle que PT6H"
    " d'au plus 366 jours ; reçu : {found}.",
    "filiere:carryOver is {expected}, and window needs filiere:carryOverWindow, a duration such as PT6H of at most 366"
    " days; found: {found}.",
)
