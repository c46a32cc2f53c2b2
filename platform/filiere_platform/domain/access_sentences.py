"""What is said to who may not do something, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

PERMISSION_MISSING = Sentence(
    "permission-missing",
    "Vous n'avez pas le droit « {permission} ». Demandez-le à un administrateur de votre organisation.",
    "You do not have the right “{permission}”. Ask an administrator of your organisation for it.",
)
