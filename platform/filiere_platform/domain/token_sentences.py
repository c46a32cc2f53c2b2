"""What is said about tokens that a member asks for, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

TOKEN_NAME = Sentence(
    "token-name",
    "Un jeton porte un nom de 1 à {limit} caractères, qui dit ce qui le détient.",
    "A token has a name of 1 to {limit} characters, which says what holds it.",
)
TOKEN_SCOPES = Sentence(
    "token-scopes",
    "Les droits « {found} » ne peuvent pas être donnés : attendu un ou plusieurs de « {expected} ».",
    "The scopes “{found}” cannot be given: expected one or more of “{expected}”.",
)
TOKEN_EXPIRY = Sentence(
    "token-expiry",
    "Ce jeton expirerait trop tard, ou est déjà expiré : au plus {limit} jours, et pas après le jeton qui le demande.",
    "This token would expire too late, or has expired: at most {limit} days, and not after the token that asks.",
)
TOO_MANY_TOKENS = Sentence(
    "too-many-tokens",
    "Un membre a au plus {limit} jetons en vigueur : révoquez ceux qui ne servent plus.",
    "A member has at most {limit} tokens in force: revoke those that are not used any more.",
)
