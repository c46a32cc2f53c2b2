"""What the page of deliveries says: webhooks and dead letters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "deliveries": ("Livraisons", "Deliveries"),
    "deliveries-of": ("Livraisons à {name}", "Deliveries to {name}"),
    "deliveries-help": (
        "Votre flux, envoyé à une adresse à vous, dans l'ordre, signé, au moins une fois. Rien n'est perdu.",
        "Your stream, sent to an address of yours, in order, signed, at least once. Nothing is lost.",
    ),
    "webhooks": ("Webhooks", "Webhooks"),
    "webhooks-none": ("Aucun webhook.", "No webhook."),
    "webhook-given": ("Secret de {url}", "Secret of {url}"),
    "webhook-shown-once": (
        "Ce secret n'est affiché que cette fois. Le récepteur vérifie avec lui que les messages viennent d'ici.",
        "This secret is shown this once. With it the receiver verifies that messages come from here.",
    ),
    "webhook-address": ("Adresse", "Address"),
    "webhook-address-help": (
        "https, un nom public, sans identifiants. Les redirections ne sont pas suivies.",
        "https, a public name, no credentials. Redirects are not followed.",
    ),
    "webhook-kinds": ("Genres", "Kinds"),
    "webhook-kinds-help": ("Aucun coché : tous.", "None ticked: all."),
    "webhook-kinds-all": ("tous", "all"),
    "webhook-active": ("actif", "active"),
    "webhook-paused": ("suspendu", "paused"),
    "webhook-pause-member": ("suspendu par vous", "paused by you"),
    "webhook-pause-gone": ("suspendu : l'adresse a répondu 410", "paused: the address answered 410"),
    "webhook-pause-failing": ("suspendu : rien n'est pris depuis trop longtemps", "paused: nothing taken for too long"),
    "webhook-pause-refusing": ("suspendu : tout est refusé", "paused: everything is refused"),
    "webhook-delivered": ("Dernière livraison", "Last delivery"),
    "webhook-said": ("Dernier échec", "Last failure"),
    "webhook-new": ("Nouveau webhook", "New webhook"),
    "webhook-from-beginning": ("Depuis le début de votre flux", "From the beginning of your stream"),
    "webhook-register": ("Envoyer à cette adresse", "Send to this address"),
    "webhook-do-pause": ("Suspendre {url}", "Pause {url}"),
    "webhook-do-resume": ("Reprendre {url}", "Resume {url}"),
    "webhook-do-rotate": ("Changer le secret de {url}", "Change the secret of {url}"),
    "webhook-do-remove": ("Retirer {url}", "Remove {url}"),
    "webhook-do-replay": ("Renvoyer à {url}", "Send again to {url}"),
    "webhook-since": ("Ce qui est venu depuis le, pour {url}", "What came since, for {url}"),
    "webhook-query": ("réponses de la requête {name}", "answers of the query {name}"),
    "stream": ("Flux sur le bus", "Stream on the bus"),
    "stream-help": (
        "Un événement par message, gardé un temps, lu ou non : plusieurs programmes le lisent, chacun à sa place.",
        "One event per message, kept for a while, read or not: several programs read it, each at its place.",
    ),
    "stream-written": ("Vos événements y sont écrits :", "Your events are written there:"),
    "stream-not-written": ("Rien n'y est écrit :", "Nothing is written there:"),
    "stream-begin": ("Y écrire mes événements", "Write my events there"),
    "stream-end": ("Ne plus rien y écrire", "Write nothing more there"),
    "dead-letters": ("Lettres mortes", "Dead letters"),
    "dead-letters-help": (
        "Ce que votre récepteur a refusé pour de bon, événement par événement ; les autres ont été livrés.",
        "What your receiver refused for good, event by event; the others were delivered.",
    ),
    "dead-letters-none": ("Aucune lettre morte.", "No dead letter."),
    "dead-road": ("Voie", "Road"),
    "dead-webhook": ("webhook", "webhook"),
    "dead-queue": ("file du bus", "queue of the bus"),
    "dead-record": ("Enregistrement", "Record"),
    "dead-died": ("Refusée le", "Refused on"),
    "dead-said": ("Réponse", "Answer"),
    "dead-retrying": ("nouvel envoi en cours", "being sent again"),
    "dead-retry": ("Renvoyer {id}", "Send {id} again"),
    "dead-discard": ("Abandonner {id}", "Discard {id}"),
    "dead-reason": ("Raison de l'abandon de {id}", "Reason for discarding {id}"),
}
