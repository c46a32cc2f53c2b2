"""What can be wrong with a template that is asked for, and with a workbook that was made from one."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

UNKNOWN_ROLE = Sentence(
    "template-unknown-role",
    "La filière « {sector} » n'a pas de rôle « {found} ». Rôles : {expected}.",
    "The sector “{sector}” has no role “{found}”. Roles: {expected}.",
)
NO_EVENT = Sentence(
    "template-no-event",
    "Dans la filière « {sector} », le rôle « {found} » ne fait aucun événement. Rôles qui en font : {expected}.",
    "In the sector “{sector}” the role “{found}” does no event. Roles that do: {expected}.",
)
NO_SECTOR = Sentence(
    "template-no-sector",
    "De quelle filière ? Ajoutez --sector NOM. Filières : {expected}.",
    "Of which sector? Add --sector NAME. Sectors: {expected}.",
)
WORKBOOK_EXISTS = Sentence(
    "template-exists",
    "« {file} » existe déjà et pourrait être rempli. Donnez un autre nom après -o.",
    "“{file}” exists already and may have been filled in. Give another name after -o.",
)
UNMARKED = Sentence(
    "template-unmarked",
    "« {file} » n'est pas un classeur fait par filiere-connect template, ou c'est la copie annotée d'un rapport. "
    "Donnez votre classeur, ou proposez un flux : filiere-connect init --from {file}.",
    "“{file}” is no workbook made by filiere-connect template, or it is the annotated copy of a report. "
    "Give your own workbook, or propose a flow: filiere-connect init --from {file}.",
)
OTHER_VERSION = Sentence(
    "template-other-version",
    "« {file} » suit la version {found} de la filière « {sector} » ; celle d'ici est {expected}. Créez un classeur "
    "neuf (filiere-connect template {role} --sector {sector} -o NOM.xlsx) et recopiez-y ce qui n'est pas envoyé.",
    "“{file}” follows version {found} of the sector “{sector}”; the one here is {expected}. Make a new workbook "
    "(filiere-connect template {role} --sector {sector} -o NAME.xlsx) and copy into it what has not been sent.",
)
OTHER_FORMAT = Sentence(
    "template-other-format",
    "« {file} » est un classeur de format {found} ; cette version du connecteur lit le format {expected}. "
    "Mettez le connecteur à jour, ou créez un classeur neuf.",
    "“{file}” is a workbook of format {found}; this release of the connector reads format {expected}. "
    "Update the connector, or make a new workbook.",
)
UNKNOWN_SHEET = Sentence(
    "template-unknown-sheet",
    "« {file} » : la feuille « {found} » a les titres d'un modèle mais pas son nom. Rendez-lui son nom, ou effacez-la. "
    "Noms : {expected}.",
    "“{file}”: the sheet “{found}” has the headings of a template but not its name. Give its name back, or delete it. "
    "Names: {expected}.",
)
MISSING_COLUMN = Sentence(
    "template-missing-column",
    "La feuille « {sheet} » n'a plus la colonne « {column} ». Rendez-lui ce titre ; masquez une colonne inutile.",
    "The sheet “{sheet}” no longer has the column “{column}”. Give it this heading back; hide a column not needed.",
)
NO_NUMBER = Sentence(
    "template-no-number",
    "La ligne n'a pas de « {column} » : on ne sait pas de quel événement elle est. Donnez-lui un numéro.",
    "The row has no “{column}”: nobody knows of which event it is. Give it a number.",
)
UNKNOWN_WORD = Sentence(
    "template-unknown-word",
    "« {found} » n'est pas un mot de la liste. Attendu : {expected}.",
    "“{found}” is no word of the list. Expected: {expected}.",
)
AMBIGUOUS_NUMBER = Sentence(
    "template-ambiguous-number",
    "« {found} » peut se lire {first} ou {second}. Saisissez un nombre, non un texte.",
    "“{found}” can be read as {first} or {second}. Enter a number, not a text.",
)
NOT_JSON = Sentence(
    "template-not-json",
    "« {found} » n'est pas du JSON : {reason} Collez ce que l'outil a écrit, en entier.",
    "“{found}” is no JSON: {reason} Paste what the program wrote, whole.",
)
NAMED_TWICE = Sentence(
    "template-named-twice",
    "« {found} » et « {other} » nomment la même chose de deux façons. Gardez-en une.",
    "“{found}” and “{other}” name the same thing in two ways. Keep one.",
)
NO_PRODUCT = Sentence(
    "template-no-product",
    "« {found} » ne suffit pas : il faut aussi un GTIN ou un code article, ou l'identifiant complet à la place.",
    "“{found}” is not enough: a GTIN or an item code is needed too, or the whole identifier instead.",
)
NO_THING = Sentence(
    "template-no-thing",
    "La ligne dit « {found} » sans dire de quoi. Donnez GTIN et lot, code article et lot, ou l'identifiant complet.",
    "The row says “{found}” without saying of what. Give GTIN and lot, item code and lot, or the whole identifier.",
)
QUANTITY_OF_PART = Sentence(
    "template-quantity-of-part",
    "« {found} » est la quantité d'une chose unique, qui n'en a pas. Effacez-la, ou donnez un lot.",
    "“{found}” is the quantity of a single thing, which has none. Take it out, or give a lot.",
)
OTHER_EVENT = Sentence(
    "template-other-event",
    "Ces lignes ne font pas « {expected} » au sens de la filière ({when}). Complétez-les, ou prenez une autre feuille.",
    "These rows are not “{expected}” as the sector has it ({when}). Complete them, or use another sheet.",
)
RULE_BROKEN = Sentence(
    "template-rule-broken",
    "La filière demande ({rule}) : {reason}.",
    "The sector asks ({rule}): {reason}.",
)
