"""What is said about identifiers and about declarations under somebody else's, in French and English."""

from __future__ import annotations

from typing import Final

from filiere_schemas.problems import Sentence

FOREIGN_DECLARATION = Sentence(
    "foreign-declaration",
    "Votre enregistrement {index} déclare {subject}, sous un identifiant qui appartient à un autre membre.",
    "Your record {index} declares {subject}, under an identifier that belongs to another member.",
)
DECLARED_BY_ANOTHER = Sentence(
    "declared-by-another",
    "L'enregistrement {index} d'un autre membre déclare {subject}, sous un identifiant qui vous appartient.",
    "Record {index} of another member declares {subject}, under an identifier that belongs to you.",
)
FOUND: Final = (FOREIGN_DECLARATION, DECLARED_BY_ANOTHER)

NOT_A_PREFIX = Sentence(
    "not-a-company-prefix",
    "« {found} » n'est pas un préfixe d'entreprise GS1 : attendu, 4 à 12 chiffres.",
    "“{found}” is no GS1 company prefix: expected 4 to 12 digits.",
)
PREFIX_OVERLAPS = Sentence(
    "prefix-overlaps",
    "Le préfixe {found} recoupe le préfixe {expected}, déjà attribué : deux préfixes GS1 ne se recoupent jamais.",
    "Prefix {found} overlaps prefix {expected}, which is given already: no two GS1 prefixes do.",
)
OWN_URI = Sentence(
    "own-uri",
    "« {key} » est l'identifiant sous lequel le membre a été admis : il le garde pour toujours.",
    "“{key}” is the identifier under which the member was admitted: it keeps it for good.",
)
NO_DISPUTE = Sentence(
    "no-dispute",
    "Le constat {id} n'est pas un différend ouvert sur un identifiant : il ne se ferme pas à la main.",
    "Finding {id} is no open dispute about an identifier: it is not closed by hand.",
)
DISPUTE_REASON = Sentence(
    "dispute-reason",
    "Un différend se ferme avec un motif de 1 à {limit} caractères.",
    "A dispute is closed with a reason of 1 to {limit} characters.",
)
