"""The sentences of signed provenance: what may be wrong with bytes, keys, envelopes, proofs and notes."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

# Strict JSON.
NOT_UTF8 = Sentence(
    "not-utf8",
    "texte UTF-8 sans indicateur d'ordre (BOM) attendu, octet inattendu en position {offset} ; enregistrez en UTF-8",
    "expected UTF-8 text without a byte order mark, found an unexpected byte at offset {offset}; save it as UTF-8",
)
NOT_JSON = Sentence(
    "not-json",
    "texte JSON attendu (RFC 8259), erreur au caractère {offset} ; corrigez la syntaxe à cet endroit",
    "expected JSON text (RFC 8259), found an error at character {offset}; correct the syntax there",
)
DUPLICATE_KEY = Sentence(
    "duplicate-key",
    "clé JSON « {key} » présente plusieurs fois dans le même objet ; n'en gardez qu'une",
    "JSON key “{key}” found several times in one object; keep only one",
)
NOT_A_NUMBER = Sentence(
    "not-a-number",
    "nombre JSON fini attendu, « {found} » trouvé ; retirez le champ ou donnez sa valeur",
    "expected a finite JSON number, found “{found}”; remove the field or give its value",
)
INTEGER_TOO_LARGE = Sentence(
    "integer-too-large",
    "entier d'au plus 2^53-1 en valeur absolue attendu, « {found} » trouvé ; écrivez-le entre guillemets",
    "expected an integer of at most 2^53-1 in magnitude, found “{found}”; write it as a string",
)
LONE_SURROGATE = Sentence(
    "lone-surrogate",
    "caractères Unicode valides attendus, demi-codet isolé (\\uD800 à \\uDFFF) trouvé ; corrigez l'encodage du texte",
    "expected valid Unicode text, found a lone surrogate (\\uD800 to \\uDFFF); correct the text's encoding",
)
NESTED_TOO_DEEP = Sentence(
    "nested-too-deep",
    "au plus {limit} niveaux d'imbrication JSON attendus, davantage trouvés ; aplatissez ce champ",
    "expected at most {limit} levels of JSON nesting, found more; flatten this field",
)

# Keys.
BAD_SIGNATURE = Sentence(
    "bad-signature",
    "la signature ne correspond pas aux octets reçus pour la clé {kid} ; renvoyez les octets signés, inchangés",
    "the signature does not match the received bytes under key {kid}; send the signed bytes again, unchanged",
)
INVALID_KEY = Sentence(
    "invalid-key",
    "clé publique Ed25519 ou P-256 attendue au format JWK (RFC 7517), trouvé : {found} ; exportez à nouveau la clé",
    "expected an Ed25519 or P-256 public key as a JWK (RFC 7517), found: {found}; export the key again",
)
PRIVATE_KEY_GIVEN = Sentence(
    "private-key-given",
    "clé publique attendue, clé privée reçue ; ne l'envoyez jamais : remplacez cette clé et n'envoyez que la publique",
    "expected a public key, found a private one; never send it: replace this key and send only its public part",
)
WEAK_KEY = Sentence(
    "weak-key",
    "clé publique d'ordre premier attendue, point de petit ordre trouvé : n'importe qui signerait pour elle ; "
    "créez une nouvelle clé",
    "expected a public key of prime order, found a point of small order: anybody could sign for it; create a new key",
)
UNREADABLE_PRIVATE_KEY = Sentence(
    "unreadable-private-key",
    "clé privée Ed25519 ou P-256 au format PEM attendue, fichier illisible ; vérifiez le fichier et le mot de passe",
    "expected an Ed25519 or P-256 private key in PEM, found an unreadable file; check the file and its password",
)

# JWS and envelopes.
NOT_A_JWS = Sentence(
    "not-a-jws",
    "JWS compact attendu (trois parties séparées par des points), {found} partie(s) trouvée(s) ; "
    "envoyez la forme compacte",
    "expected a compact JWS (three parts separated by dots), found {found} part(s); send the compact form",
)
TOO_LARGE = Sentence(
    "envelope-too-large",
    "au plus {limit} octets attendus, {found} trouvés ; découpez l'événement",
    "expected at most {limit} bytes, found {found}; split the event",
)
BAD_BASE64URL = Sentence(
    "bad-base64url",
    "base64url sans remplissage attendu (RFC 7515, section 2), « {found} » trouvé ; "
    "retirez « = » et tout caractère étranger",
    "expected base64url without padding (RFC 7515, section 2), found “{found}”; remove “=” and any foreign character",
)
HEADER_NOT_OBJECT = Sentence(
    "header-not-object",
    "en-tête JWS sous forme d'objet JSON attendu, {found} trouvé ; reconstruisez l'en-tête",
    "expected a JSON object as JWS header, found {found}; build the header again",
)
HEADER_TEXT = Sentence(
    "bad-header-text",
    "champ d'en-tête « {name} » : texte de 1 à {limit} caractères attendu, « {found} » trouvé ; corrigez l'émetteur",
    "header field “{name}”: expected a text of 1 to {limit} characters, found “{found}”; correct the sender",
)
HEADER_VALUE = Sentence(
    "bad-header-value",
    "champ d'en-tête « {name} » : « {expected} » attendu, « {found} » trouvé ; corrigez l'émetteur",
    "header field “{name}”: expected “{expected}”, found “{found}”; correct the sender",
)
HEADER_NUMBER = Sentence(
    "bad-header-number",
    "champ d'en-tête « {name} » : entier de {least} à {greatest} attendu, « {found} » trouvé ; corrigez l'émetteur",
    "header field “{name}”: expected an integer from {least} to {greatest}, found “{found}”; correct the sender",
)
HEADER_DIGEST = Sentence(
    "bad-header-digest",
    "champ d'en-tête « {name} » : empreinte SHA-256 en base64url attendue, « {found} » trouvé ; corrigez l'émetteur",
    "header field “{name}”: expected a SHA-256 digest in base64url, found “{found}”; correct the sender",
)
ALGORITHM_REFUSED = Sentence(
    "algorithm-refused",
    "algorithme Ed25519 ou ES256 attendu, « {found} » trouvé ; signez avec la clé enregistrée",
    "expected algorithm Ed25519 or ES256, found “{found}”; sign with the registered key",
)
EMBEDDED_KEY = Sentence(
    "embedded-key",
    "aucune clé attendue dans l'en-tête, champ « {name} » trouvé ; retirez-le : seule la clé enregistrée compte",
    "expected no key in the header, found field “{name}”; remove it: only the registered key counts",
)
UNKNOWN_CRIT = Sentence(
    "unknown-crit",
    "aucune extension critique attendue, « {found} » trouvé dans crit ; signez sans extension",
    "expected no critical extension, found “{found}” in crit; sign without extensions",
)
UNENCODED_PAYLOAD = Sentence(
    "unencoded-payload",
    "contenu encodé en base64url attendu, option b64 trouvée (RFC 7797) ; signez sans elle",
    "expected a base64url payload, found option b64 (RFC 7797); sign without it",
)
WRONG_TYP = Sentence(
    "wrong-typ",
    "type « {expected} » attendu, « {found} » trouvé ; un document signé ne peut servir à un autre usage",
    "expected type “{expected}”, found “{found}”; a signed document cannot serve another purpose",
)
ALG_NOT_PINNED = Sentence(
    "alg-not-pinned",
    "algorithme {expected} attendu pour cette clé, « {found} » trouvé ; signez avec l'algorithme de la clé enregistrée",
    "expected algorithm {expected} for this key, found “{found}”; sign with the registered key's algorithm",
)
WRONG_KEY = Sentence(
    "wrong-key",
    "clé {expected} attendue, « {found} » trouvée dans kid ; signez avec la clé annoncée",
    "expected key {expected}, found “{found}” in kid; sign with the key that you name",
)
ISSUER_MISMATCH = Sentence(
    "issuer-mismatch",
    "émetteur « {expected} » attendu pour cette clé, « {found} » trouvé ; un membre ne signe que pour lui-même",
    "expected issuer “{expected}” for this key, found “{found}”; a member signs only for itself",
)
WRONG_AUDIENCE = Sentence(
    "wrong-audience",
    "destinataire « {expected} » attendu, « {found} » trouvé ; signez pour ce journal",
    "expected audience “{expected}”, found “{found}”; sign for this log",
)
BAD_DISCLOSURE_LIST = Sentence(
    "bad-disclosure-list",
    "divulgations terminées chacune par « ~ » attendues (RFC 9901, section 4), fin inattendue trouvée ; "
    "terminez par « ~ », sans liaison de clé",
    "expected disclosures each ended by “~” (RFC 9901, section 4), found another end; "
    "end with “~”, without key binding",
)

# Log entries.
BAD_LOG_ENTRY = Sentence(
    "bad-log-entry",
    "entrée de journal « kind » et « sha256 » en JSON canonique attendue, "
    "autre chose a été trouvé ; relisez le journal",
    "expected a log entry of “kind” and “sha256” in canonical JSON, found something else; read the log again",
)

# Proofs, notes, checkpoints.
BAD_INCLUSION_PROOF = Sentence(
    "bad-inclusion-proof",
    "preuve de présence de l'entrée {index} dans l'arbre de taille {size} attendue, elle ne mène pas à la racine "
    "{root} ; redemandez la preuve, puis doutez du journal",
    "expected a proof that entry {index} is in the tree of size {size}, it does not lead to root {root}; "
    "ask for the proof again, then doubt the log",
)
BAD_CONSISTENCY_PROOF = Sentence(
    "bad-consistency-proof",
    "preuve que l'arbre de taille {new} prolonge celui de taille {old} attendue, elle ne tient pas ; "
    "redemandez la preuve, puis doutez du journal",
    "expected a proof that the tree of size {new} extends the one of size {old}, it does not hold; "
    "ask for the proof again, then doubt the log",
)
BAD_NOTE = Sentence(
    "bad-note",
    "note signée attendue (C2SP signed-note), autre chose a été trouvé ; téléchargez-la à nouveau",
    "expected a signed note (C2SP signed-note), found something else; download it again",
)
NOTE_UNSIGNED = Sentence(
    "note-unsigned",
    "signature de « {name} » attendue sur la note, aucune trouvée ; vérifiez la clé de confiance",
    "expected a signature of “{name}” on the note, found none; check the trusted key",
)
BAD_NOTE_SIGNATURE = Sentence(
    "bad-note-signature",
    "la signature de « {name} » sur la note ne tient pas ; ne vous y fiez pas et téléchargez-la à nouveau",
    "the signature of “{name}” on the note does not hold; do not rely on it and download it again",
)
BAD_VERIFIER_KEY = Sentence(
    "bad-verifier-key",
    "clé de vérification « nom+empreinte+clé » attendue, « {found} » trouvé ; recopiez-la en entier",
    "expected a verifier key “name+id+key”, found “{found}”; copy it whole",
)
BAD_CHECKPOINT = Sentence(
    "bad-checkpoint",
    "tête de journal attendue (origine, taille et racine sur trois lignes), autre chose a été trouvé ; "
    "téléchargez-la à nouveau",
    "expected a log head (origin, size and root on three lines), found something else; download it again",
)
WRONG_ORIGIN = Sentence(
    "wrong-origin",
    "tête du journal « {expected} » attendue, « {found} » trouvé ; vérifiez l'adresse du journal",
    "expected a head of log “{expected}”, found “{found}”; check the log's address",
)

# Statements.
STATEMENT_TEXT = Sentence(
    "bad-statement-text",
    "document signé : texte d'au plus {limit} caractères attendu, « {found} » trouvé ; redemandez-le à son émetteur",
    "signed statement: expected a text of at most {limit} characters, found “{found}”; ask its issuer for it again",
)
STATEMENT_VALUE = Sentence(
    "bad-statement-value",
    "document signé : « {expected} » attendu, « {found} » trouvé ; redemandez-le à son émetteur",
    "signed statement: expected “{expected}”, found “{found}”; ask its issuer for it again",
)
STATEMENT_NUMBER = Sentence(
    "bad-statement-number",
    "document signé : entier de {least} à {greatest} attendu, « {found} » trouvé ; redemandez-le à son émetteur",
    "signed statement: expected an integer from {least} to {greatest}, found “{found}”; ask its issuer for it again",
)
STATEMENT_DIGEST = Sentence(
    "bad-statement-digest",
    "document signé : empreinte SHA-256 en hexadécimal minuscule attendue, « {found} » trouvé ; "
    "redemandez-le à son émetteur",
    "signed statement: expected a SHA-256 digest in lower-case hexadecimal, found “{found}”; "
    "ask its issuer for it again",
)
STATEMENT_INSTANT = Sentence(
    "bad-statement-instant",
    "document signé : instant UTC à la microseconde attendu (AAAA-MM-JJThh:mm:ss.ffffffZ), « {found} » trouvé ; "
    "redemandez-le à son émetteur",
    "signed statement: expected a UTC instant to the microsecond (YYYY-MM-DDThh:mm:ss.ffffffZ), found “{found}”; "
    "ask its issuer for it again",
)
STATEMENT_OBJECT = Sentence(
    "bad-statement-object",
    "document signé : objet JSON attendu, « {found} » trouvé ; redemandez-le à son émetteur",
    "signed statement: expected a JSON object, found “{found}”; ask its issuer for it again",
)
STATEMENT_LIST = Sentence(
    "bad-statement-list",
    "document signé : liste d'objets JSON attendue, « {found} » trouvé ; redemandez-le à son émetteur",
    "signed statement: expected a list of JSON objects, found “{found}”; ask its issuer for it again",
)
WRONG_TOKEN = Sentence(
    "wrong-token",
    "preuve faite avec le jeton d'enrôlement remis attendue, autre jeton trouvé ; signez avec le jeton reçu",
    "expected a proof made with the enrolment token handed out, found another token; sign with the token received",
)

# Sealed members.
MALFORMED_DISCLOSURE = Sentence(
    "disclosure-malformed",
    "divulgation [sel, nom, valeur] en base64url attendue, avec un sel d'au moins 128 bits (RFC 9901, section 4.2.1), "
    "autre chose a été trouvé ; scellez à nouveau",
    "expected a disclosure [salt, name, value] in base64url with a salt of at least 128 bits "
    "(RFC 9901, section 4.2.1), found something else; seal again",
)
MALFORMED_DIGESTS = Sentence(
    "digests-malformed",
    "liste d'empreintes SHA-256 en base64url attendue dans « _sd », autre chose a été trouvé ; scellez à nouveau",
    "expected a list of SHA-256 digests in base64url in “_sd”, found something else; seal again",
)
UNREFERENCED_DISCLOSURE = Sentence(
    "unreferenced-disclosure",
    "divulgation dont l'empreinte figure dans le contenu signé attendue, empreinte absente ; retirez la divulgation",
    "expected a disclosure whose digest is in the signed payload, found none there; remove the disclosure",
)
DUPLICATE_DIGEST = Sentence(
    "duplicate-digest",
    "une seule occurrence de chaque empreinte attendue, empreinte répétée trouvée ; scellez à nouveau",
    "expected each digest once, found one repeated; seal again",
)
SEALED_FIELD_NOT_ALLOWED = Sentence(
    "sealed-field-not-allowed",
    "champ lisible attendu, « {name} » trouvé scellé : la traçabilité repose sur lui ; laissez-le en clair",
    "expected a readable field, found “{name}” sealed: traceability rests on it; leave it readable",
)
SEALED_MEMBER_EXISTS = Sentence(
    "sealed-member-exists",
    "champ « {name} » attendu une fois, trouvé à la fois en clair et scellé ; n'en gardez qu'un",
    "expected field “{name}” once, found it both readable and sealed; keep only one",
)
SEALED_ELEMENT = Sentence(
    "sealed-list-element",
    "liste entière en clair ou scellée attendue, élément scellé trouvé ; scellez la liste ou un champ de l'élément",
    "expected a list readable or sealed as a whole, found a sealed element; seal the list, or a field of the element",
)
UNKNOWN_SD_ALG = Sentence(
    "unknown-sd-alg",
    "algorithme « sha-256 » attendu dans _sd_alg, « {found} » trouvé ; scellez à nouveau avec SHA-256",
    "expected “sha-256” in _sd_alg, found “{found}”; seal again with SHA-256",
)
RESERVED_MEMBER = Sentence(
    "reserved-member",
    "aucun champ « _sd », « _sd_alg » ou « ... » attendu ici, un tel champ trouvé ; renommez-le",
    "expected no field “_sd”, “_sd_alg” or “...” here, found one; rename it",
)
NOTHING_TO_SEAL = Sentence(
    "nothing-to-seal",
    "champ d'un objet attendu à cet endroit, aucun trouvé ; corrigez la liste des champs à sceller",
    "expected a field of an object at this place, found none; correct the list of fields to seal",
)
PAYLOAD_NOT_OBJECT = Sentence(
    "payload-not-object",
    "événement sous forme d'objet JSON attendu, {found} trouvé ; signez un seul événement par enveloppe",
    "expected an event as a JSON object, found {found}; sign one event per envelope",
)
