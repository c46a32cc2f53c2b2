"""What can be wrong with a bundle or a trust file."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

BUNDLE_FORM = Sentence(
    "bundle-form",
    "dossier de preuves attendu (zip, {expected}), trouvé : {found} ; demandez un nouvel export",
    "expected a bundle (zip, {expected}), found: {found}; ask for a new export",
)
BUNDLE_ALTERED = Sentence(
    "bundle-altered",
    "le fichier n'est pas, octet pour octet, celui qui a été écrit ; demandez-en une copie intacte",
    "the file is not, byte for byte, the one that was written; ask for an intact copy",
)
BUNDLE_TOO_LARGE = Sentence(
    "bundle-too-large",
    "au plus {limit} octets attendus, {found} trouvés ; exportez moins d'étapes à la fois",
    "expected at most {limit} bytes, found {found}; export fewer steps at a time",
)
BUNDLE_OTHER_LOG = Sentence(
    "bundle-other-log",
    "journal « {expected} » attendu d'après le fichier de confiance, « {found} » trouvé",
    "expected log “{expected}” by the trust file, found “{found}”",
)
BUNDLE_DIGEST = Sentence(
    "bundle-digest",
    "l'empreinte de l'enregistrement {index} ne correspond pas à son contenu ; le dossier a été modifié",
    "the digest of record {index} does not match its content; the bundle was changed",
)
BUNDLE_KIND = Sentence(
    "bundle-kind",
    "l'enregistrement {index} est de nature « {found} » ; attendu : {expected}",
    "record {index} is of kind “{found}”; expected: {expected}",
)
BUNDLE_KEY_ABSENT = Sentence(
    "bundle-key-absent",
    "l'enregistrement {index} est signé par la clé {kid}, qui n'est pas inscrite avant lui dans le dossier",
    "record {index} is signed by key {kid}, whose registration before it is not in the bundle",
)
BUNDLE_KEY_ENDED = Sentence(
    "bundle-key-ended",
    "l'enregistrement {index} est signé par la clé {kid}, qui ne valait plus depuis l'entrée {found}",
    "record {index} is signed by key {kid}, which had ended at entry {found}",
)
BUNDLE_OBJECT_ABSENT = Sentence(
    "bundle-object-absent",
    "aucun enregistrement du dossier ne parle de « {found} »",
    "no record of the bundle speaks of “{found}”",
)
SHARED_PROOF = Sentence(
    "bundle-not-included",
    "les {size} entrées de la tête signée n'ont pas celles du dossier à leur place (racine attendue {root})",
    "the {size} entries of the signed head do not have those of the bundle at their places (expected root {root})",
)
RECORD_NOT_INCLUDED = Sentence(
    "record-not-included",
    "l'enregistrement {index} n'est pas dans le journal sous la tête signée : {reason}",
    "record {index} is not in the log under the signed head: {reason}",
)
BUNDLE_RECORD = Sentence(
    "bundle-record",
    "l'enregistrement {index} ne tient pas : {reason}",
    "record {index} does not hold: {reason}",
)
TRUST_FORM = Sentence(
    "trust-form",
    "fichier de confiance attendu ({expected}), trouvé : {found} ; demandez-le à votre filière",
    "expected a trust file ({expected}), found: {found}; ask your sector body for it",
)
