"""What is said of an account that cannot be worked out as it is asked for."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

UNKNOWN_COUNTER = Sentence(
    "counter-unknown",
    "Le profil {sector} n'a pas de compteur « {found} » ; attendu l'un de {expected}.",
    "The profile {sector} has no counter “{found}”; expected one of {expected}.",
)
ACCOUNT_TOO_LARGE = Sentence(
    "account-too-large",
    "Le compte demanderait de lire plus de {events} événements : demandez-le à la console de l'instance, avec"
    " « filiere account ».",
    "The account would take more than {events} events to read: ask for it at the instance's console, with"
    " “filiere account”.",
)
