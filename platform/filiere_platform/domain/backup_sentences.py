"""What a backup and a restore refuse, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

BACKUP_IS_SEALED = Sentence(
    "backup-is-sealed",
    "{file} est scellé par une phrase de passe : donnez-la par FILIERE_BACKUP_PASSPHRASE.",
    "{file} is sealed with a passphrase: give it in FILIERE_BACKUP_PASSPHRASE.",
)
BACKUP_DOES_NOT_OPEN = Sentence(
    "backup-does-not-open",
    "{file} ne s'ouvre pas : la phrase de passe en est une autre, ou le fichier a été modifié ou tronqué.",
    "{file} does not open: the passphrase is another one, or the file was changed or cut off.",
)
BACKUP_UNREADABLE = Sentence(
    "backup-unreadable",
    "{file} n'est pas une sauvegarde de Filière que cette version sait lire ({reason}).",
    "{file} is no backup of Filière that this release can read ({reason}).",
)
BACKUP_MEMBER_WRONG = Sentence(
    "backup-member-wrong",
    "{file} : « {member} » manque, est de trop ou n'a pas l'empreinte du manifeste. Rien n'a été restauré : prenez une"
    " autre copie.",
    "{file}: “{member}” is missing, foreign, or does not have the digest of the manifest. Nothing was restored: take"
    " another copy.",
)
RESTORE_OTHER_DATABASE = Sentence(
    "restore-other-database",
    "La sauvegarde vient de {expected}, la cible est {found} : donnez une base du même genre.",
    "The backup comes from {expected}, the target is {found}: give a database of the same kind.",
)
RESTORE_NEWER_RELEASE = Sentence(
    "restore-newer-release",
    "La sauvegarde a le schéma {found}, que cette version ne connaît pas : restaurez avec la version qui l'a écrite.",
    "The backup has the schema {found}, which this release does not know: restore with the release that wrote it.",
)
RESTORE_TARGET_LIVE = Sentence(
    "restore-target-live",
    "La cible est utilisée ({found}) : arrêtez « filiere serve » et « filiere worker », puis recommencez.",
    "The target is in use ({found}): stop “filiere serve” and “filiere worker”, then try again.",
)
RESTORE_TARGET_NOT_EMPTY = Sentence(
    "restore-target-not-empty",
    "La base contient déjà l'instance {found}. Pour remplacer sa base par la sauvegarde, ajoutez --replace.",
    "The database already holds the instance {found}. To replace its database by the backup's, add --replace.",
)
RESTORE_OTHER_ORIGIN = Sentence(
    "restore-other-origin",
    "La cible appartient au journal {found}, la sauvegarde à {expected} : rien n'est remplacé.",
    "The target belongs to the log {found}, the backup to {expected}: nothing is replaced.",
)
RESTORE_OTHER_KEY = Sentence(
    "restore-other-key",
    "{file} n'est pas la clé de la sauvegarde. Rien n'est remplacé : mettez de côté le fichier qui n'est pas le bon.",
    "{file} is not the backup's key. Nothing is replaced: set aside the file that is not the right one.",
)
RESTORE_ANCHOR_FOREIGN = Sentence(
    "restore-anchor-foreign",
    "{name}, trouvé dans la cible, n'est pas signé par la clé du journal de la sauvegarde. Rien n'est restauré : voyez"
    " d'où il vient.",
    "{name}, found in the target, is not signed by the backup's log key. Nothing is restored: see where it comes from.",
)
