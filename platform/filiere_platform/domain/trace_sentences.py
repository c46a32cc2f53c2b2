"""What a trace refuses to answer, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

AS_OF_BEYOND_LOG = Sentence(
    "as-of-beyond-log",
    "L'état {found} du journal n'existe pas encore : le journal compte {expected} enregistrements.",
    "State {found} of the log does not exist yet: the log holds {expected} records.",
)
