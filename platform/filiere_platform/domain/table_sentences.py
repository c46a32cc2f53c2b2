"""What is said about tables that people send, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

TABLE_TOO_LARGE = Sentence(
    "table-too-large",
    "Le tableau dépasse {most} ({what}). Partagez-le en plusieurs fichiers.",
    "The table exceeds {most} ({what}). Split it into several files.",
)
TABLE_ENCODING = Sentence(
    "table-encoding",
    "Le fichier n'est pas un texte lisible : enregistrez-le en « CSV UTF-8 » depuis votre tableur.",
    "The file is not a readable text: save it as “CSV UTF-8” from your spreadsheet.",
)
TABLE_QUOTES = Sentence(
    "table-quotes",
    "Ligne {line} : un guillemet n'est pas fermé, ou une cellule est démesurée. Enregistrez-le de nouveau.",
    "Line {line}: a quotation mark is not closed, or a cell is huge. Save it again.",
)
TABLE_EMPTY = Sentence(
    "table-empty",
    "Le tableau est vide : il faut une ligne de titres et au moins une ligne dessous.",
    "The table is empty: it needs a line of headings and at least one line under it.",
)
COLUMN_UNKNOWN = Sentence(
    "table-column-unknown",
    "La colonne {column} « {header} » est inconnue : renommez-la ou retirez-la. Colonnes attendues : {expected}.",
    "Column {column} “{header}” is unknown: rename it or remove it. Expected columns: {expected}.",
)
COLUMN_TWICE = Sentence(
    "table-column-twice",
    "La colonne « {header} » figure deux fois.",
    "The column “{header}” is there twice.",
)
COLUMN_MISSING = Sentence(
    "table-column-missing",
    "La colonne « {header} » manque.",
    "The column “{header}” is missing.",
)
CELL = Sentence(
    "table-cell",
    "Ligne {line}, colonne {column} « {header} », valeur « {value} » : {problem}",
    "Line {line}, column {column} “{header}”, value “{value}”: {problem}",
)
CELL_DATE = Sentence(
    "table-date",
    "date illisible. Écrivez jour/mois/année avec quatre chiffres d'année, comme 31/12/2026.",
    "unreadable date. Write day/month/year with four digits of the year, as 31/12/2026.",
)
CELL_WORD = Sentence(
    "table-word",
    "mot inconnu. Attendu : {expected}.",
    "unknown word. Expected: {expected}.",
)
CELL_DECISION = Sentence(
    "table-decision",
    "décision illisible. Écrivez par exemple « suspendu 01/03/2026 | valable 15/04/2026 ».",
    "unreadable decision. Write for example “suspended 01/03/2026 | valid 15/04/2026”.",
)
CELL_CONTRADICTS = Sentence(
    "table-contradiction",
    "la ligne {other} dit autre chose du même partenaire.",
    "line {other} says something else of the same partner.",
)
CODE_MISSING = Sentence(
    "table-code-missing",
    "le code du partenaire manque ; une ligne sans code continue le partenaire de la ligne précédente.",
    "the partner's code is missing; a line without a code goes on with the partner of the line before.",
)
CELLS_TOO_MANY = Sentence(
    "table-cells-too-many",
    "Ligne {line} : {found} cellules pour {expected} titres. Mettez entre guillemets ce qui contient le séparateur.",
    "Line {line}: {found} cells for {expected} headings. Put what holds the separator between quotation marks.",
)
