"""What is said about signing in through an identity provider, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

PROVIDER_REFUSED = Sentence(
    "provider-refused",
    "La réponse du fournisseur d'identité n'est pas acceptée. Recommencez depuis la page de connexion.",
    "The identity provider's answer is not accepted. Start over from the page of signing in.",
)
PROVIDER_AWAY = Sentence(
    "provider-away",
    "Le fournisseur d'identité ne répond pas comme attendu. Réessayez plus tard, ou connectez-vous autrement.",
    "The identity provider does not answer as expected. Try again later, or sign in otherwise.",
)
PROVIDER_UNKNOWN = Sentence(
    "provider-unknown",
    "Ce compte n'est lié à aucune personne d'ici. Connectez-vous autrement, puis liez-le sous « Mon compte ».",
    "This account is linked to nobody here. Sign in otherwise, then link it under “My account”.",
)
PROVIDER_LINKED = Sentence(
    "provider-linked",
    "Ce compte du fournisseur d'identité est déjà lié à une autre personne.",
    "This account at the identity provider is linked to another person already.",
)
