"""What is said where a finding is explained, closed or reopened, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

WORDS = Sentence(
    "finding-words",
    "Expliquez le constat en 1 à {expected} caractères, sans caractère de contrôle.",
    "Explain the finding in 1 to {expected} characters, without control characters.",
)
REASON = Sentence(
    "finding-reason",
    "Dites pourquoi, en 1 à {expected} caractères, sur une ligne.",
    "Say why, in 1 to {expected} characters, on one line.",
)
MOVED = Sentence(
    "finding-moved",
    "Le constat {number} en est à la version {expected}, état « {state} », et non {found} : relisez-le.",
    "Finding {number} is at version {expected}, in the state “{state}”, and not {found}: read it again.",
)
WRONG_STATE = Sentence(
    "finding-state",
    "Le constat {number} est dans l'état « {found} » ; attendu : « {expected} ». Relisez-le.",
    "Finding {number} is in the state “{found}”; expected: “{expected}”. Read it again.",
)
NOT_HOLDING = Sentence(
    "finding-not-holding",
    "Le constat {number} a été clos par {by} et ne se rouvre pas à la main : il se rouvre s'il est fait de nouveau.",
    "Finding {number} was closed by {by} and is not reopened by hand: it opens again if it is found again.",
)
IS_DISPUTE = Sentence(
    "finding-is-dispute",
    "Le constat {number} est un différend sur un identifiant : l'organisme du secteur le ferme, pour les deux membres.",
    "Finding {number} is a dispute about an identifier: the sector body closes it, for both members.",
)
