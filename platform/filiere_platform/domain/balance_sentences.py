"""What a balance refuses to answer, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

PERIOD_TOO_LONG = Sentence(
    "period-too-long",
    "Plus de {expected} événements sur ce site pendant cette période : demandez une période plus courte.",
    "More than {expected} events at this site in this period: ask for a shorter one.",
)
