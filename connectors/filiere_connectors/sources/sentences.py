"""What can be wrong with a source's file as a whole."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

SOURCE_NOT_FOUND = Sentence(
    "source-not-found",
    "Le fichier « {file} » est introuvable. Vérifiez le chemin dans [source].",
    "The file “{file}” cannot be found. Check the path in [source].",
)
SOURCE_LOCKED = Sentence(
    "source-locked",
    "« {file} » ne peut pas être lu : un autre programme le tient ouvert, ou ses droits l'interdisent. Fermez-le.",
    "“{file}” cannot be opened: another program holds it open, or its permissions forbid it. Close it.",
)
SOURCE_UNREADABLE = Sentence(
    "source-unreadable",
    "« {file} » ne se lit pas comme {expected} ({reason}). Ouvrez-le dans votre tableur et enregistrez-le à nouveau.",
    "“{file}” does not read as {expected} ({reason}). Open it in your spreadsheet program and save it again.",
)
SOURCE_IS_OTHER = Sentence(
    "source-is-other",
    "« {file} » porte l'extension d'un {expected} mais contient {found}. Enregistrez-le au format annoncé.",
    "“{file}” has the extension of {expected} but holds {found}. Save it in the format that it claims.",
)
SOURCE_PROTECTED = Sentence(
    "source-protected",
    "« {file} » est protégé par un mot de passe. Enregistrez-en une copie sans mot de passe.",
    "“{file}” is protected by a password. Save a copy without it.",
)
SOURCE_TOO_LARGE = Sentence(
    "source-too-large",
    "« {file} » dépasse la limite : {found} ({expected} au plus). Découpez-le.",
    "“{file}” is beyond the limit: {found} (at most {expected}). Split it.",
)
SOURCE_NO_SHEET = Sentence(
    "source-no-sheet",
    "« {file} » n'a pas de feuille « {found} ». Feuilles : {expected}.",
    "“{file}” has no sheet “{found}”. Sheets: {expected}.",
)
SOURCE_NO_HEADER = Sentence(
    "source-no-header",
    "« {file} » : aucune ligne d'en-têtes trouvée. Indiquez header_row dans [source].",
    "“{file}”: no header row found. Give header_row in [source].",
)
SOURCE_ENCODING = Sentence(
    "source-encoding",
    "« {file} » n'est pas lisible en {expected} (octet {found}). Indiquez encoding dans [source].",
    "“{file}” is not readable as {expected} (byte {found}). Give encoding in [source].",
)
ROW_RAGGED = Sentence(
    "row-ragged",
    "La ligne a {found} cellules au lieu de {expected} : un séparateur manque ou est en trop.",
    "The row has {found} cells instead of {expected}: a delimiter is missing or there is one too many.",
)
