"""Why the publisher refuses to sign, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

LOG_BEHIND_CHECKPOINT = Sentence(
    "log-behind-checkpoint",
    "La base contient {found} enregistrements, mais un point de contrôle en a signé {expected}. Rien n'est signé :"
    " réadmettez les enregistrements manquants (filiere recover) ou restaurez une sauvegarde plus récente.",
    "The database holds {found} records, but a checkpoint was signed for {expected}. Nothing is signed: re-admit the"
    " missing records (filiere recover) or restore a later backup.",
)
LOG_DIFFERS_FROM_CHECKPOINT = Sentence(
    "log-differs-from-checkpoint",
    "Les {size} premiers enregistrements de la base donnent la racine {found}, mais le point de contrôle signé porte"
    " {expected}. Rien n'est signé : « filiere fsck » montre ce qui diffère.",
    "The first {size} records of the database give the root {found}, but the signed checkpoint has {expected}."
    " Nothing is signed: “filiere fsck” shows what differs.",
)
LOG_ENTRY_CHANGED = Sentence(
    "log-entry-changed",
    "L'enregistrement {index} de la base n'est plus celui qui a été publié. Rien n'est signé : la base a été restaurée"
    " ou modifiée ; « filiere fsck » montre ce qui diffère.",
    "Record {index} of the database is no longer the one that was published. Nothing is signed: the database was"
    " restored or altered; “filiere fsck” shows what differs.",
)
LOG_GAP = Sentence(
    "log-gap",
    "La base doit contenir l'enregistrement {expected}, mais le suivant est {found}. Rien n'est signé : « filiere"
    " fsck » montre ce qui manque.",
    "The database should hold record {expected}, but the next one is {found}. Nothing is signed: “filiere fsck” shows"
    " what is missing.",
)
LOG_FORKED = Sentence(
    "log-forked",
    "Deux points de contrôle signés pour {size} enregistrements portent des racines différentes ({anchor} dans"
    " l'ancre, {served} dans le dossier servi). Rien n'est signé : prévenez les membres et les auditeurs.",
    "Two checkpoints signed for {size} records have different roots ({anchor} in the anchor, {served} in the served"
    " folder). Nothing is signed: tell members and auditors.",
)
CHECKPOINT_UNREADABLE = Sentence(
    "checkpoint-unreadable",
    "Le point de contrôle {name} n'est pas un point de contrôle de {origin} signé par la clé du journal ({reason})."
    " Rien n'est signé : restaurez ce fichier, ou la clé et l'origine qui l'ont signé.",
    "The checkpoint {name} is not a checkpoint of {origin} signed by the log's key ({reason}). Nothing is signed:"
    " restore that file, or the key and the origin that signed it.",
)
LOG_BEHIND_KNOWN_HEAD = Sentence(
    "log-behind-known-head",
    "La base contient {found} enregistrements, mais {name} connaît une tête signée de {expected}. Rien n'est signé :"
    " réadmettez les enregistrements manquants (filiere recover) ou restaurez une sauvegarde plus récente.",
    "The database holds {found} records, but {name} knows a signed head of {expected}. Nothing is signed: re-admit the"
    " missing records (filiere recover) or restore a later backup.",
)
LOG_DIFFERS_FROM_KNOWN_HEAD = Sentence(
    "log-differs-from-known-head",
    "Les {size} premiers enregistrements de la base donnent la racine {found}, mais la tête signée que connaît {name}"
    " porte {expected}. Rien n'est signé : « filiere fsck » montre ce qui diffère.",
    "The first {size} records of the database give the root {found}, but the signed head that {name} knows has"
    " {expected}. Nothing is signed: “filiere fsck” shows what differs.",
)
