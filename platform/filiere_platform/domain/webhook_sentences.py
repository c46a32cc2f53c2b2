"""What is said about webhooks and their dead letters, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

KINDS_UNKNOWN = Sentence(
    "webhook-kinds",
    "Genres inconnus : « {found} » ; attendu parmi {expected}.",
    "Unknown kinds: “{found}”; expected some of {expected}.",
)
TOO_MANY_WEBHOOKS = Sentence(
    "too-many-webhooks",
    "Un membre a au plus {limit} webhooks : retirez ceux qui ne servent plus.",
    "A member has at most {limit} webhooks: remove those that are not used any more.",
)
ADDRESS_REFUSED = Sentence(
    "webhook-address",
    "Cette adresse n'est pas appelée : {reason}. Attendu https://, un nom public, sans identifiants.",
    "This address is not called: {reason}. Expected https://, a public name, no credentials.",
)
SECRETS_ELSEWHERE = Sentence(
    "webhook-secrets-elsewhere",
    "Cette machine ne détient pas la clé qui scelle les secrets des webhooks : adressez-vous à celle qui sert.",
    "This machine does not hold the key that seals webhooks' secrets: ask the one that serves.",
)
REASON_MISSING = Sentence(
    "dead-letter-reason",
    "Dites en 1 à {limit} caractères pourquoi cette lettre morte est abandonnée.",
    "Say in 1 to {limit} characters why this dead letter is discarded.",
)
WEBHOOK_PAUSED = Sentence(
    "webhook-paused",
    "Le webhook {subject} est suspendu et ne reçoit plus rien ; reprenez-le une fois réparé, rien n'est perdu.",
    "The webhook {subject} is paused and receives nothing; resume it once its receiver is mended, nothing is lost.",
)
FOUND = (WEBHOOK_PAUSED,)
