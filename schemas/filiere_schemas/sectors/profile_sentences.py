"""What is said about sector profiles that do not hold together; one sentence per thing that their author can do."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

UNKNOWN_SECTOR = Sentence(
    "sector-unknown",
    "aucun profil « {found} » : attendu un dossier qui contient profile.toml, ou un des secteurs {expected}",
    "no profile '{found}': expected a folder that holds profile.toml, or one of the sectors {expected}",
)
FOLDER_TAKEN = Sentence(
    "sector-folder-taken",
    "« {found} » existe déjà : choisissez un autre nom, rien n'est écrasé",
    "'{found}' exists already: choose another name, nothing is overwritten",
)
BAD_NAME = Sentence(
    "sector-name",
    "« {found} » n'est pas un nom de secteur : attendu des minuscules, chiffres et tirets, d'abord une lettre",
    "'{found}' is no name of a sector: expected small letters, digits and hyphens, a letter first",
)
UNREADABLE = Sentence(
    "profile-unreadable",
    "{file} : illisible ({found}) ; attendu un fichier TOML ou JSON en UTF-8 de {expected} octets au plus",
    "{file}: unreadable ({found}); expected a TOML or JSON file in UTF-8 of {expected} bytes at most",
)
UNKNOWN_FILE = Sentence(
    "profile-unknown-file",
    "{file} : fichier que le format ne connaît pas ; attendu l'un de {expected}",
    "{file}: a file that the format does not know; expected one of {expected}",
)
WRONG_FORM = Sentence(
    "profile-form",
    "{file}, {key} : {found} ; docs/sectors.md dit ce que chaque clé attend",
    "{file}, {key}: {found}; docs/sectors.md says what each key expects",
)
MISSING_TRANSLATION = Sentence(
    "profile-missing-translation",
    "{file}, {key} : il manque « {expected} », le texte dans l'autre langue",
    "{file}, {key}: '{expected}' is missing, the text in the other language",
)
SAME_WORDS = Sentence(
    "profile-same-words",
    "{file}, {key} : le français et l'anglais disent mot pour mot « {found} » ; traduisez l'un des deux",
    "{file}, {key}: French and English say '{found}' word for word; translate one of them",
)
REPEATED_NAME = Sentence(
    "profile-repeated-name",
    "{file}, {key} : le nom « {found} » est déjà pris ; chaque nom ne sert qu'une fois dans sa liste",
    "{file}, {key}: the name '{found}' is taken already; each name serves once in its list",
)
UNKNOWN_NAME = Sentence(
    "profile-unknown-name",
    "{file}, {key} : « {found} » n'est défini nulle part ; attendu l'un de {expected}",
    "{file}, {key}: '{found}' is defined nowhere; expected one of {expected}",
)
UNKNOWN_PATH = Sentence(
    "profile-unknown-path",
    "{file}, {key} : aucun {expected} ne peut avoir « {found} » ; corrigez le chemin, ou déclarez le préfixe de "
    "l'extension dans [prefixes] de profile.toml",
    "{file}, {key}: no {expected} can have '{found}'; correct the path, or declare the prefix of the extension in "
    "[prefixes] of profile.toml",
)
UNKNOWN_WORD = Sentence(
    "profile-unknown-word",
    "{file}, {key} : « {found} » n'est pas un mot du vocabulaire CBV ; attendu par exemple {expected}, ou un URI "
    "propre au secteur",
    "{file}, {key}: '{found}' is no word of the CBV vocabulary; expected for example {expected}, or a URI of the "
    "sector's own",
)
BAD_EXPRESSION = Sentence(
    "profile-expression",
    "{file}, {key} : expression refusée, {found} ; docs/sectors.md dit ce qu'une expression peut nommer",
    "{file}, {key}: expression refused, {found}; docs/sectors.md says what an expression may name",
)
BAD_PATTERN = Sentence(
    "profile-pattern",
    "{file}, {key} : expression régulière que RE2 ne lit pas, {found}",
    "{file}, {key}: a regular expression that RE2 does not read, {found}",
)
NEVER = Sentence(
    "profile-never",
    "{file}, {key} : « {found} » ne peut jamais s'appliquer ; la cause : {expected}",
    "{file}, {key}: '{found}' can never apply; the cause: {expected}",
)
CYCLE = Sentence(
    "profile-cycle",
    "{file}, {key} : boucle {found} ; retirez l'un de ces renvois",
    "{file}, {key}: cycle {found}; remove one of these references",
)
DEAD_END = Sentence(
    "profile-dead-end",
    "{file}, {key} : l'état « {found} » n'est atteint depuis aucun autre, ou ne mène à aucun état final ; ajoutez une "
    "transition, ou final = true",
    "{file}, {key}: the state '{found}' is reached from no other, or leads to no final state; add a transition, or "
    "final = true",
)
NOT_AN_EVENT = Sentence(
    "profile-example-event",
    "{file} {key} : cet exemple n'est pas un événement EPCIS valable ; {expected} {found}",
    "{file} {key}: this example is no valid EPCIS event; {expected} {found}",
)
WRONG_EXAMPLE = Sentence(
    "profile-example",
    "{file} {key} : attendu {expected}, trouvé {found}",
    "{file} {key}: expected {expected}, found {found}",
)
NOT_EXERCISED = Sentence(
    "profile-not-exercised",
    "{file} : aucun exemple ne fait échouer la règle {found} ; ajoutez un cas à « fails » d'un exemple",
    "{file}: no example makes the rule {found} fail; add a case to 'fails' of an example",
)
