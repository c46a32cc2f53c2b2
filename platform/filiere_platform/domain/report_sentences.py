"""What is said of a report that cannot be worked out as it is asked for."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

UNKNOWN_REPORT = Sentence(
    "report-unknown",
    "Le profil {sector} n'a pas de rapport « {found} » ; attendu l'un de {expected}.",
    "The profile {sector} has no report “{found}”; expected one of {expected}.",
)
UNKNOWN_SHEET = Sentence(
    "report-sheet",
    "Un fichier CSV contient une seule feuille : choisissez-la, l'une de {expected} (reçu « {found} »).",
    "A CSV file holds one sheet: choose it, one of {expected} (received “{found}”).",
)
EMPTY_PERIOD = Sentence(
    "report-period",
    "La période du rapport est vide : « from » ({start}) doit précéder « until » ({stop}), qui n'en fait plus partie.",
    "The period of the report is empty: “from” ({start}) must come before “until” ({stop}), which is not part of it.",
)
TOO_LARGE = Sentence(
    "report-too-large",
    "Le rapport porterait sur plus de {events} événements ou {rows} lignes : demandez une période plus courte ou un"
    " seul lot.",
    "The report would be of more than {events} events or {rows} rows: ask for a shorter period, or for one lot.",
)
