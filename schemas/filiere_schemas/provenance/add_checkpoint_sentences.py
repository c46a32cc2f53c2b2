"""What can be wrong with what a witness is asked."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

REQUEST_FORM = Sentence(
    "witness-request-form",
    "« old N », les lignes de preuve, une ligne vide puis la tête signée attendues (C2SP tlog-witness), autre chose "
    "trouvé ; réécrivez la demande",
    "expected “old N”, the lines of the proof, an empty line and the signed head (C2SP tlog-witness), found something "
    "else; write the request again",
)
REQUEST_PROOF = Sentence(
    "witness-request-proof",
    "au plus {limit} empreintes de 32 octets en base64 attendues, une par ligne ; réécrivez la preuve",
    "expected at most {limit} hashes of 32 bytes in base64, one a line; write the proof again",
)
OLD_ABOVE_NEW = Sentence(
    "witness-old-above-new",
    "ancienne taille d'au plus {new} attendue, {old} trouvé ; demandez la taille connue du témoin",
    "expected an old size of at most {new}, found {old}; ask the witness for the size that it knows",
)
