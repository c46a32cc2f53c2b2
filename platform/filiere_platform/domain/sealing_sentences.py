"""What is said of sealed fields: which may be sealed, and what an owner may hand over later."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

NOT_SEALABLE_HERE = Sentence(
    "sealed-field-not-in-profile",
    "champ que le profil de la filière permet de sceller attendu ({expected}), « {found} » trouvé ; ne le scellez pas",
    "expected a field that the sector's profile allows to seal ({expected}), found “{found}”; do not seal it",
)
NOT_THE_OWNER = Sentence(
    "not-the-owner",
    "seul l'expéditeur de l'enregistrement {index} peut en divulguer les champs scellés",
    "only the sender of record {index} may disclose its sealed fields",
)
DISCLOSURE_ERASED = Sentence(
    "disclosure-erased",
    "cette divulgation a été effacée selon une règle ; elle ne peut être remise",
    "this disclosure was erased under a rule; it cannot be handed over again",
)
NO_DISCLOSURES = Sentence(
    "no-disclosures",
    'aucune divulgation reçue : envoyez {{"disclosures": ["..."]}} en JSON',
    'no disclosure received: send {{"disclosures": ["..."]}} as JSON',
)
