"""What the pages of recalls say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "recalls": ("Rappels", "Recalls"),
    "recall-own": ("Vos rappels", "Your recalls"),
    "recall-warned": ("Ce dont vous êtes averti", "What you are warned of"),
    "recall-forwarded-by": ("transmis par la plateforme", "forwarded by the platform"),
    "recall-open": ("Ouvrir un rappel", "Open a recall"),
    "recall-open-help": (
        "Le périmètre est figé et journalisé ; personne n'est averti avant que deux personnes l'aient approuvé.",
        "The scope is frozen and logged; nobody is warned before two people have approved.",
    ),
    "recall-objects": ("Lots suspects, un par ligne", "Suspect lots, one a line"),
    "recall-why": ("Motif, lu par ceux qui sont avertis", "Reason, read by those who are warned"),
    "recall-line": ("Avec ce qui a été fait sur la même ligne le même jour", "With what the same line made that day"),
    "recall-sites": ("Avec ce qui était sur un site pendant une période", "With what was at a site in a period"),
    "recall-drill": ("Exercice", "Drill"),
    "recall-draft": ("à approuver", "to be approved"),
    "recall-sent": ("envoyé", "sent"),
    "recall-closed": ("clos", "closed"),
    "recall-cancelled": ("abandonné, personne n'a été averti", "given up, nobody was warned"),
    "recall-cancel": ("Abandonner", "Give it up"),
    "recall-version": ("Version du périmètre", "Version of the scope"),
    "recall-approve-send": ("Approuver l'envoi", "Approve sending"),
    "recall-approve-close": ("Approuver la clôture", "Approve closing"),
    "recall-two-people": (
        "Deux personnes différentes approuvent ; déjà : {count}.",
        "Two different people approve; so far: {count}.",
    ),
    "recall-update": ("Chercher ce qui s'y ajoute", "Look for what has come to it"),
    "recall-lots": ("Lots concernés", "Lots concerned"),
    "recall-cause": ("Pourquoi", "Why"),
    "recall-suspect": ("suspect", "suspect"),
    "recall-linked": ("issu d'un suspect", "made of a suspect"),
    "recall-line-cause": ("même ligne, même jour", "same line, same day"),
    "recall-site-cause": ("même site, même période", "same site, same period"),
    "recall-certainty": ("Certitude", "Certainty"),
    "recall-certain": ("certain", "certain"),
    "recall-doubtful": ("douteux, inclus", "doubtful, included"),
    "recall-produced": ("Produit", "Produced"),
    "recall-accounted": ("Rendu compte de", "Accounted for"),
    "recall-accounts": ("Ce dont il est rendu compte", "What is accounted for"),
    "recall-unaccounted": ("Manque", "Missing"),
    "recall-confirmed": ("Confirmé", "Confirmed"),
    "recall-on-hand": ("En stock", "On hand"),
    "recall-was-consumed": ("Consommé", "Consumed"),
    "recall-was-destroyed": ("Détruit", "Destroyed"),
    "recall-consignees": ("Destinataires directs", "Direct consignees"),
    "recall-party": ("Destinataire", "Consignee"),
    "recall-contacts": ("Contacts", "Contacts"),
    "recall-acknowledged": ("Accusé de réception", "Acknowledged"),
    "recall-acknowledge": ("Accuser réception", "Acknowledge"),
    "recall-answers": ("Réponses", "Answers"),
    "recall-answer": ("Répondre", "Answer"),
    "recall-quantity": ("Quantité", "Quantity"),
    "recall-unit": ("Unité", "Unit"),
    "recall-outcome": ("Devenir", "What became of it"),
    "outcome-blocked": ("bloqué", "blocked"),
    "outcome-returned": ("retourné", "returned"),
    "outcome-destroyed": ("détruit", "destroyed"),
    "outcome-sold": ("vendu", "sold"),
    "outcome-consumed": ("consommé", "consumed"),
    "reach-own": ("vous-même", "yourself"),
    "reach-direct": ("averti ici", "warned here"),
    "reach-outside": ("hors plateforme : avertissez-le", "outside the platform: warn it yourself"),
    "recall-beyond": ("Au-delà", "Beyond"),
    "recall-beyond-help": (
        (
            "Avertis sans que vous sachiez qui : {recipients} destinataires, {sent} avis, {acknowledged} accusés,"
            " {answered} réponses."
        ),
        (
            "Warned without telling you who: {recipients} recipients, {sent} notices, {acknowledged} acknowledged,"
            " {answered} answers."
        ),
    ),
    "recall-progress": ("Avancement", "Progress"),
    "recall-to-first-list": ("Jusqu'à la première liste, en secondes", "To the first list of lots, in seconds"),
    "recall-to-consignees": (
        "Jusqu'à l'accusé de tous les destinataires directs, en secondes",
        "To the acknowledgement of all direct consignees, in seconds",
    ),
    "recall-acknowledged-percent": ("Accusés de réception", "Acknowledged"),
    "recall-versions": ("Ce qui a changé", "What has changed"),
    "recall-added": (
        "{lots} lots, {consignees} destinataires directs et {forwarded} au-delà de plus",
        "{lots} lots, {consignees} direct consignees and {forwarded} beyond more",
    ),
}
