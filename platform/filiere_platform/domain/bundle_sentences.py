"""Why a bundle cannot be made now."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

NOT_YET_PUBLISHED = Sentence(
    "not-yet-published",
    "la tête signée du journal couvre {found} enregistrements, {expected} sont nécessaires ; réessayez dans un instant",
    "the log's signed head covers {found} records, {expected} are needed; try again in a moment",
)
NOTHING_TO_PROVE = Sentence(
    "nothing-to-prove",
    "de {object} vous ne voyez que des champs publics, une vue de la plateforme : rien qu'un dossier prouverait",
    "of {object} you see public fields alone, a view of the platform: nothing that a bundle would prove",
)
BUNDLE_TOO_MANY = Sentence(
    "bundle-too-many",
    "au plus {expected} enregistrements par dossier, {found} trouvés ; demandez un seul sens ou moins d'étapes",
    "at most {expected} records in a bundle, found {found}; ask for one direction or fewer steps",
)
