"""What can be wrong with a policy, or missing from a checkpoint under it."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

POLICY_BYTES = Sentence(
    "policy-bytes",
    "politique de journal attendue : au plus {limit} octets, lignes terminées par LF, sans autre caractère de contrôle "
    "que la tabulation ; réécrivez le fichier ainsi",
    "expected a log policy: at most {limit} bytes, lines that end with LF, no control character but the tab; write "
    "the file that way",
)
POLICY_LINE = Sentence(
    "policy-line",
    "ligne {line} de la politique : « {expected} » attendu, « {found} » trouvé ; corrigez cette ligne",
    "line {line} of the policy: expected “{expected}”, found “{found}”; correct that line",
)
POLICY_KEY = Sentence(
    "policy-key",
    "ligne {line} de la politique : clé de vérification {expected} attendue, « {found} » trouvé ; recopiez-la",
    "line {line} of the policy: expected a verifier key {expected}, found “{found}”; copy it whole",
)
POLICY_KEY_TWICE = Sentence(
    "policy-key-twice",
    "ligne {line} de la politique : clé de « {found} » déjà donnée plus haut ; chaque clé ne compte qu'une fois",
    "line {line} of the policy: the key of “{found}” was given above; each key counts once only",
)
POLICY_NAME_TWICE = Sentence(
    "policy-name-twice",
    "ligne {line} de la politique : nouveau nom attendu, « {found} » déjà défini ou réservé ; choisissez-en un autre",
    "line {line} of the policy: expected a new name, found “{found}”, defined above or reserved; choose another one",
)
POLICY_NAME_UNKNOWN = Sentence(
    "policy-name-unknown",
    "ligne {line} de la politique : nom défini plus haut attendu, « {found} » trouvé ; définissez-le avant",
    "line {line} of the policy: expected a name defined above, found “{found}”; define it before",
)
POLICY_MEMBER_TWICE = Sentence(
    "policy-member-twice",
    "ligne {line} de la politique : « {found} » est déjà membre d'un groupe ; un témoin ne compte que d'une manière",
    "line {line} of the policy: “{found}” is a member of a group already; a witness counts in one way only",
)
POLICY_THRESHOLD = Sentence(
    "policy-threshold",
    "ligne {line} de la politique : « all », « any » ou nombre de 1 à {count} attendu, « {found} » trouvé ; corrigez",
    "line {line} of the policy: expected “all”, “any” or a number from 1 to {count}, found “{found}”; correct it",
)
POLICY_QUORUM = Sentence(
    "policy-quorum",
    "une ligne « quorum » attendue dans la politique, {found} trouvée(s) ; gardez-en exactement une",
    "expected one “quorum” line in the policy, found {found}; keep exactly one",
)
POLICY_LOG_UNKNOWN = Sentence(
    "policy-log-unknown",
    "tête signée par un des journaux de la politique attendue, journal « {found} » trouvé ; vérifiez l'adresse",
    "expected a head signed by one of the policy's logs, found log “{found}”; check the address",
)
QUORUM_MISSING = Sentence(
    "quorum-missing",
    "quorum « {quorum} » de témoins attendu sur la tête de {size} enregistrements, cosignée par : {found} ; "
    "attendez une tête que le quorum a vue",
    "expected the witnesses' quorum “{quorum}” on the head of {size} records, found cosigned by: {found}; "
    "wait for a head that the quorum has seen",
)
