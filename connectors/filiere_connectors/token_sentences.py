"""What is said about a key that lies on a PKCS#11 token: how it is named, reached, opened, and what it cannot do."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

TOKEN_URI = Sentence(
    "token-uri",
    "L'adresse de la clé sur le jeton matériel n'est pas lisible. Attendu : {expected} "
    "(pkcs11:token=NOM;object=NOM?module-path=FICHIER).",
    "The address of the key on the hardware token cannot be read. Expected: {expected} "
    "(pkcs11:token=NAME;object=NAME?module-path=FILE).",
)
PIN_IN_URI = Sentence(
    "token-pin-in-uri",
    "Le code PIN ne se met pas dans l'adresse, qui est affichée et journalisée. Donnez-le par référence : "
    'pkcs11_pin = "env:NOM", "file:FICHIER" ou "prompt". Tenez ce code pour connu et changez-le.',
    "A PIN does not belong into the address, which is shown and logged. Give a reference to it: "
    'pkcs11_pin = "env:NAME", "file:PATH" or "prompt". Consider this PIN known and change it.',
)
PKCS11_ABSENT = Sentence(
    "pkcs11-not-installed",
    "La clé est sur un jeton matériel et la bibliothèque pour le lire manque. Installez-la : "
    "pip install 'filiere-connectors[pkcs11]'",
    "The key is on a hardware token and the library that reads it is missing. Install it: "
    "pip install 'filiere-connectors[pkcs11]'",
)
MODULE_UNNAMED = Sentence(
    "token-module-unnamed",
    "Le module PKCS#11 du jeton n'est pas nommé. Ajoutez ?module-path=FICHIER à l'adresse, ou pkcs11_module dans "
    "filiere.toml.",
    "The token's PKCS#11 module is not named. Add ?module-path=FILE to the address, or pkcs11_module to filiere.toml.",
)
MODULE_UNUSABLE = Sentence(
    "token-module-unusable",
    "Le module PKCS#11 « {module} » ne se charge pas ({reason}). Vérifiez que le logiciel du jeton est installé.",
    "The PKCS#11 module “{module}” does not load ({reason}). Check that the token's software is installed.",
)
TOKEN_ABSENT = Sentence(
    "token-absent",
    "Le jeton matériel de « {uri} » n'est pas là. Branchez-le et relancez ; rien n'est perdu.",
    "The hardware token of “{uri}” is not there. Plug it in and run again; nothing is lost.",
)
TOKEN_AMBIGUOUS = Sentence(
    "token-ambiguous",
    "L'adresse « {uri} » désigne plusieurs jetons ou plusieurs clés. Précisez-la par serial= ou id=.",
    "The address “{uri}” names several tokens or several keys. Make it precise with serial= or id=.",
)
TOKEN_KEY_ABSENT = Sentence(
    "token-key-absent",
    "Le jeton est là, mais la clé « {uri} » n'y est pas (les deux objets, privé et public, sont attendus). "
    "Créez-la : filiere-connect keygen",
    "The token is there, but the key “{uri}” is not on it (both objects, private and public, are expected). "
    "Make it: filiere-connect keygen",
)
TOKEN_KEY_EXISTS = Sentence(
    "token-key-exists",
    "Une clé « {uri} » est déjà sur le jeton ; elle n'est pas remplacée. Choisissez un autre object=.",
    "There is a key “{uri}” on the token already; it is not replaced. Choose another object=.",
)
TOKEN_KEY_UNFIT = Sentence(
    "token-key-unfit",
    "La clé « {uri} » ne convient pas : {expected} attendu. Créez-en une : filiere-connect keygen --pkcs11",
    "The key “{uri}” does not fit: {expected} is expected. Make one: filiere-connect keygen --pkcs11",
)
PIN_UNNAMED = Sentence(
    "token-pin-unnamed",
    'La clé est sur un jeton matériel : dites où est son code PIN, pkcs11_pin = "env:NOM", "file:FICHIER" ou "prompt" '
    "dans filiere.toml.",
    'The key is on a hardware token: say where its PIN is, pkcs11_pin = "env:NAME", "file:PATH" or "prompt" in '
    "filiere.toml.",
)
PIN_WRONG = Sentence(
    "token-pin-wrong",
    "Le jeton refuse ce code PIN ({reference}). Vérifiez-le avant de relancer : un jeton se bloque après quelques "
    "essais. Rien n'est perdu.",
    "The token refuses this PIN ({reference}). Check it before you run again: a token locks itself after a few "
    "attempts. Nothing is lost.",
)
PIN_LOCKED = Sentence(
    "token-pin-locked",
    "Le jeton est bloqué : trop de mauvais codes PIN. Débloquez-le avec son logiciel ; rien n'est perdu.",
    "The token is locked: too many wrong PINs. Unlock it with its own software; nothing is lost.",
)
TOKEN_FAILED = Sentence(
    "token-failed",
    "Le jeton matériel a échoué ({reason}). Vérifiez qu'il est branché et relancez ; rien n'est perdu.",
    "The hardware token has failed ({reason}). Check that it is plugged in and run again; nothing is lost.",
)
TOKEN_ALGORITHM = Sentence(
    "token-algorithm",
    "Une clé sur un jeton matériel signe en ES256, et non en {found}.",
    "A key on a hardware token signs with ES256, not with {found}.",
)
