"""What a verifier finds beyond the form of files and signatures, and what its reader should know of what holds."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

AGE_UNKNOWN = Sentence(
    "head-age-unknown",
    "aucun témoin connu n'a signé cette tête : son âge reste inconnu ; demandez un dossier vu par vos témoins",
    "no known witness signed this head: its age cannot be known; ask for a bundle that your witnesses have seen",
)
HEAD_STALE = Sentence(
    "head-stale",
    "la tête signée a été vue pour la dernière fois le {seen}, il y a {found} s, au plus {expected} s sont admises ; "
    "demandez un nouvel export",
    "the signed head was last seen on {seen}, {found} s ago, at most {expected} s are allowed; ask for a new export",
)
RECORD_MISSING = Sentence(
    "content-missing",
    "l'enregistrement {index} n'a pas de contenu et aucune entrée du journal ne dit qu'il a été effacé",
    "record {index} has no content, and no entry of the log says that it was erased",
)
RECORD_ERASED = Sentence(
    "content-erased",
    "enregistrement {index} : effacé le {day} selon la règle {rule} ({basis})",
    "record {index}: erased on {day} under rule {rule} ({basis})",
)
ERASURE_REFUTED = Sentence(
    "erasure-refuted",
    "l'effacement inscrit en {index} ne tient pas : {reason}",
    "the erasure at {index} does not hold: {reason}",
)
FIELDS_WITHHELD = Sentence(
    "fields-withheld",
    "enregistrement {index} : {fields} champs scellés non montrés, dont {erased} effacés ({places})",
    "record {index}: {fields} sealed fields not shown, {erased} of them erased ({places})",
)
RECORDS_DISPUTED = Sentence(
    "records-disputed",
    "enregistrements {records} : contestés, la clé {kid} a été révoquée en {revoked}, suspecte depuis {suspect} "
    "({reason})",
    "records {records}: disputed, key {kid} was revoked at {revoked} as suspect from {suspect} ({reason})",
)
RECORD_TAKEN_BACK = Sentence(
    "record-declared-erroneous",
    "enregistrement {index} : déclaré erroné par son auteur dans l'enregistrement {by}",
    "record {index}: declared erroneous by its author in record {by}",
)
EVENTS_HIDDEN = Sentence(
    "events-not-shown",
    "{object} : {events} événements ne sont pas montrés à qui a demandé ce dossier",
    "{object}: {events} events are not shown to whoever asked for this bundle",
)
