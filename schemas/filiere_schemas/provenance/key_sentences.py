"""What is said about a key's history: its registration, its rotation, its revocation."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

KEY_ENTRY_REFUSED = Sentence(
    "key-entry-refused",
    "l'entrée de clé {index} du journal ne tient pas : {reason}",
    "key entry {index} of the log does not hold: {reason}",
)
KEY_ENTRY_ORDER = Sentence(
    "key-entry-order",
    "entrées de clés attendues dans l'ordre du journal, l'entrée {found} suit l'entrée {expected} ; triez-les",
    "expected key entries in the order of the log, entry {found} follows entry {expected}; sort them",
)
KEY_ENTRY_KNOWN = Sentence(
    "key-entry-known",
    "clé nouvelle attendue, la clé {kid} a déjà été enregistrée ; créez-en une autre",
    "expected a new key, key {kid} was registered before; make another one",
)
KEY_ENTRY_UNKNOWN = Sentence(
    "key-entry-unknown",
    "clé enregistrée attendue, la clé {kid} ne l'a jamais été ; vérifiez l'empreinte",
    "expected a registered key, key {kid} never was; check the thumbprint",
)
KEY_ENTRY_NOT_ACTIVE = Sentence(
    "key-entry-not-active",
    "clé valide attendue pour signer ce changement, la clé {kid} a pris fin à l'entrée {found} ; "
    "adressez-vous à l'administration de la filière",
    "expected a valid key to sign this change, key {kid} ended at entry {found}; ask the sector body",
)
KEY_ENTRY_OTHER_MEMBER = Sentence(
    "key-entry-other-member",
    "clé de « {expected} », le changement parle au nom de « {found} » ; il ne peut être admis",
    "the key is that of “{expected}”, the change speaks for “{found}”; it cannot be admitted",
)
KEY_ENTRY_SUSPECT_AHEAD = Sentence(
    "key-entry-suspect-ahead",
    "début du doute attendu au plus tard à l'entrée {index}, {found} trouvé ; indiquez une entrée passée",
    "expected a suspicion from entry {index} or earlier, found {found}; name an entry of the past",
)
KEY_ENTRY_REVOKED = Sentence(
    "key-entry-revoked",
    "la clé {kid} est révoquée depuis l'entrée {found} ; une nouvelle révocation ne peut qu'avancer le début du doute",
    "key {kid} is revoked since entry {found}; another revocation can only move its suspicion back",
)
