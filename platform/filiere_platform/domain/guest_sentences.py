"""What there is to say of guest links, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

GUEST_LINK_LABEL = Sentence(
    "guest-link-label",
    "Un lien d'invité porte un nom de 1 à {limit} caractères, qui dit à qui il est destiné.",
    "A guest link has a label of 1 to {limit} characters, which says whom it is for.",
)
GUEST_LINK_LIFE = Sentence(
    "guest-link-life",
    "Un lien d'invité vaut au plus {limit} jours, et pas plus longtemps que son mandat.",
    "A guest link holds for {limit} days at most, and no longer than its mandate.",
)
TOO_MANY_GUEST_LINKS = Sentence(
    "too-many-guest-links",
    "Un mandat a au plus {limit} liens d'invité : donnez un autre mandat.",
    "A mandate has at most {limit} guest links: give another mandate.",
)
GUEST_SIGNED_IN = Sentence(
    "guest-signed-in",
    "Vous êtes connecté : déconnectez-vous, puis rouvrez le lien d'invité.",
    "You are signed in: sign out, then open the guest link again.",
)
GUEST_LINK_OVER = Sentence(
    "guest-link-over",
    "Ce lien d'invité n'existe pas, ou est terminé ou révoqué.",
    "There is no such guest link, or it has ended or was revoked.",
)
