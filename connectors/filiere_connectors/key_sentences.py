"""What is said about the keys of a connector: how they open, how they are replaced, who else signs in our name."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

KEY_READABLE = Sentence(
    "key-readable-by-others",
    "D'autres que son propriétaire peuvent lire {file} (droits {mode}). Faites chmod 600, et tenez la clé pour volée.",
    "Others than its owner may read {file} (mode {mode}). Run chmod 600, and consider the key stolen.",
)
KEY_LOCKED = Sentence(
    "key-locked",
    "La clé {file} ne s'ouvre pas avec cette phrase secrète, ou n'en est pas une. Vérifiez « passphrase » dans "
    "filiere.toml.",
    "The key {file} does not open with this passphrase, or is none. Check “passphrase” in filiere.toml.",
)
KEY_IS_ELSEWHERE = Sentence(
    "key-is-elsewhere",
    "Une clé existe déjà ({key}) ; elle n'est pas remplacée. Pour passer à une autre : filiere-connect keys rotate "
    "--pkcs11 ADRESSE",
    "There is a key already ({key}); it is not replaced. To change over to another: filiere-connect keys rotate "
    "--pkcs11 URI",
)
ROTATION_WAITS = Sentence(
    "rotation-waits",
    "{count} enregistrements signés par la clé actuelle attendent encore. Envoyez-les d'abord : filiere-connect run",
    "{count} records signed by the present key still wait. Send them first: filiere-connect run",
)
ROTATION_UNFINISHED = Sentence(
    "rotation-unfinished",
    "Un remplacement de clé n'est pas terminé. Terminez-le : filiere-connect keys rotate",
    "A key is being replaced and that is not finished. Finish it: filiere-connect keys rotate",
)
KEY_NOT_OURS = Sentence(
    "key-not-ours",
    "ALERTE : la clé {kid} signe en votre nom depuis l'entrée {index} et n'est pas connue ici. Appelez votre filière ; "
    "si elle est celle d'un autre de vos connecteurs : filiere-connect keys accept {kid}",
    "ALARM: key {kid} signs in your name since entry {index} and is not known here. Call your sector body; "
    "if it is another connector's of yours: filiere-connect keys accept {kid}",
)
ROTATION_NOT_OURS = Sentence(
    "rotation-not-ours",
    "ALERTE : à l'entrée {index}, la clé {kid} en remplace une des vôtres sans que ce poste l'ait demandé. "
    "Appelez votre filière : révoquez l'ancienne clé depuis cette entrée.",
    "ALARM: at entry {index}, key {kid} replaces one of yours and this machine has not asked for it. "
    "Call your sector body: revoke the old key from that entry on.",
)
REVOCATION_NOT_OURS = Sentence(
    "revocation-not-ours",
    "ALERTE : à l'entrée {index}, votre clé {kid} est révoquée sans que ce poste l'ait demandé. Appelez votre "
    "filière ; si c'est voulu : filiere-connect keys accept {kid}",
    "ALARM: at entry {index}, your key {kid} is revoked and this machine has not asked for it. Call your sector body; "
    "if it is meant: filiere-connect keys accept {kid}",
)
KEY_VANISHED = Sentence(
    "key-vanished",
    "ALERTE : le journal ne montre plus l'enregistrement de votre clé {kid}. Appelez votre filière.",
    "ALARM: the log no longer shows the registration of your key {kid}. Call your sector body.",
)
