"""What a closed instance, a restore and a recovery have to say, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

INSTANCE_RECOVERING = Sentence(
    "instance-recovering",
    "L'instance retrouve les enregistrements {start} à {stop} après un incident et n'accepte rien de nouveau. Gardez"
    " vos enregistrements et renvoyez-les plus tard ; « filiere-connect run » rend de lui-même ceux qui manquent.",
    "The instance is recovering records {start} to {stop} after an incident and takes nothing new. Keep your records"
    " and send them later; “filiere-connect run” gives back by itself those that are missing.",
)
INSTANCE_SCRATCH = Sentence(
    "instance-scratch",
    "Cette instance est une copie de travail : elle ne stocke, ne signe et ne livre rien. Envoyez à l'instance"
    " véritable.",
    "This instance is a scratch copy: it stores, signs and delivers nothing. Send to the real instance.",
)
READMISSION_SIGNER_UNKNOWN = Sentence(
    "readmission-signer-unknown",
    "L'enregistrement {index} ({kind}) est signé par la clé {found}, que la base ne connaît pas encore : il attend que"
    " l'inscription de cette clé soit réadmise.",
    "Record {index} ({kind}) is signed by the key {found}, which the database does not know yet: it waits until that"
    " key's registration is re-admitted.",
)
READMISSION_MEMBER_UNKNOWN = Sentence(
    "readmission-member-unknown",
    "L'enregistrement {index} ({kind}) est de {found}, que la base ne connaît pas : admettez de nouveau ce membre"
    " (filiere member add), puis recommencez.",
    "Record {index} ({kind}) is of {found}, whom the database does not know: admit this member again (filiere member"
    " add), then try again.",
)
READMISSION_DIFFERS = Sentence(
    "readmission-differs",
    "L'enregistrement {index} ({kind}) ne reprendrait pas la place que le journal lui donne : la base contient déjà ce"
    " qu'il dit. Rien n'est changé ; « filiere fsck » montre l'état de la base.",
    "Record {index} ({kind}) would not take the place again that the log gives it: the database holds already what it"
    " says. Nothing is changed; “filiere fsck” shows the state of the database.",
)
RECOVERY_TILES_MISSING = Sentence(
    "recovery-tiles-missing",
    "Le fichier {name} du journal manque ou ne convient pas à la tête signée : sans lui, on ne sait pas ce qui a été"
    " perdu. Rendez-le d'une copie du journal (« /log/ » est public), puis recommencez.",
    "The log's file {name} is missing or does not fit the signed head: without it nobody knows what was lost. Put it"
    " back from any copy of the log (“/log/” is public), then try again.",
)
RECOVERY_DIFFERS = Sentence(
    "recovery-differs",
    "Les {size} enregistrements de la base et les tuiles qui les suivent ne donnent pas la racine signée pour"
    " {expected} : la base contient autre chose que ce qui a été publié. Restaurez une sauvegarde, puis recommencez.",
    "The database's {size} records and the tiles that follow them do not give the root signed for {expected}: the"
    " database holds something else than what was published. Restore a backup, then try again.",
)
