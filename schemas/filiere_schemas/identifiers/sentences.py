"""What is said about identifiers that are refused; one sentence per thing that somebody can do about it."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

# --- any identifier ---------------------------------------------------------------------------------------------
NOT_A_URI = Sentence(
    "identifier-not-a-uri",
    "« {found} » n'est pas un URI absolu : attendu un schéma suivi de deux-points (https://…, urn:…), sans espace "
    "ni caractère de contrôle ; corrigez l'identifiant ou donnez-lui une forme urn:filiere:…",
    "'{found}' is not an absolute URI: expected a scheme followed by a colon (https://…, urn:…), without spaces or "
    "control characters; correct the identifier or give it a urn:filiere:… form",
)
TOO_LONG = Sentence(
    "identifier-too-long",
    "l'identifiant compte {found} caractères, le maximum est {expected} : raccourcissez-le",
    "the identifier has {found} characters, the limit is {expected}: shorten it",
)
BROKEN_ESCAPE = Sentence(
    "identifier-broken-escape",
    "échappement illisible dans « {found} » : attendu %XX, deux chiffres hexadécimaux d'un texte UTF-8 ; "
    "encodez à nouveau ce composant",
    "unreadable escape in '{found}': expected %XX, two hexadecimal digits of UTF-8 text; encode this component again",
)
WRONG_CHECK_DIGIT = Sentence(
    "identifier-check-digit",
    "{scheme} {number} : la clé de contrôle attendue est {expected}, trouvée {found} ; "
    "vérifiez la saisie, un chiffre est faux ou deux sont inversés",
    "{scheme} {number}: the check digit should be {expected}, found {found}; "
    "check the typing, a digit is wrong or two are swapped",
)

# --- GS1 keys ---------------------------------------------------------------------------------------------------
GTIN_FORM = Sentence(
    "gtin-form",
    "« {found} » n'est pas un GTIN : attendu 8, 12, 13 ou 14 chiffres ; recopiez le nombre sous le code-barres",
    "'{found}' is not a GTIN: expected 8, 12, 13 or 14 digits; copy the number below the barcode",
)
GLN_FORM = Sentence(
    "gln-form",
    "« {found} » n'est pas un GLN : attendu 13 chiffres ; demandez-le à votre partenaire ou à GS1",
    "'{found}' is not a GLN: expected 13 digits; ask your partner or GS1 for it",
)
SSCC_FORM = Sentence(
    "sscc-form",
    "« {found} » n'est pas un SSCC : attendu 18 chiffres ; relisez l'étiquette logistique",
    "'{found}' is not an SSCC: expected 18 digits; read the logistic label again",
)
GRAI_FORM = Sentence(
    "grai-form",
    "« {found} » n'est pas un GRAI : attendu un 0, 13 chiffres, puis au plus 16 caractères de série ; "
    "relisez l'étiquette du support",
    "'{found}' is not a GRAI: expected a 0, 13 digits, then at most 16 serial characters; read the asset's label again",
)
GIAI_FORM = Sentence(
    "giai-form",
    "« {found} » n'est pas un GIAI : attendu un préfixe d'entreprise (au moins 4 chiffres) et sa référence, "
    "30 caractères au plus ; relisez l'étiquette",
    "'{found}' is not a GIAI: expected a company prefix (at least 4 digits) and its reference, "
    "at most 30 characters; read the label again",
)
GSRN_FORM = Sentence(
    "gsrn-form",
    "« {found} » n'est pas un GSRN : attendu 18 chiffres ; relisez la carte ou le bracelet",
    "'{found}' is not a GSRN: expected 18 digits; read the card or wristband again",
)
GDTI_FORM = Sentence(
    "gdti-form",
    "« {found} » n'est pas un GDTI : attendu 13 chiffres, puis au plus 17 caractères de série ; relisez le document",
    "'{found}' is not a GDTI: expected 13 digits, then at most 17 serial characters; read the document again",
)
GCN_FORM = Sentence(
    "gcn-form",
    "« {found} » n'est pas un GCN : attendu 13 chiffres, puis au plus 12 chiffres de série ; relisez le coupon",
    "'{found}' is not a GCN: expected 13 digits, then at most 12 serial digits; read the coupon again",
)
CPI_FORM = Sentence(
    "cpi-form",
    "« {found} » n'est pas un CPID : attendu un préfixe d'entreprise (au moins 4 chiffres) et une référence de pièce "
    "en majuscules, chiffres, #, - ou /, 30 caractères au plus ; relisez le marquage",
    "'{found}' is not a CPID: expected a company prefix (at least 4 digits) and a part reference in capitals, digits, "
    "#, - or /, at most 30 characters; read the marking again",
)
GINC_FORM = Sentence(
    "ginc-form",
    "« {found} » n'est pas un GINC : attendu un préfixe d'entreprise (au moins 4 chiffres) et la référence de "
    "l'envoi, 30 caractères au plus ; demandez-le au transitaire",
    "'{found}' is not a GINC: expected a company prefix (at least 4 digits) and the consignment reference, "
    "at most 30 characters; ask the freight forwarder for it",
)
GSIN_FORM = Sentence(
    "gsin-form",
    "« {found} » n'est pas un GSIN : attendu 17 chiffres ; demandez-le à l'expéditeur",
    "'{found}' is not a GSIN: expected 17 digits; ask the seller who ships for it",
)
ITIP_FORM = Sentence(
    "itip-form",
    "« {found} » n'est pas un ITIP : attendu un GTIN à 14 chiffres, le rang de la pièce et leur nombre (2 chiffres "
    "chacun, rang de 1 au nombre) ; relisez l'étiquette de la pièce",
    "'{found}' is not an ITIP: expected a 14-digit GTIN, the piece's rank and the count of pieces (2 digits each, rank "
    "from 1 to the count); read the piece's label again",
)
GMN_FORM = Sentence(
    "gmn-form",
    "« {found} » n'est pas un GMN : attendu un préfixe d'entreprise (au moins 4 chiffres), une référence de modèle et "
    "deux caractères de contrôle, 25 caractères au plus ; relisez la fiche du modèle",
    "'{found}' is not a GMN: expected a company prefix (at least 4 digits), a model reference and two check "
    "characters, at most 25 characters; read the model's data sheet again",
)
QUALIFIER_FORM = Sentence(
    "gs1-qualifier-form",
    "la valeur « {found} » de l'identifiant de données ({ai}) ne suit pas sa forme {expected} ; corrigez-la, ou "
    "utilisez urn:filiere: si vos numéros sortent des caractères de GS1",
    "the value '{found}' of application identifier ({ai}) does not have its form {expected}; correct it, or use "
    "urn:filiere: if your numbers go beyond the characters of GS1",
)
QUALIFIER_MISPLACED = Sentence(
    "gs1-qualifier-misplaced",
    "l'identifiant de données ({found}) ne qualifie pas ({ai}) : attendu {expected} ; retirez-le",
    "application identifier ({found}) does not qualify ({ai}): expected {expected}; remove it",
)
QUALIFIER_UNKNOWN = Sentence(
    "gs1-qualifier-unknown",
    "l'identifiant de données ({ai}) identifie sans qualificatif, trouvé ({found}) ; retirez-le",
    "application identifier ({ai}) identifies without a qualifier, found ({found}); remove it",
)
QUALIFIER_MISSING = Sentence(
    "gs1-qualifier-missing",
    "l'identifiant de données ({ai}) n'identifie rien à lui seul : attendu ({expected}) après lui ; complétez le lien",
    "application identifier ({ai}) identifies nothing by itself: expected ({expected}) after it; complete the link",
)

# --- forms of GS1 keys ------------------------------------------------------------------------------------------
EPC_FORM = Sentence(
    "epc-urn-form",
    "« {found} » ne suit pas la forme des EPC {scheme} : attendu {expected}, où \" % & / < > ? s'écrivent %XX ; "
    "corrigez l'URN à sa source",
    "'{found}' does not have the form of {scheme} EPCs: expected {expected}, with \" % & / < > ? written %XX; "
    "correct the URN at its source",
)
EPC_UNKNOWN_SCHEME = Sentence(
    "epc-urn-unknown-scheme",
    "« {found} » n'est pas un EPC connu : attendu urn:epc:id:, urn:epc:class:lgtin: ou urn:epc:idpat: suivi d'un "
    "schéma du standard (sgtin, sscc, sgln, …) ; corrigez le préfixe",
    "'{found}' is not a known EPC: expected urn:epc:id:, urn:epc:class:lgtin: or urn:epc:idpat: followed by a scheme "
    "of the standard (sgtin, sscc, sgln, …); correct the prefix",
)
EPC_DIGITS = Sentence(
    "epc-urn-digits",
    "« {urn} » : attendu {expected} chiffres pour le préfixe et la référence d'un {scheme}, trouvé {found} ; vérifiez "
    "la longueur du préfixe d'entreprise et l'absence de clé de contrôle",
    "'{urn}': expected {expected} digits for the prefix and reference of a {scheme}, found {found}; check the length "
    "of the company prefix and that there is no check digit",
)
LINK_WITHOUT_KEY = Sentence(
    "digital-link-without-key",
    "« {found} » n'est pas un GS1 Digital Link non compressé : attendu /01/{{gtin}}, /00/{{sscc}}, /414/{{gln}}, … "
    "suivi de ses qualificatifs ; écrivez le lien sous sa forme complète",
    "'{found}' is not an uncompressed GS1 Digital Link: expected /01/{{gtin}}, /00/{{sscc}}, /414/{{gln}}, … and its "
    "qualifiers; write the link in its full form",
)

ELEMENT_FORM = Sentence(
    "element-string-form",
    "« {found} » n'est pas une chaîne d'éléments GS1 : attendu (01)…(10)… ou les données lues par le scanner ; "
    "relisez le code-barres",
    "'{found}' is not a GS1 element string: expected (01)…(10)… or the data that a scanner reads; "
    "scan the barcode again",
)
ELEMENT_UNKNOWN = Sentence(
    "element-string-unknown-ai",
    "identifiant de données inconnu au début de « {found} » : attendu l'un de ceux de GS1 ; il manque peut-être un "
    "séparateur (FNC1) avant lui, vérifiez le réglage du scanner",
    "unknown application identifier at the start of '{found}': expected one of GS1's; a separator (FNC1) may be "
    "missing before it, check the settings of the scanner",
)
ELEMENT_VALUE = Sentence(
    "element-string-value",
    "la valeur « {found} » de l'identifiant de données ({ai}) ne suit pas sa forme {expected} dans « {text} » ; "
    "vérifiez les séparateurs (FNC1) et relisez le code-barres",
    "the value '{found}' of application identifier ({ai}) does not have its form {expected} in '{text}'; check the "
    "separators (FNC1) and scan the barcode again",
)
ELEMENT_TWICE = Sentence(
    "element-string-twice",
    "l'identifiant de données ({ai}) vaut à la fois « {expected} » et « {found} » : attendu une seule valeur ; "
    "relisez les codes-barres un à un",
    "application identifier ({ai}) is both '{expected}' and '{found}': expected one value; "
    "scan the barcodes one by one",
)
ELEMENT_DATE = Sentence(
    "element-string-date",
    "« {found} » n'est pas une date pour l'identifiant de données ({ai}) : attendu AAMMJJ, JJ valant 00 pour la fin du "
    "mois ; corrigez l'étiquette",
    "'{found}' is not a date for application identifier ({ai}): expected YYMMDD, DD being 00 for the end of the month; "
    "correct the label",
)

CONTAINER_FORM = Sentence(
    "container-form",
    "« {found} » n'est pas un numéro de conteneur : attendu trois lettres, U, J ou Z, puis sept chiffres ; relisez "
    "la porte du conteneur",
    "'{found}' is not a container number: expected three letters, U, J or Z, then seven digits; read the container's "
    "door again",
)
IMO_FORM = Sentence(
    "imo-form",
    "« {found} » n'est pas un numéro OMI de navire : attendu 7 chiffres ; vérifiez-le auprès de l'armateur",
    "'{found}' is not an IMO ship number: expected 7 digits; ask the shipping company for it",
)

# --- parties ----------------------------------------------------------------------------------------------------
SIREN_FORM = Sentence(
    "siren-form",
    "« {found} » n'est pas un SIREN : attendu 9 chiffres ; recopiez-le depuis l'avis de situation de l'Insee",
    "'{found}' is not a SIREN: expected 9 digits; copy it from the company's INSEE notice",
)
SIRET_FORM = Sentence(
    "siret-form",
    "« {found} » n'est pas un SIRET : attendu 14 chiffres ; recopiez-le depuis l'avis de situation de l'Insee",
    "'{found}' is not a SIRET: expected 14 digits; copy it from the establishment's INSEE notice",
)
LUHN_KEY = Sentence(
    "luhn-check-digit",
    "{scheme} {number} : la clé de Luhn est fausse ; vérifiez la saisie, un chiffre est faux ou deux sont inversés",
    "{scheme} {number}: Luhn's check fails; check the typing, a digit is wrong or two are swapped",
)
VAT_FORM = Sentence(
    "vat-form",
    "« {found} » n'est pas un numéro de TVA d'un État membre : attendu le code du pays (FR, DE, …) puis le numéro et "
    "sa clé ; recopiez-le depuis une facture",
    "'{found}' is not a VAT number of a member state: expected the country code (FR, DE, …), then the number and its "
    "check; copy it from an invoice",
)
CAGE_FORM = Sentence(
    "cage-form",
    "« {found} » n'est pas un code CAGE ou NCAGE : attendu 5 chiffres ou lettres, sans I ni O ; recopiez le marquage",
    "'{found}' is not a CAGE or NCAGE code: expected 5 digits or letters, without I and O; copy the marking",
)
BPN_FORM = Sentence(
    "bpn-form",
    "« {found} » n'est pas un {scheme} : attendu {scheme} puis 12 chiffres ou lettres ; recopiez-le depuis le portail "
    "des partenaires",
    "'{found}' is not a {scheme}: expected {scheme}, then 12 digits or letters; copy it from the partner portal",
)
VIN_FORM = Sentence(
    "vin-form",
    "« {found} » n'est pas un VIN : attendu 17 chiffres ou lettres, sans I, O ni Q ; relisez la plaque du véhicule",
    "'{found}' is not a VIN: expected 17 digits or letters, without I, O and Q; read the vehicle's plate again",
)
DUNS_FORM = Sentence(
    "duns-form",
    "« {found} » n'est pas un numéro D-U-N-S : attendu 9 chiffres ; demandez-le à votre partenaire",
    "'{found}' is not a D-U-N-S number: expected 9 digits; ask your partner for it",
)
LEI_FORM = Sentence(
    "lei-form",
    "« {found} » n'est pas un LEI : attendu 18 chiffres ou lettres et 2 chiffres de contrôle ; recopiez-le depuis le "
    "registre de la GLEIF",
    "'{found}' is not an LEI: expected 18 digits or letters and 2 check digits; copy it from the GLEIF register",
)

# --- names of our own -------------------------------------------------------------------------------------------
FILIERE_FORM = Sentence(
    "filiere-urn-form",
    "« {found} » ne suit pas la forme {expected} ; chaque composant est encodé (%XX) et n'est pas vide",
    "'{found}' does not have the form {expected}; each component is percent-encoded and not empty",
)
FILIERE_SCHEME = Sentence(
    "filiere-urn-scheme",
    "le schéma « {found} » n'identifie pas une entreprise : attendu "
    "l'un de {expected} ; choisissez celui de votre numéro",
    "the scheme '{found}' does not identify a company: expected one of {expected}; choose the one of your number",
)
FILIERE_COMPONENT = Sentence(
    "filiere-urn-component",
    "le composant « {found} » est refusé : attendu de 1 à {expected} caractères imprimables, sans espace au début ni à "
    "la fin ; nettoyez la cellule ou le champ d'origine",
    "the component '{found}' is refused: expected 1 to {expected} printable characters, without spaces at either end; "
    "clean the cell or field it comes from",
)
