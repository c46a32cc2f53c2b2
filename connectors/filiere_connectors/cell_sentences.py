"""What can be wrong with a cell or with the rows of an event, and what to do about it."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

CELL_EMPTY = Sentence(
    "cell-empty", "La cellule est vide ; une valeur est nécessaire.", "The cell is empty; a value is needed."
)
CELL_IS_ERROR = Sentence(
    "cell-is-error",
    "La cellule contient l'erreur de tableur {found}. Corrigez la formule.",
    "The cell holds the spreadsheet error {found}. Mend the formula.",
)
NOT_A_DECIMAL = Sentence(
    "not-a-decimal",
    "« {found} » n'est pas un nombre. Attendu : 1200,5 ou 1 200,5.",
    "“{found}” is not a number. Expected: 1200.5 or 1 200.5.",
)
AMBIGUOUS_DECIMAL = Sentence(
    "ambiguous-decimal",
    '« {found} » peut se lire {first} ou {second}. Indiquez decimal = "," ou decimal = "." dans {key}.',
    '“{found}” can be read as {first} or {second}. Say decimal = "," or decimal = "." in {key}.',
)
NOT_A_DATE = Sentence(
    "not-a-date",
    "« {found} » n'est pas une date du calendrier. Attendu : {expected}.",
    "“{found}” is not a date of the calendar. Expected: {expected}.",
)
TIME_ABSENT = Sentence(
    "time-absent",
    "« {found} » n'existe pas en {zone} : la nuit du passage à l'heure d'été. Corrigez l'heure.",
    "“{found}” does not exist in {zone}: clocks went forward that night. Mend the time.",
)
TIME_AMBIGUOUS = Sentence(
    "time-ambiguous",
    "« {found} » est arrivé deux fois en {zone} (passage à l'heure d'hiver) : seul le jour est retenu.",
    "“{found}” came twice in {zone} (clocks went back): only the day is kept.",
)
NOT_A_TIME = Sentence(
    "not-a-time", "« {found} » n'est pas une heure. Attendu : 14:05.", "“{found}” is not a time. Expected: 14:05."
)
NOT_AN_IDENTIFIER = Sentence("not-an-identifier", "« {found} » : {reason}", "“{found}”: {reason}")
LOST_DIGITS = Sentence(
    "lost-digits",
    "« {found} » : le tableur a perdu des chiffres. Mettez la colonne au format Texte et saisissez à nouveau.",
    "“{found}”: the spreadsheet has lost digits. Format the column as Text and enter the value again.",
)
DIGITS_RESTORED = Sentence(
    "digits-restored",
    "« {found} » est lu {read} : le tableur avait ôté des zéros de tête, et la clé de contrôle est juste.",
    "“{found}” is read as {read}: the spreadsheet had dropped leading zeros, and the check digit holds.",
)
LOOK_UP_MISS = Sentence(
    "look-up-miss",
    "« {found} » n'est pas dans la table « {table} ». Connus : {expected}.",
    "“{found}” is not in the table “{table}”. Known: {expected}.",
)
ADD_TO_TABLE = Sentence(
    "add-to-table",
    'Ajoutez « {found} » = "..." dans [tables.{table}] du flux.',
    'Add “{found}” = "..." to [tables.{table}] of the flow.',
)
UNIT_UNKNOWN = Sentence(
    "unit-unknown",
    "L'unité « {found} » n'est pas un code de la recommandation 20 (KGM, LTR, ...). Indiquez une table d'unités.",
    "The unit “{found}” is not a code of Recommendation 20 (KGM, LTR, ...). Give a table of units.",
)
NOT_A_PARTY = Sentence(
    "not-a-party",
    "« {found} » n'est pas l'identifiant d'une société (urn:filiere:party:siret:...). Indiquez une table.",
    "“{found}” is not the identifier of a company (urn:filiere:party:siret:...). Give a table.",
)
ROW_LOOKS_LIKE_TOTAL = Sentence(
    "row-looks-like-total",
    "La ligne semble être un total (« {found} »). Écartez-la par skip dans [source], ou corrigez-la.",
    "The row looks like a total (“{found}”). Leave it out by skip in [source], or mend it.",
)
KEY_EMPTY = Sentence(
    "key-empty",
    "La colonne de clé « {column} » est vide : la ligne ne pourrait pas être reconnue plus tard.",
    "The key column “{column}” is empty: the row could not be recognised later.",
)
KEY_TWICE = Sentence(
    "key-twice",
    "La clé « {found} » est déjà celle de la ligne {row}. Une clé ne désigne qu'une ligne.",
    "The key “{found}” is that of row {row} already. A key names one row.",
)
EVENT_INVALID = Sentence(
    "event-invalid",
    "L'événement de ces lignes n'est pas valable ({pointer}) : {reason}",
    "The event of these rows is not valid ({pointer}): {reason}",
)
ROWS_DISAGREE = Sentence(
    "rows-disagree",
    "« {found} » diffère de « {expected} » à la ligne {row} du même groupe.",
    "“{found}” differs from “{expected}” in row {row} of the same group.",
)
NOTHING_TO_SAY = Sentence(
    "nothing-to-say",
    "Aucun objet dans ces lignes : les conditions de {key} ne retiennent rien.",
    "No object in these rows: the conditions of {key} keep nothing.",
)
QUANTITY_NOT_POSITIVE = Sentence(
    "quantity-not-positive",
    "La quantité {found} n'est pas positive. Un retour ou une correction est un autre événement.",
    "The quantity {found} is not positive. A return or a correction is another event.",
)
COLUMN_ABSENT = Sentence(
    "column-absent",
    "Le fichier n'a pas la colonne « {column} » que le flux demande.",
    "The file does not have the column “{column}” that the flow asks for.",
)
