"""What can be wrong with an EPCIS event or document, in French and English.

Each sentence says what was expected, what was found and what to do. Codes are stable: clients switch on them.
"""

from __future__ import annotations

from typing import Final

from filiere_schemas.problems import Sentence

# --- Form ---------------------------------------------------------------------------------------------------------

WRONG_TYPE: Final = Sentence(
    "wrong-type",
    fr="Valeur de type {expected} attendue, {found} trouvé. Corrigez le type de la valeur.",
    en="Expected a value of type {expected}, found {found}. Correct the type of the value.",
)
MISSING_FIELD: Final = Sentence(
    "missing-field",
    fr="Le champ obligatoire « {field} » est absent. Ajoutez-le.",
    en='The required field "{field}" is missing. Add it.',
)
UNKNOWN_FIELD: Final = Sentence(
    "unknown-field",
    fr="Le champ « {field} » n'existe pas ici dans EPCIS 2.0. Corrigez son nom, ou donnez à une extension un nom "
    "préfixé (ex:champ) dont le préfixe est déclaré dans @context.",
    en='EPCIS 2.0 has no field "{field}" here. Correct its name, or give an extension a prefixed name (ex:field) '
    "whose prefix is declared in @context.",
)
INVALID_EXTENSION_NAME: Final = Sentence(
    "invalid-extension-name",
    fr="« {field} » n'est ni un nom préfixé ni un URI : caractères non permis par la RFC 3986. Renommez l'extension.",
    en='"{field}" is neither a prefixed name nor a URI: it has characters that RFC 3986 forbids. Rename the extension.',
)
INVALID_URI: Final = Sentence(
    "invalid-uri",
    fr="URI absolu attendu (RFC 3986), « {found} » trouvé. Donnez un schéma (urn:, https:, ...) et encodez les "
    "caractères spéciaux en %XX.",
    en='Expected an absolute URI (RFC 3986), found "{found}". Give it a scheme (urn:, https:, ...) and encode special '
    "characters as %XX.",
)
INVALID_TIME: Final = Sentence(
    "invalid-time",
    fr="Date et heure attendues selon la RFC 3339 (2026-03-05T14:30:00+01:00), « {found} » trouvé. Corrigez-le ; "
    "minuit s'écrit 00:00:00 du jour suivant.",
    en='Expected a date and time as in RFC 3339 (2026-03-05T14:30:00+01:00), found "{found}". Correct it; midnight '
    "is written 00:00:00 of the next day.",
)
NAIVE_EVENT_TIME: Final = Sentence(
    "naive-event-time",
    fr="L'heure « {found} » ne dit pas son fuseau : elle désigne plusieurs instants. Ajoutez Z ou un décalage comme "
    "+01:00.",
    en='The time "{found}" does not say its zone: it means several instants. Add Z or an offset such as +01:00.',
)
BAD_ZONE_OFFSET: Final = Sentence(
    "bad-zone-offset",
    fr="Décalage de -14:00 à +14:00 attendu, écrit ±HH:MM, « {found} » trouvé. Écrivez par exemple +01:00.",
    en='Expected an offset from -14:00 to +14:00 written ±HH:MM, found "{found}". Write for example +01:00.',
)
UNKNOWN_EVENT_TYPE: Final = Sentence(
    "unknown-event-type",
    fr="Type d'événement attendu parmi {expected}, « {found} » trouvé. Choisissez l'un d'eux ; un type propre à une "
    "entreprise s'exprime par une extension.",
    en='Expected one of the event types {expected}, found "{found}". Choose one of them; a company\'s own type is '
    "expressed as an extension.",
)
UNKNOWN_WORD: Final = Sentence(
    "unknown-word",
    fr="« {found} » n'est pas un mot de la liste {vocabulary}. Mots proches : {close}. Un mot propre à une entreprise "
    "est un URI ou un nom préfixé.",
    en='"{found}" is not a word of the list {vocabulary}. Close words: {close}. A company\'s own word is a URI or a '
    "prefixed name.",
)
LONG_WORD: Final = Sentence(
    "word-in-long-form",
    fr="« {found} » est la forme longue d'un mot du CBV ; EPCIS JSON attend le mot nu. Écrivez « {word} ».",
    en='"{found}" is the long form of a CBV word; EPCIS JSON expects the bare word. Write "{word}".',
)
INVALID_HEX: Final = Sentence(
    "invalid-hex",
    fr="Chiffres hexadécimaux attendus (0-9, A-F), « {found} » trouvé. Corrigez la valeur.",
    en='Expected hexadecimal digits (0-9, A-F), found "{found}". Correct the value.',
)
EMPTY_LIST: Final = Sentence(
    "empty-list",
    fr="Au moins {limit} élément attendu, {found} trouvé. Ajoutez un élément ou retirez le champ.",
    en="Expected at least {limit} element, found {found}. Add an element or remove the field.",
)
REPEATED_VALUE: Final = Sentence(
    "repeated-value",
    fr="La liste répète un élément ; chacun ne peut y figurer qu'une fois. Retirez le doublon.",
    en="The list repeats an element; each may appear only once. Remove the duplicate.",
)
SCHEMA_VIOLATION: Final = Sentence(
    "schema-violation",
    fr="La valeur ne respecte pas la règle « {rule} » du schéma EPCIS. Comparez-la au schéma publié.",
    en='The value breaks the rule "{rule}" of the EPCIS schema. Compare it with the published schema.',
)

# --- Limits -------------------------------------------------------------------------------------------------------

TEXT_TOO_LONG: Final = Sentence(
    "text-too-long",
    fr="Texte d'au plus {limit} caractères attendu, {found} trouvés. Raccourcissez-le ou joignez un document.",
    en="Expected a text of at most {limit} characters, found {found}. Shorten it or attach a document.",
)
LIST_TOO_LONG: Final = Sentence(
    "list-too-long",
    fr="Liste d'au plus {limit} éléments attendue, {found} trouvés. Répartissez-les sur plusieurs événements.",
    en="Expected a list of at most {limit} elements, found {found}. Spread them over several events.",
)
TOO_MANY_FIELDS: Final = Sentence(
    "too-many-fields",
    fr="Objet d'au plus {limit} champs attendu, {found} trouvés. Retirez des champs.",
    en="Expected an object of at most {limit} fields, found {found}. Remove fields.",
)
NESTED_TOO_DEEP: Final = Sentence(
    "event-nested-too-deep",
    fr="Les objets et listes sont imbriqués sur plus de {limit} niveaux. Aplatissez cette extension.",
    en="Objects and lists are nested more than {limit} levels deep. Flatten this extension.",
)
EVENT_TOO_LARGE: Final = Sentence(
    "event-too-large",
    fr="Événement d'au plus {limit} octets attendu, {found} trouvés. Répartissez-le ou joignez un document.",
    en="Expected an event of at most {limit} bytes, found {found}. Split it or attach a document.",
)
DOCUMENT_TOO_LARGE: Final = Sentence(
    "document-too-large",
    fr="Document d'au plus {limit} octets attendu, {found} trouvés. Envoyez plusieurs documents.",
    en="Expected a document of at most {limit} bytes, found {found}. Send several documents.",
)
COPIES_TOO_LARGE: Final = Sentence(
    "copies-too-large",
    fr="Événements d'au plus {limit} octets en tout attendus, chacun avec les déclarations du document (`@context` ou "
    "espaces de noms) et sa place, {found} trouvés. Raccourcissez ces déclarations ou envoyez plusieurs documents.",
    en="Expected events of at most {limit} bytes in all, each with the declarations of the document (`@context` or "
    "namespaces) and its place, found {found}. Shorten these declarations or send several documents.",
)
TOO_MANY_EVENTS: Final = Sentence(
    "too-many-events",
    fr="Document d'au plus {limit} événements attendu, {found} trouvés. Envoyez plusieurs documents.",
    en="Expected a document of at most {limit} events, found {found}. Send several documents.",
)

# --- What fields owe each other -----------------------------------------------------------------------------------

NOTHING_OBSERVED: Final = Sentence(
    "nothing-observed",
    fr="L'événement ne nomme aucun objet. Remplissez au moins l'une des listes {expected}.",
    en="The event names no object. Fill at least one of the lists {expected}.",
)
ONE_SIDED: Final = Sentence(
    "transformation-one-sided",
    fr="Une transformation nomme ses entrées et ses sorties, ou un côté et un transformationID qui la relie au reste. "
    "Complétez inputEPCList ou inputQuantityList, et outputEPCList ou outputQuantityList.",
    en="A transformation names its inputs and its outputs, or one side and a transformationID tying it to the rest. "
    "Complete inputEPCList or inputQuantityList, and outputEPCList or outputQuantityList.",
)
ILMD_NOT_ALLOWED: Final = Sentence(
    "ilmd-not-allowed",
    fr="Les données de lot (ilmd) ne se donnent qu'à la création, avec l'action ADD ; celle-ci est autre. Retirez ilmd "
    "ou corrigez l'action.",
    en="Lot data (ilmd) is given only at creation, with action ADD; this action is another. Remove ilmd or correct the "
    "action.",
)
PARENT_MISSING: Final = Sentence(
    "parent-missing",
    fr="Une agrégation d'action {action} doit nommer son contenant. Ajoutez parentID.",
    en="An aggregation of action {action} must name its container. Add parentID.",
)
DISPOSITION_MISPLACED: Final = Sentence(
    "persistent-disposition-misplaced",
    fr="persistentDisposition n'est défini que pour ObjectEvent et TransformationEvent, pas pour {type}. Il est gardé "
    "mais d'autres systèmes peuvent l'ignorer.",
    en="persistentDisposition is defined only for ObjectEvent and TransformationEvent, not for {type}. It is kept but "
    "other systems may ignore it.",
)
SENSOR_TIME_TWICE: Final = Sentence(
    "sensor-time-and-period",
    fr="Une mesure a un instant (time) ou une période (startTime et endTime), pas les deux. Gardez l'un d'eux.",
    en="A measurement has an instant (time) or a period (startTime and endTime), not both. Keep one of them.",
)
SENSOR_PERIOD_OPEN: Final = Sentence(
    "sensor-period-open",
    fr="Une période de mesure a un début et une fin. Ajoutez {field}.",
    en="A period of measurement has a start and an end. Add {field}.",
)
SENSOR_PERIOD_REVERSED: Final = Sentence(
    "sensor-period-reversed",
    fr="La période de mesure finit ({end}) avant de commencer ({start}). Corrigez startTime ou endTime.",
    en="The period of measurement ends ({end}) before it starts ({start}). Correct startTime or endTime.",
)
SENSOR_VALUE_TWICE: Final = Sentence(
    "sensor-value-and-aggregate",
    fr="Un relevé a une valeur (value) ou des valeurs d'agrégat ({found}), pas les deux. Faites-en deux relevés.",
    en="A report has a value or aggregate values ({found}), not both. Make them two reports.",
)
SENSOR_FIELD_TWICE: Final = Sentence(
    "sensor-field-twice",
    fr="« {field} » figure dans sensorMetadata et dans ce relevé. Gardez-le à un seul endroit.",
    en='"{field}" stands both in sensorMetadata and in this report. Keep it in one place.',
)
SENSOR_VALUE_MISSING: Final = Sentence(
    "sensor-value-missing",
    fr="Le relevé de type {type} ne donne aucune valeur. Ajoutez value ou une autre valeur.",
    en="The report of type {type} gives no value. Add value or another value.",
)
UNKNOWN_UNIT: Final = Sentence(
    "unknown-unit",
    fr="« {found} » n'est pas une unité de la recommandation 20 de l'ONU. Prenez par exemple KGM, LTR, MTR ou retirez "
    "uom pour compter des pièces.",
    en='"{found}" is not a unit of UN/ECE Recommendation 20. Take for example KGM, LTR, MTR, or remove uom to count '
    "pieces.",
)
NEGATIVE_QUANTITY: Final = Sentence(
    "negative-quantity",
    fr="Quantité positive ou nulle attendue, {found} trouvée. Pour annuler, déclarez l'événement erroné.",
    en="Expected a quantity of zero or more, found {found}. To undo one, declare its event erroneous.",
)
UNKNOWN_PRECISION: Final = Sentence(
    "unknown-time-precision",
    fr="Précision attendue parmi {expected}, « {found} » trouvée. Choisissez l'une d'elles ou retirez l'extension.",
    en='Expected a precision among {expected}, found "{found}". Choose one of them or remove the extension.',
)
LEAP_SECOND: Final = Sentence(
    "leap-second",
    fr="« {found} » est une seconde intercalaire : elle est comptée comme la dernière microseconde de la minute.",
    en='"{found}" is a leap second: it counts as the last microsecond of its minute.',
)
UNDECLARED_PREFIX: Final = Sentence(
    "undeclared-prefix",
    fr="Le préfixe « {prefix} » n'est pas déclaré dans @context : son sens est inconnu d'autres systèmes. Déclarez-le.",
    en='The prefix "{prefix}" is not declared in @context: other systems cannot know what it means. Declare it.',
)
UNKNOWN_CONTEXT: Final = Sentence(
    "epcis-context-missing",
    fr="@context ne nomme aucun contexte EPCIS connu. Ajoutez {expected}.",
    en="@context names no known EPCIS context. Add {expected}.",
)

# --- Documents ----------------------------------------------------------------------------------------------------

NOT_AN_OBJECT: Final = Sentence(
    "not-an-object",
    fr="Objet JSON attendu, {found} trouvé. Envoyez un document ou un événement EPCIS.",
    en="Expected a JSON object, found {found}. Send an EPCIS document or event.",
)
NOT_A_DOCUMENT: Final = Sentence(
    "not-an-epcis-document",
    fr="Type EPCISDocument ou EPCISQueryDocument attendu, « {found} » trouvé. Corrigez « type ».",
    en='Expected type EPCISDocument or EPCISQueryDocument, found "{found}". Correct "type".',
)
INVALID_VERSION: Final = Sentence(
    "invalid-schema-version",
    fr="Version de schéma attendue en nombres et points (2.0), « {found} » trouvé. Corrigez schemaVersion.",
    en='Expected a schema version of numbers and dots (2.0), found "{found}". Correct schemaVersion.',
)

# --- Master data --------------------------------------------------------------------------------------------------

TOO_MANY_ELEMENTS: Final = Sentence(
    "too-many-vocabulary-elements",
    fr="{limit} éléments de vocabulaire au plus par document, {found} trouvés. Répartissez-les.",
    en="At most {limit} vocabulary elements in one document, found {found}. Spread them over several.",
)
ELEMENT_TWICE: Final = Sentence(
    "vocabulary-element-twice",
    fr="« {found} » figure deux fois dans ce vocabulaire. Réunissez ses attributs en un élément.",
    en='"{found}" is there twice in this vocabulary. Put its attributes together into one element.',
)
ELEMENT_TOO_LONG: Final = Sentence(
    "vocabulary-element-too-long",
    fr="« {name} » compte au plus {limit} éléments, {found} trouvés.",
    en='"{name}" has at most {limit} elements, found {found}.',
)
ELEMENT_TOO_LARGE: Final = Sentence(
    "vocabulary-element-too-large",
    fr="Attributs et enfants d'un élément : {limit} octets au plus, {found} trouvés.",
    en="Attributes and children of one element: at most {limit} bytes, found {found}.",
)
