"""What a witness says when it does not cosign, and what its keeper may get wrong."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

UNKNOWN_LOG = Sentence(
    "witness-unknown-log",
    "journal connu du témoin attendu, « {origin} » trouvé ; son gardien l'ajoute par « filiere-witness add-log »",
    "expected a log that this witness knows, found “{origin}”; its keeper adds it by “filiere-witness add-log”",
)
NOT_SIGNED = Sentence(
    "witness-not-signed",
    "tête signée par une clé connue de « {origin} » attendue, aucune ne tient ; signez avec la clé du journal",
    "expected a head signed by a known key of “{origin}”, found no signature that holds; sign with the log's key",
)
STALE_SIZE = Sentence(
    "witness-stale-size",
    "ancienne taille {expected} attendue, celle de la dernière tête cosignée, {found} trouvé ; prouvez depuis elle",
    "expected old size {expected}, that of the head cosigned last, found {found}; prove from there",
)
FORK_SEEN = Sentence(
    "witness-fork",
    "le journal « {origin} » a signé deux racines pour {size} entrées ; les deux têtes sont gardées comme preuve",
    "log “{origin}” has signed two roots for {size} entries; both heads are kept as evidence",
)
NOT_PROVED = Sentence(
    "witness-not-proved",
    "preuve que la tête de {new} entrées prolonge celle de {old} attendue, elle ne tient pas ; rien n'est cosigné",
    "expected a proof that the head of {new} entries extends that of {old}, it does not hold; nothing is cosigned",
)
WITNESS_ABSENT = Sentence(
    "witness-absent",
    "dossier d'un témoin attendu, « {found} » n'en est pas un ; créez-le par « filiere-witness init »",
    "expected the folder of a witness, “{found}” is none; make it by “filiere-witness init”",
)
WITNESS_NAMED = Sentence(
    "witness-named-already",
    "ce témoin s'appelle « {expected} » et ne change pas de nom, « {found} » demandé ; prenez un autre dossier",
    "this witness is called “{expected}” and keeps its name, “{found}” was asked for; take another folder",
)
KEY_READABLE = Sentence(
    "witness-key-readable",
    "clé lisible par son seul propriétaire attendue, mode {found} trouvé sur {path} ; « chmod 600 », et tenez-la "
    "pour volée",
    "expected a key that only its owner reads, found mode {found} on {path}; “chmod 600”, and consider it stolen",
)
LOG_KEY_TYPE = Sentence(
    "witness-log-key",
    "clé de vérification d'un journal (type 0x01) attendue, « {found} » trouvé ; recopiez celle que le journal publie",
    "expected the verifier key of a log (type 0x01), found “{found}”; copy the one that the log publishes",
)
