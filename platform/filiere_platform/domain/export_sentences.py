"""Why the platform cannot say something about the log or a lot in a form of others now."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

SIGNING_KEY_ELSEWHERE = Sentence(
    "signing-key-elsewhere",
    "la clé « {key} » de l'instance n'est pas sur cette machine : demandez cet export à l'exploitant",
    "the instance's “{key}” key is not on this machine: ask the operator for this export",
)
