"""What is said about members' keys and the registrar's files, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

KEY_FILE_FORM = Sentence(
    "key-file-form",
    "Fichier « {expected} » attendu, « {found} » trouvé. Choisissez le fichier que la commande précédente a écrit.",
    "Expected a file “{expected}”, found “{found}”. Choose the file that the command before has written.",
)
KEY_CHANGE_KIND = Sentence(
    "key-change-kind",
    "Changement « {expected} » attendu à cette adresse, « {found} » trouvé. Envoyez-le à l'adresse qui lui convient.",
    "Expected a change “{expected}” at this address, found “{found}”. Send it to the address that is meant for it.",
)
KEY_REVOCATION_WAITS = Sentence(
    "key-revocation-waits",
    "La révocation de la clé {kid} attend déjà la signature du registre. Faites signer ce qui attend.",
    "The revocation of key {kid} waits for the registrar's signature already. Have what waits signed.",
)
