"""What the platform's decisions have to say, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

TOKEN_REFUSED = Sentence(
    "token-refused",
    "Jeton d'accès absent, inconnu, expiré ou révoqué. Envoyez « Authorization: Bearer <jeton> » avec un jeton valide.",
    "Access token missing, unknown, expired or revoked. Send “Authorization: Bearer <token>” with a valid token.",
)
SCOPE_MISSING = Sentence(
    "scope-missing",
    "Ce jeton ne donne pas le droit « {scope} ». Demandez un jeton qui l'accorde.",
    "This token does not give the right “{scope}”. Ask for a token that does.",
)
MEMBER_SUSPENDED = Sentence(
    "member-suspended",
    "Le membre {member} est suspendu : rien n'est reçu ni montré. Adressez-vous à l'organisme de la filière.",
    "Member {member} is suspended: nothing is received or shown. Contact the sector body.",
)
UNKNOWN_KEY = Sentence(
    "unknown-key",
    "La clé {kid} n'est enregistrée pour aucun membre. Enrôlez-la avant de signer avec elle.",
    "Key {kid} is not registered for any member. Enrol it before signing with it.",
)
REVOKED_KEY = Sentence(
    "revoked-key",
    "La clé {kid} est révoquée. Enrôlez une nouvelle clé et signez avec elle.",
    "Key {kid} is revoked. Enrol a new key and sign with it.",
)
REPLACED_KEY = Sentence(
    "replaced-key",
    "La clé {kid} a été remplacée par une autre. Signez avec celle qui lui succède.",
    "Key {kid} was replaced by another one. Sign with the one that follows it.",
)
SENDER_MISMATCH = Sentence(
    "sender-mismatch",
    "Le jeton est celui de {found}, mais l'enregistrement est signé par {expected}. Envoyez-le avec son propre jeton.",
    "The token is that of {found}, but the record is signed by {expected}. Send it with its own token.",
)
EVENT_CONFLICT = Sentence(
    "event-conflict",
    "L'événement {event_id} existe déjà avec un autre contenu (index {index}). Pour le corriger, envoyez une"
    " déclaration d'erreur puis un nouvel événement.",
    "Event {event_id} already exists with other content (index {index}). To correct it, send an error declaration"
    " and then a new event.",
)
EVENT_SIGNED_AGAIN = Sentence(
    "event-signed-again",
    "L'événement {event_id} est déjà conservé (index {index}), sous une autre signature : il n'est pas conservé deux"
    " fois.",
    "Event {event_id} is stored already (index {index}), under another signature: it is not stored twice.",
)
VOID_OF_STORED = Sentence(
    "void-of-stored",
    "L'événement à écarter est déjà conservé (index {index}) : ce qui est conservé ne s'écarte pas. Pour le retirer,"
    " envoyez une déclaration d'erreur.",
    "The event to discard is stored already (index {index}): what is stored cannot be discarded. To take it back, send"
    " an error declaration.",
)
EVENT_VOIDED = Sentence(
    "event-voided",
    "Cet événement a été écarté par son propre émetteur (index {index}). Signez-en un nouveau.",
    "This event was discarded by its own sender (index {index}). Sign a new one.",
)
VOID_WITH_DISCLOSURES = Sentence(
    "void-with-disclosures",
    "Une annulation ne porte aucune divulgation. Envoyez le seul JWS compact.",
    "A void carries no disclosures. Send the compact JWS alone.",
)
UNKNOWN_SHARING_MODE = Sentence(
    "unknown-sharing-mode",
    "Mode de partage « {found} » inconnu. Attendu : private, partners, linked, chain, public-fields, sector ou public.",
    "Unknown sharing mode “{found}”. Expected: private, partners, linked, chain, public-fields, sector or public.",
)
IDENTIFIER_TOO_MANY_BYTES = Sentence(
    "identifier-too-many-bytes",
    "Identifiant de {found} octets ; le plus long accepté en compte {expected}.",
    "Identifier of {found} bytes; the longest accepted has {expected}.",
)
TOO_MANY_RECORDS = Sentence(
    "too-many-records",
    "La requête contient {found} événements ; le maximum est {expected}. Envoyez-les en plusieurs fois.",
    "The request holds {found} events; the most is {expected}. Send them in several requests.",
)
BODY_TOO_LARGE = Sentence(
    "body-too-large",
    "Le corps de la requête dépasse {expected} octets. Envoyez-le en plusieurs fois.",
    "The request body exceeds {expected} bytes. Send it in several requests.",
)
NO_RECORDS = Sentence(
    "no-records",
    "La requête ne contient aucun enregistrement. Envoyez un JWS compact par ligne.",
    "The request holds no record. Send one compact JWS per line.",
)
SENDER_UNKNOWN = Sentence(
    "sender-unknown",
    "Le message ne dit pas, par un utilisateur que le courtier a vérifié (user_id), de quel membre il vient ({found}).",
    "The message does not say, by a user that the broker has checked (user_id), which member it is from ({found}).",
)
OVERLOADED = Sentence(
    "overloaded",
    "Trop d'enregistrements attendent. Rien de cette requête n'a été conservé ; recommencez dans {seconds} s.",
    "Too many records are waiting. Nothing of this request was stored; try again in {seconds} s.",
)
STORE_UNAVAILABLE = Sentence(
    "store-unavailable",
    "La base de données ne répond pas. Rien de cette requête n'a été conservé ; recommencez dans {seconds} s.",
    "The database does not answer. Nothing of this request was stored; try again in {seconds} s.",
)
UNSUPPORTED_MEDIA_TYPE = Sentence(
    "unsupported-media-type",
    "Type de contenu « {found} » non pris en charge. Attendu : {expected}.",
    "Unsupported content type “{found}”. Expected: {expected}.",
)
VALUE_REFUSED = Sentence(
    "value-refused",
    "La base de données ne peut ni conserver ni chercher une valeur de cette requête (caractère nul, nombre trop"
    " grand). Corrigez-la.",
    "The database can neither keep nor look for a value of this request (null character, number too large)."
    " Correct it.",
)
NOT_FOUND = Sentence(
    "not-found",
    "« {what} » n'existe pas, ou ne vous est pas visible.",
    "“{what}” does not exist, or is not visible to you.",
)
QUERY_PARAMETER = Sentence(
    "query-parameter",
    "Paramètre « {name} » : {found} n'est pas accepté. Attendu : {expected}.",
    "Parameter “{name}”: {found} is not accepted. Expected: {expected}.",
)
REQUEST_FIELD = Sentence(
    "request-field",
    "Champ « {name} » absent ou mal formé. Attendu : un texte d'au plus {limit} caractères.",
    "Field “{name}” missing or malformed. Expected: a text of at most {limit} characters.",
)
ENROLMENT_TOKEN_REFUSED = Sentence(
    "enrolment-token-refused",
    "Le jeton d'enrôlement est inconnu, expiré ou déjà utilisé. Demandez-en un nouveau à l'organisme de la filière.",
    "The enrolment token is unknown, expired or already used. Ask the sector body for a new one.",
)
REGISTRAR_OFFLINE = Sentence(
    "registrar-offline",
    "La clé du registre est gardée hors ligne : cette instance n'enrôle pas de clé à cette adresse. Adressez-vous à"
    " l'organisme de la filière.",
    "The registrar's key is kept offline: this instance enrols no key at this address. Contact the sector body.",
)
KEY_ALREADY_REGISTERED = Sentence(
    "key-already-registered",
    "La clé {kid} est déjà enregistrée. Créez une clé nouvelle pour chaque connecteur.",
    "Key {kid} is already registered. Create a new key for each connector.",
)
MEMBER_EXISTS = Sentence(
    "member-exists",
    "Le membre {uri} existe déjà.",
    "Member {uri} already exists.",
)
IDENTIFIER_TAKEN = Sentence(
    "identifier-taken",
    "L'identifiant {key} appartient déjà à un autre membre.",
    "Identifier {key} already belongs to another member.",
)
JOB_FAILED = Sentence(
    "job-failed",
    "Erreur interne pendant ce travail ; certains de ses événements ont pu être conservés. Renvoyez le document :"
    " ce qui est déjà conservé ne l'est pas deux fois.",
    "Internal error during this job; some of its events may have been stored. Send the document again: what is stored"
    " already is not stored twice.",
)
RECORD_NOT_STORED = Sentence(
    "record-not-stored",
    "La base de données n'a pas pu conserver cet enregistrement ; le journal du serveur dit pourquoi. Les autres de la"
    " requête n'en dépendent pas.",
    "The database could not keep this record; the server's log says why. The others of the request are not affected.",
)
INTERNAL_ERROR = Sentence(
    "internal-error",
    "Erreur interne. Rien de cette requête n'a été conservé ; le journal du serveur en dit plus.",
    "Internal error. Nothing of this request was stored; the server's log says more.",
)
