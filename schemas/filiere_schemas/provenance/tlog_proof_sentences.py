"""What can be wrong with the proof of one entry."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

TLOG_PROOF_FORM = Sentence(
    "tlog-proof-form",
    "preuve attendue ({expected}), trouvé : {found} ; demandez-la de nouveau à l'instance",
    "expected a proof ({expected}), found: {found}; ask the instance for it again",
)
