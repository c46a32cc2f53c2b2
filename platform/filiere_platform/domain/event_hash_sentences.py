"""What is said about event hashes, in French and English."""

from __future__ import annotations

from typing import Final

from filiere_schemas.problems import Sentence

EVENT_HASH_DIFFERS = Sentence(
    "event-hash-differs",
    "Votre enregistrement {index} a pour eventID {subject}, qui n'est pas l'empreinte de cet événement (CBV 2.0, 8.9).",
    "The eventID of your record {index} is {subject}, which is not the hash of that event (CBV 2.0, 8.9).",
)
FOUND: Final = (EVENT_HASH_DIFFERS,)
