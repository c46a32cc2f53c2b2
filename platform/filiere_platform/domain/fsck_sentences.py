"""What `filiere fsck` says of each breach, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

RECORD_BEYOND_HEAD = Sentence(
    "record-beyond-head",
    "L'enregistrement {index} est au-delà de la tête du journal : aucune capture ne l'a validé. Ne le supprimez pas"
    " avant d'avoir comparé avec une sauvegarde.",
    "Record {index} lies beyond the head of the log: no capture has committed it. Do not remove it before comparing"
    " with a backup.",
)
RECORD_MISSING = Sentence(
    "record-missing",
    "Il manque {count} enregistrement(s) dans la base à partir de l'index {index}. Restaurez-les d'une sauvegarde, ou"
    " faites-les renvoyer par leurs connecteurs (filiere recover).",
    "{count} record(s) are missing from the database from index {index} on. Restore them from a backup, or have their"
    " connectors send them again (filiere recover).",
)
DATABASE_BEHIND_HEAD = Sentence(
    "database-behind-head",
    "Le point de contrôle {name} couvre {expected} enregistrements ; la base n'en contient que {found}. Restaurez une"
    " sauvegarde plus récente ou réadmettez les enregistrements (filiere recover).",
    "Checkpoint {name} covers {expected} records; the database holds only {found}. Restore a later backup or re-admit"
    " the records (filiere recover).",
)
RECORD_BYTES_CHANGED = Sentence(
    "record-bytes-changed",
    "Les octets de l'enregistrement {index} ont pour empreinte {found} ; le journal a enregistré {expected}."
    " Restaurez ces octets d'une sauvegarde.",
    "The bytes of record {index} hash to {found}; the log recorded {expected}. Restore those bytes from a backup.",
)
RECORD_KIND_UNKNOWN = Sentence(
    "record-kind-unknown",
    "L'enregistrement {index} est d'un genre inconnu ({found}). Mettez le logiciel à jour, ou restaurez une"
    " sauvegarde.",
    "Record {index} is of an unknown kind ({found}). Update the software, or restore a backup.",
)
RECORD_TIME_GOES_BACK = Sentence(
    "record-time-goes-back",
    "L'enregistrement {index} porte une heure de réception antérieure à celle du précédent. La base a été modifiée :"
    " comparez avec une sauvegarde.",
    "Record {index} was stored at an earlier time than the one before it. The database was altered: compare with a"
    " backup.",
)
RECORD_SIGNATURE_FAILS = Sentence(
    "record-signature-fails",
    "La signature de l'enregistrement {index} ne se vérifie pas ({reason}). Comparez ses octets et sa clé avec une"
    " sauvegarde.",
    "The signature of record {index} does not verify ({reason}). Compare its bytes and its key with a backup.",
)
EVENT_ROW_MISSING = Sentence(
    "event-row-missing",
    "L'enregistrement {index} est un événement que les recherches ne trouvent pas : sa ligne d'événement manque.",
    "Record {index} is an event that queries cannot find: its event row is missing.",
)
EVENT_ROW_SPURIOUS = Sentence(
    "event-row-spurious",
    "La ligne d'événement {index} ne correspond à aucun enregistrement d'événement.",
    "Event row {index} belongs to no record of an event.",
)
EDGE_SPURIOUS = Sentence(
    "edge-spurious",
    "Une arête du graphe renvoie à l'événement {index}, qui n'existe pas.",
    "An edge of the graph belongs to event {index}, which does not exist.",
)
EDGE_GAP = Sentence(
    "edge-gap",
    "Il manque une arête à l'événement {index} : ses arêtes ne se suivent pas.",
    "Event {index} lacks an edge: its edges do not follow one another.",
)
NODE_MISSING = Sentence(
    "node-missing",
    "Une arête de l'événement {index} renvoie à un objet qui n'existe pas.",
    "An edge of event {index} leads to an object that does not exist.",
)
GRANT_MISSING = Sentence(
    "grant-missing",
    "Le propriétaire de l'enregistrement {index} n'a pas le droit de le voir : son droit manque.",
    "The owner of record {index} may not see it: the owner's grant is missing.",
)
GRANT_SPURIOUS = Sentence(
    "grant-spurious",
    "Un droit porte sur l'enregistrement {index}, qui n'existe pas.",
    "A grant is on record {index}, which does not exist.",
)
IDENTITY_MISSING = Sentence(
    "identity-missing",
    "Aucune identité ne mène à l'enregistrement {index} : renvoyé, il serait enregistré deux fois.",
    "No identity leads to record {index}: sent again, it would be recorded twice.",
)
IDENTITY_SPURIOUS = Sentence(
    "identity-spurious",
    "Une identité mène à l'enregistrement {index}, qui n'existe pas.",
    "An identity leads to record {index}, which does not exist.",
)
NUMBERS_HAVE_GAPS = Sentence(
    "numbers-have-gaps",
    "{what} : {found} lignes, numérotées jusqu'à {highest} ; attendu : {expected}, sans lacune.",
    "{what}: {found} rows, numbered up to {highest}; expected {expected}, without a gap.",
)
FILE_MISSING = Sentence(
    "log-file-missing",
    "Le fichier {name} du journal manque. Redémarrez le service qui publie : il le récrit d'après la base.",
    "File {name} of the log is missing. Restart the publishing service: it writes it again from the database.",
)
FILE_DIFFERS = Sentence(
    "log-file-differs",
    "Le fichier {name} du journal n'est pas celui que donne la base (empreinte {found}, attendu {expected}).",
    "File {name} of the log is not what the database gives (digest {found}, expected {expected}).",
)
ROOT_DIFFERS = Sentence(
    "log-root-differs",
    "Le point de contrôle {name} a signé la racine {expected} pour {size} enregistrements ; la base donne {found}.",
    "Checkpoint {name} signed the root {expected} for {size} records; the database gives {found}.",
)
ANCHOR_MISSING = Sentence(
    "log-anchor-missing",
    "L'ancre manque alors qu'un point de contrôle est servi. Redémarrez le service qui publie : il la récrit.",
    "The anchor is missing although a checkpoint is served. Restart the publishing service: it writes it again.",
)
SIGNER_UNKNOWN = Sentence(
    "record-signer-unknown",
    "Le membre ou la clé {found} de cet enregistrement n'existe pas, ou la clé est celle d'un autre membre.",
    "The member or key {found} of this record does not exist, or the key is another member's.",
)
KEY_NOT_VALID_HERE = Sentence(
    "record-key-not-valid",
    "La clé {kid} n'était pas valide à l'index {index} : enregistrée plus tard, remplacée ou révoquée avant.",
    "Key {kid} was not valid at index {index}: it was registered later, replaced or revoked before.",
)
KEY_ROW_DIFFERS = Sentence(
    "key-row-differs",
    "Les tables disent autre chose que le journal de la vie de la clé {kid}. Le journal décide : rétablissez la ligne.",
    "The tables tell another life of key {kid} than the log does. The log decides: restore the row.",
)
ATTESTED_FOR_ANOTHER = Sentence(
    "record-attested-for-another",
    "L'attestation nomme le membre {found} ; l'enregistrement est celui de {expected}.",
    "The attestation names member {found}; the record is that of {expected}.",
)
KIND_WITHOUT_SIGNATURE = Sentence(
    "record-kind-without-signature",
    "Cette version ne sait vérifier aucune signature du genre « {found} ». Mettez le logiciel à jour.",
    "This release knows no signature of kind “{found}”. Update the software.",
)
EVENT_UNREADABLE = Sentence(
    "record-event-unreadable",
    "L'événement de l'enregistrement {index} ne se lit plus ({reason}). Ses octets sont ceux du journal : signalez-le.",
    "The event of record {index} can no longer be read ({reason}). Its bytes are those of the log: report it.",
)
EVENT_ROW_DIFFERS = Sentence(
    "event-row-differs",
    "La ligne d'événement {index} ne dit pas ce que dit l'événement : {fields}. Les recherches se trompent sur lui.",
    "Event row {index} does not say what the event says: {fields}. Queries are wrong about it.",
)
EDGES_DIFFER = Sentence(
    "edges-differ",
    "Les arêtes de l'événement {index} ne sont pas celles qui se déduisent de lui ({found} au lieu de {expected}, ou"
    " d'autres). Les traces se trompent sur lui.",
    "The edges of event {index} are not those that follow from it ({found} instead of {expected}, or others). Traces"
    " are wrong about it.",
)
