"""What the pages of sharing and of requests for access say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "save": ("Enregistrer", "Save"),
    "sharing": ("Partage", "Sharing"),
    "sharing-of": ("Partage de {name}", "Sharing of {name}"),
    "sharing-mode": ("Vos enregistrements, sauf s'ils en disent plus", "Your records, unless they say so themselves"),
    "sharing-mode-help": (
        "Vaut pour les enregistrements à venir ; ceux d'avant restent ce qu'ils sont.",
        "Holds for records to come; earlier ones stay what they are.",
    ),
    "mode-default": ("Comme l'instance : {mode}", "As the instance: {mode}"),
    "mode-private": ("privé", "private"),
    "mode-private-help": ("vous seul", "you alone"),
    "mode-partners": ("partenaires", "partners"),
    "mode-partners-help": (
        "et ceux que l'événement nomme : source, destination, ou votre liste",
        "and those that the event names: source, destination, or your list",
    ),
    "mode-linked": ("liés", "linked"),
    "mode-linked-help": (
        "et ceux à qui vous avez remis ce que l'événement a produit : une étape",
        "and those to whom you handed what the event made: one step",
    ),
    "mode-chain": ("chaîne", "chain"),
    "mode-chain-help": ("et tous ceux qui l'ont reçu ensuite", "and everybody down the chain of what it made"),
    "mode-public-fields": ("champs publics", "public fields"),
    "mode-public-fields-help": (
        "partenaires ; les champs que la filière déclare publics, à tous",
        "partners; the fields that the sector calls public, to everybody",
    ),
    "mode-sector": ("filière", "sector"),
    "mode-sector-help": ("partenaires et tous les membres", "partners and every member"),
    "mode-public": ("public", "public"),
    "mode-public-help": ("tout le monde", "everybody"),
    "naming": ("Votre nom derrière un nœud scellé", "Your name behind a sealed node"),
    "naming-help": (
        "Une trace ne raccourcit jamais en silence : elle dit qu'il y a quelque chose, et votre nom si vous voulez.",
        "A trace never gets shorter in silence: it shows that something is there, and your name if you want it.",
    ),
    "naming-default": ("comme la filière ({default})", "as the sector ({default})"),
    "naming-yes": ("nommé", "named"),
    "naming-no": ("non nommé", "not named"),
    "partner-name": ("Nommer un partenaire après coup", "Name a partner afterwards"),
    "partner-help": (
        "Tous vos enregistrements sur cet objet lui seront montrés, sans retour : ce qui a été lu ne peut être repris.",
        "All your records about this object will be shown to it, with no way back: what was read cannot be unread.",
    ),
    "partner-object": ("Lot, palette ou article (identifiant)", "Lot, pallet or item (identifier)"),
    "partner-id": ("Identifiant du partenaire", "Identifier of the partner"),
    "partner-named": (
        "{name} voit désormais {count} enregistrement(s) de plus.",
        "{name} now sees {count} more record(s).",
    ),
    "partner-record": ("Montrer cet enregistrement à un partenaire", "Show this record to a partner"),
    "partner-record-help": (
        "Sans retour : ce qui a été lu ne peut être repris.",
        "With no way back: what was read cannot be unread.",
    ),
    "shown-to": ("montré à", "shown to"),
    # Requests for access
    "access-requests": ("Demandes d'accès", "Requests for access"),
    "access-help": (
        "Derrière un nœud scellé d'une trace : son propriétaire lit qui demande et pourquoi, et décide.",
        "Behind a sealed node of a trace: its owner reads who asks and why, and decides.",
    ),
    "access-received": ("Reçues", "Received"),
    "access-asked": ("Envoyées", "Sent"),
    "access-open": ("en attente", "waiting"),
    "access-granted": ("accordé", "granted"),
    "access-declined": ("décliné", "declined"),
    "access-asker": ("Qui demande", "Who asks"),
    "access-purpose": ("Pourquoi", "Why"),
    "access-answered": ("Répondue le", "Answered on"),
    "access-grant-help": (
        "Accorder montre cet enregistrement, et lui seul, à qui le demande ; sans retour.",
        "Granting shows this record, and no other, to who asks; there is no way back.",
    ),
    "access-grant": ("Accorder l'enregistrement {index}", "Grant record {index}"),
    "access-decline": ("Décliner", "Decline"),
    "sealed": ("Ce qui ne vous est pas montré", "What you are not shown"),
    "sealed-help": (
        "Des enregistrements d'autres membres parlent de ces objets. Vous pouvez demander à les voir.",
        "Records of other members speak of these objects. You can ask to see them.",
    ),
    "sealed-unnamed": ("un membre", "a member"),
    "sealed-ask": ("Demander l'accès", "Ask for access"),
    "cause-owner": ("propriétaire", "owner"),
    "cause-named_partner": ("nommé par l'événement", "named by the event"),
    "cause-sector_sharing": ("toute la filière", "the whole sector"),
    "cause-public_sharing": ("tout le monde", "everybody"),
    "cause-named_by_owner": ("sur votre liste", "on your list"),
    "cause-link": ("lié", "linked"),
    "cause-chain": ("dans la chaîne", "down the chain"),
    "cause-access_given": ("vous lui avez donné accès", "you gave it access"),
    "cause-mandate": ("mandat", "mandate"),
}
