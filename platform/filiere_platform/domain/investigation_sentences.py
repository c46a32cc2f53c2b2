"""What an investigation refuses, in French and English."""

from __future__ import annotations

from typing import Final

from filiere_schemas.problems import Sentence

TOO_MANY_AT_STATION: Final = Sentence(
    "too-many-at-station",
    "Plus de {most} événements ont eu lieu à {place} pendant cette période : demandez une période plus courte.",
    "More than {most} events took place at {place} in this period: ask for a shorter one.",
)
INVESTIGATION_TOO_LARGE: Final = Sentence(
    "investigation-too-large",
    "Ce réseau de {found} livraisons demande plus de {most} pas : nommez moins d'objets, ou abaissez max_depth ou"
    " max_nodes.",
    "This network of {found} deliveries takes more than {most} steps: name fewer objects, or lower max_depth or"
    " max_nodes.",
)
