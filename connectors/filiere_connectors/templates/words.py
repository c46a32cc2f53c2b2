"""What a template says itself, where the profile of its sector has no words for it: in French and in English."""

from __future__ import annotations

from typing import Final

from filiere_schemas.sectors.profile import Text

# Headings of the columns that every event needs, by the key of the column; below, what to write there.
HEADINGS: Final[dict[str, Text]] = {
    "event": Text("n° d'événement", "event no."),
    "time": Text("date", "date"),
    "clock": Text("heure", "time"),
    "side": Text("entrée ou sortie", "input or output"),
    "action": Text("action", "action"),
    "step": Text("étape", "step"),
    "disposition": Text("état", "disposition"),
    "parent": Text("contenant ou ensemble", "container or assembly"),
    "gtin": Text("GTIN", "GTIN"),
    "item": Text("code article", "item code"),
    "lot": Text("lot", "lot"),
    "serial": Text("numéro de série", "serial number"),
    "id": Text("identifiant complet", "whole identifier"),
    "quantity": Text("quantité", "quantity"),
    "unit": Text("unité", "unit"),
    "place": Text("lieu", "place"),
}
HELPS: Final[dict[str, Text]] = {
    "event": Text(
        "obligatoire : le même numéro sur toutes les lignes d'un événement, un autre pour chaque événement",
        "required: the same number on all rows of an event, another one for each event",
    ),
    "time": Text("obligatoire", "required"),
    "clock": Text("facultatif : sans heure, seul le jour est dit", "optional: without it only the day is said"),
    "side": Text("obligatoire : une ligne par lot entré ou sorti", "required: one row for each lot in or out"),
    "action": Text("obligatoire", "required"),
    "step": Text("laissé vide : {first}", "left empty: {first}"),
    "disposition": Text("laissé vide : {first}", "left empty: {first}"),
    "parent": Text("SSCC en 18 chiffres, ou URI", "SSCC in 18 digits, or a URI"),
    "gtin": Text("avec le lot ou le numéro de série", "with the lot or the serial number"),
    "item": Text(
        "votre code, à la place du GTIN, avec le lot ou le numéro de série",
        "your own code, instead of the GTIN, with the lot or the serial number",
    ),
    "lot": Text("avec le GTIN ou le code article", "with the GTIN or the item code"),
    "serial": Text("avec le GTIN ou le code article", "with the GTIN or the item code"),
    "id": Text(
        "à la place des précédents : SSCC en 18 chiffres, ou URI",
        "instead of those before: SSCC in 18 digits, or a URI",
    ),
    "quantity": Text("d'un lot ; rien pour une pièce numérotée", "of a lot; nothing for a serialised part"),
    "unit": Text("avec la quantité", "with the quantity"),
    "place": Text("GLN en 13 chiffres, URI, ou le nom de votre site", "GLN in 13 digits, a URI, or your site's name"),
}
# What a list of the standard needs beside the value that a profile asks for, by the member of its elements.
COMPANIONS: Final[dict[str, Text]] = {
    "type": Text("type", "type"),
    "bizTransaction": Text("numéro", "number"),
    "source": Text("qui", "who"),
    "destination": Text("qui", "who"),
    "uom": Text("unité", "unit"),
    "value": Text("valeur", "value"),
}
REQUIRED: Final = Text("obligatoire", "required")
RECOMMENDED: Final = Text("recommandé", "recommended")
OPTIONAL: Final = Text("facultatif", "optional")
CONDITIONAL: Final = Text("sous condition", "under a condition")
IF_LAW: Final = Text("si « {law} » : oui", "if “{law}”: yes")
LAW: Final = Text("oui, si l'événement relève de : {source}", "yes, where the event falls under: {source}")
MEMBER: Final = Text("facultatif : oui, ou une valeur", "optional: yes, or a value")
OR_REASON: Final = Text("ou une raison : {reasons}", "or a reason: {reasons}")
FORM: Final = Text("forme : {pattern}", "form: {pattern}")
WHEN: Final = Text("condition : {when}", "condition: {when}")
DECIDES: Final = Text("décide de : {names}", "decides: {names}")
UNLESS: Final = Text("sauf si : {when}", "unless: {when}")
YES: Final = Text("oui", "yes")
NO: Final = Text("non", "no")
INPUT: Final = Text("entrée", "input")
OUTPUT: Final = Text("sortie", "output")
EXAMPLE: Final = Text("exemple", "example")
HELP: Final = Text("aide", "help")
INSTRUCTIONS: Final = Text("mode d'emploi", "instructions")
ACTIONS: Final[dict[str, Text]] = {
    "ADD": Text("création, ajout", "creation, addition"),
    "OBSERVE": Text("constat", "observation"),
    "DELETE": Text("fin, retrait", "end, removal"),
}
PARTIES: Final[dict[str, Text]] = {
    "owning_party": Text("propriétaire", "owner"),
    "possessing_party": Text("détenteur", "holder"),
    "location": Text("lieu", "place"),
}
SHAPES: Final[dict[str, Text]] = {
    "text": Text("texte", "text"),
    "number": Text("nombre", "number"),
    "date": Text("date", "date"),
    "clock": Text("heure, 14:05", "time, 14:05"),
    "flag": Text("oui ou non", "yes or no"),
    "open": Text("oui, non, ou une valeur", "yes, no, or a value"),
    "word": Text("un mot de la liste", "a word of the list"),
    "unit": Text("une unité de la liste, ou son code", "a unit of the list, or its code"),
    "json": Text("JSON, comme l'écrit un outil (GeoJSON)", "JSON, as a program writes it (GeoJSON)"),
    "gtin": Text("8, 12, 13 ou 14 chiffres", "8, 12, 13 or 14 digits"),
    "code": Text("texte", "text"),
    "thing": Text("SSCC en 18 chiffres, ou URI", "SSCC in 18 digits, or a URI"),
    "place": Text("GLN en 13 chiffres, URI, ou le nom de votre site", "GLN in 13 digits, a URI, or your site's name"),
    "party": Text("SIRET, GLN ou URI", "SIRET, GLN or URI"),
    "document": Text("votre numéro, ou URI", "your own number, or a URI"),
}
# A sheet of its own, a line each; {...} are what the workbook's mark says.
LINES: Final[tuple[Text, ...]] = (
    Text("{sector} ({version}) : {role}", "{sector} ({version}): {role}"),
    Text(
        "Une feuille par événement que vous faites, une ligne par lot ou par pièce.",
        "One sheet for each event that you do, one row for each lot or part.",
    ),
    Text(
        "Les lignes d'un même événement portent le même n°. Ce n° est à vous : il reconnaît l'événement pour toujours.",
        "The rows of one event have the same no. It is yours: it names the event for ever.",
    ),
    Text(
        "Une transformation a une ligne par lot entré et une par lot sorti, sous le même n°.",
        "A transformation has a row for each lot that goes in and one for each that comes out, under the same no.",
    ),
    Text(
        "Ce qui vaut pour tout l'événement s'écrit une fois, sur sa première ligne.",
        "What holds for the whole event is written once, in its first row.",
    ),
    Text(
        "Les lignes « aide » et « exemple » ne sont pas lues ; vous pouvez les effacer.",
        "The rows “help” and “example” are not read; you may delete them.",
    ),
    Text(
        "Un lot : GTIN et lot, ou votre code article et lot. Une pièce : GTIN ou code article, et numéro de série. "
        "Un SSCC ou une URI va dans « identifiant complet ».",
        "A lot: GTIN and lot, or your own item code and lot. A part: GTIN or item code, and serial number. "
        "An SSCC or a URI goes into “whole identifier”.",
    ),
    Text(
        "Gardez les titres des colonnes et les noms des feuilles. Masquez les colonnes inutiles, n'en effacez aucune ; "
        "une feuille inutile peut être effacée.",
        "Keep the headings and the names of the sheets. Hide columns that you do not need, delete none; "
        "a sheet that you do not need may be deleted.",
    ),
    Text(
        "Un classeur par période : le connecteur reconnaît un événement par le nom du classeur, la feuille et le n°.",
        "One workbook for each period: the connector knows an event by the workbook's name, the sheet and the no.",
    ),
    Text(
        "Puis : filiere-connect check CLASSEUR.xlsx, preview, run. Heures : {zone}.",
        "Then: filiere-connect check WORKBOOK.xlsx, preview, run. Times: {zone}.",
    ),
)
LEFT_OUT: Final = Text(
    "« {cte} » ne dit pas tout ici : {kde} ({path}) n'a pas de colonne. Pour le dire : un flux, ou un autre logiciel.",
    "“{cte}” does not say everything here: {kde} ({path}) has no column. To say it: a flow, or another program.",
)
