"""What is said about master data, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

SHARING_UNKNOWN = Sentence(
    "master-data-sharing",
    "« {found} » n'est pas un partage de données de base. Attendu : {expected}.",
    "“{found}” is not a way to share master data. Expected: {expected}.",
)
NOT_YOURS = Sentence(
    "master-data-not-yours",
    "« {found} » est l'identifiant d'un autre membre : ce que vous en dites ne vaut que pour vous (« private »).",
    "“{found}” is another member's identifier: what you say of it holds for you alone (“private”).",
)
TOO_MANY_ENTRIES = Sentence(
    "master-data-full",
    "Un membre décrit {most} éléments au plus. Retirez ceux qui ne servent plus.",
    "A member describes at most {most} elements. Remove those that are no longer of use.",
)
TOO_MANY_VERSIONS = Sentence(
    "master-data-too-many-changes",
    "Plus de {most} modifications de données de base en vingt-quatre heures. Reprenez plus tard.",
    "More than {most} changes of master data in twenty-four hours. Go on later.",
)
MASTER_DATA_MOVED = Sentence(
    "master-data-moved",
    "Vos données de base sont modifiées ailleurs en ce moment même. Recommencez.",
    "Your master data is being changed elsewhere at this very moment. Try again.",
)
