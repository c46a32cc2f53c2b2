"""What is said about named queries and their subscriptions, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

QUERY_EXISTS = Sentence(
    "query-exists",
    "Une requête nommée « {name} » existe déjà ; supprimez-la d'abord, ou choisissez un autre nom.",
    "There is a query named “{name}” already; remove it first, or choose another name.",
)
QUERY_NAME = Sentence(
    "query-name",
    "Un nom de requête compte 1 à {limit} caractères imprimables, sans « / » ; reçu « {found} ».",
    "A query's name is 1 to {limit} printable characters without “/”; found “{found}”.",
)
SUBSCRIPTION_NOT_REPLAYED = Sentence(
    "subscription-not-replayed",
    "Les réponses d'un abonnement ne sont pas renvoyées : posez la requête, ou abonnez-vous de nouveau avec"
    " « initialRecordTime ».",
    "The answers of a subscription are not sent again: ask the query, or subscribe anew with initialRecordTime.",
)
QUERY_TOO_LARGE = Sentence(
    "query-definition-too-large",
    "La définition d'une requête nommée tient en {limit} octets.",
    "The definition of a named query has at most {limit} bytes.",
)
QUERY_UNKNOWN = Sentence(
    "query-unknown",
    "Vous n'avez pas de requête nommée « {name} ».",
    "You have no query named “{name}”.",
)
TOO_MANY_QUERIES = Sentence(
    "too-many-queries",
    "Un membre a au plus {limit} requêtes nommées : supprimez celles qui ne servent plus.",
    "A member has at most {limit} named queries: remove those that are not used any more.",
)
SUBSCRIPTION_UNKNOWN = Sentence(
    "subscription-unknown",
    "La requête « {name} » n'a pas d'abonnement « {found} ».",
    "The query “{name}” has no subscription “{found}”.",
)
TOO_MANY_SUBSCRIPTIONS = Sentence(
    "too-many-subscriptions",
    "Un membre a au plus {limit} abonnements : supprimez ceux qui ne servent plus.",
    "A member has at most {limit} subscriptions: remove those that are not used any more.",
)
STREAM_OR_SCHEDULE = Sentence(
    "subscription-controls",
    "Un abonnement demande « stream: true » ou bien « schedule », l'un des deux et un seul.",
    "A subscription asks for “stream: true” or a “schedule”: one of them, and one alone.",
)
CONTROL_MALFORMED = Sentence(
    "subscription-control",
    "« {name} » : attendu {expected}, reçu « {found} ».",
    "“{name}”: expected {expected}, found “{found}”.",
)
CUT_QUERY = Sentence(
    "subscription-of-cut",
    "« orderBy », « eventCountLimit », « maxEventCount » valent pour une réponse ; un abonnement n'a pas de fin.",
    "“orderBy”, “eventCountLimit” and “maxEventCount” are of one answer: a subscription has no end.",
)
SCHEDULE_MALFORMED = Sentence(
    "subscription-schedule",
    "Champ « {name} » d'un calendrier : attendu {expected}, reçu « {found} ».",
    "Field “{name}” of a schedule: expected {expected}, found “{found}”.",
)
SCHEDULE_NEVER = Sentence(
    "subscription-never",
    "Aucun jour ne remplit tous les champs de ce calendrier : il n'aurait jamais lieu.",
    "No day has all fields of this schedule: it would never run.",
)
ORIGIN_REFUSED = Sentence(
    "websocket-origin",
    "Une page de « {found} » n'ouvre pas de websocket ici.",
    "A page of “{found}” opens no websocket here.",
)
SECRET_OF_SUBSCRIBER = Sentence(
    "subscription-secret",
    "Le secret d'un abonnement vient de son abonné : créez un autre abonnement, puis supprimez celui-ci.",
    "A subscription's secret comes from its subscriber: make another subscription, then remove this one.",
)
