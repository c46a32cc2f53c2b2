"""What a workspace can lack, and what can go wrong on the way to the instance."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

NO_WORKSPACE = Sentence(
    "no-workspace",
    "« {file} » n'existe pas. Créez l'espace de travail : filiere-connect init --member ... --url ...",
    "“{file}” does not exist. Make the workspace: filiere-connect init --member ... --url ...",
)
NOT_ENROLLED = Sentence(
    "not-enrolled",
    "Le connecteur n'est pas inscrit ({file} absent ou abîmé). Inscrivez-le : filiere-connect enroll",
    "The connector is not enrolled ({file} is absent or damaged). Enrol it: filiere-connect enroll",
)
NO_KEY = Sentence(
    "no-key",
    "Il n'y a pas de clé de signature ({file}). Créez-la : filiere-connect keygen",
    "There is no signing key ({file}). Make it: filiere-connect keygen",
)
KEY_EXISTS = Sentence(
    "key-exists",
    "Une clé existe déjà ({file}) ; elle n'est pas remplacée. Déplacez-la si une nouvelle est voulue.",
    "There is a key already ({file}); it is not replaced. Move it if a new one is wanted.",
)
WORKSPACE_EXISTS = Sentence(
    "workspace-exists",
    "« {file} » existe déjà ; il n'est pas remplacé.",
    "“{file}” exists already; it is not replaced.",
)
SECRET_ABSENT = Sentence(
    "secret-absent",
    "Le secret « {reference} » est absent ou vide. Demandez un jeton à votre filière et placez-le là.",
    "The secret “{reference}” is absent or empty. Ask your sector body for a token and put it there.",
)
NO_FLOW = Sentence(
    "no-flow",
    "Aucun flux ni classeur « {found} ». Créez un flux (filiere-connect init --from FICHIER) ou un classeur à remplir "
    "(filiere-connect template RÔLE -o workbooks/NOM.xlsx).",
    "There is no flow or workbook “{found}”. Make a flow (filiere-connect init --from FILE) or a workbook to fill in "
    "(filiere-connect template ROLE -o workbooks/NAME.xlsx).",
)
ALREADY_RUNNING = Sentence(
    "already-running",
    "Un autre envoi est en cours dans cet espace de travail ({file}). Attendez qu'il se termine.",
    "Another run is under way in this workspace ({file}). Wait for its end.",
)
OTHER_KEY = Sentence(
    "spool-other-key",
    "L'expéditeur ou la clé a changé depuis les envois de ce spool ({found}, et non {expected}). Remettez-les.",
    "The sender or the key has changed since the records of this spool ({found}, not {expected}). Put it back.",
)
SPOOL_DAMAGED = Sentence(
    "spool-damaged",
    "Le spool « {file} » ne se lit pas : {reason}. Ne le supprimez pas : appelez votre filière.",
    "The spool “{file}” cannot be read: {reason}. Do not delete it: call your sector body.",
)
DISK_FULL = Sentence(
    "disk-full",
    "Le disque est plein ({reason}). Rien n'est perdu : libérez de la place et relancez.",
    "The disk is full ({reason}). Nothing is lost: make room and run again.",
)
SERVER_AWAY = Sentence(
    "server-away",
    "L'instance {url} ne répond pas ({reason}). Rien n'est perdu : l'envoi reprendra.",
    "The instance {url} does not answer ({reason}). Nothing is lost: sending will go on.",
)
SERVER_REFUSED = Sentence(
    "server-refused",
    "L'instance {url} refuse la demande ({status} {code}) : {reason}",
    "The instance {url} refuses the request ({status} {code}): {reason}",
)
SERVER_ODD = Sentence(
    "server-odd",
    "L'instance {url} a répondu ce qui n'est pas attendu ({reason}). Rien n'est marqué comme envoyé.",
    "The instance {url} answered what is not expected ({reason}). Nothing is marked as sent.",
)
RECEIPT_WRONG = Sentence(
    "receipt-wrong",
    "Le reçu de l'instance {url} ne correspond pas aux envois ({reason}). Rien n'est marqué comme envoyé.",
    "The receipt of the instance {url} does not match what was sent ({reason}). Nothing is marked as sent.",
)
LOG_WRONG = Sentence(
    "log-wrong",
    "Le journal de l'instance {url} contredit ce qu'elle a promis ({reason}). Appelez votre filière.",
    "The log of the instance {url} contradicts what it promised ({reason}). Call your sector body.",
)
RECORD_REFUSED = Sentence(
    "record-refused",
    "La plateforme refuse l'événement ({code}) : {reason}",
    "The platform refuses the event ({code}): {reason}",
)
CORRECTION_WAITS = Sentence(
    "correction-waits",
    "La ligne a changé depuis son envoi : relancez avec --corrections pour déclarer l'erreur et envoyer la correction.",
    "The row has changed since it was sent: run with --corrections to declare the error and send the correction.",
)
ROW_VANISHED = Sentence(
    "row-vanished",
    "La ligne « {found} » a été envoyée puis a disparu de « {file} ». Rien n'est déclaré en son nom.",
    "The row “{found}” was sent and is gone from “{file}”. Nothing is declared on its behalf.",
)
