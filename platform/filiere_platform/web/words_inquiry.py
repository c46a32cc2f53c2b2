"""What the pages say of the state of an object, of balances, and of questions about many objects."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "state-title": ("État", "State"),
    "state-at": ("À quel moment (heure de Paris)", "At what time (Paris time)"),
    "state-show": ("Montrer l'état", "Show the state"),
    "state-when": ("Le {when}.", "On {when}."),
    "state-unsaid": ("rien n'en est dit", "nothing is said of it"),
    "state-or": ("ou bien", "or else"),
    "state-on-the-way": ("en route", "on the way"),
    "state-where": ("Où", "Where"),
    "state-holder": ("Chez qui", "At whom"),
    "state-owner": ("À qui", "Whose"),
    "state-inside": ("Dans quoi", "In what"),
    "state-disposition": ("Disposition", "Disposition"),
    "state-quantity": ("Quantité restante", "Quantity left"),
    "state-blocked": ("Bloqué", "Blocked"),
    "state-recalled": ("Rappelé", "Recalled"),
    "balance-of-this": ("Bilan matière de cet objet", "Balance of this object"),
    "sets-with-this": ("Interroger plusieurs objets", "Ask about several objects"),
    "balance-page": ("Bilans matière", "Balances"),
    "balance-help": (
        (
            "Ce qui est entré et ce qui est sorti, dans une unité, avec les preuves. Ce qu'on ne sait pas n'est jamais"
            " compté pour zéro."
        ),
        "What came in and what went out, in one unit, with the evidence. What is not known is never counted as zero.",
    ),
    "balance-of-lot": ("D'un lot", "Of a lot"),
    "balance-of-site": ("D'un site sur une période", "Of a site in a period"),
    "with-dilution": ("avec la dilution en aval", "with the dilution downstream"),
    "to-balance": ("Faire le bilan", "Balance"),
    "site-label": ("Identifiant du site", "Identifier of the site"),
    "period-from": ("Du (heure de Paris)", "From (Paris time)"),
    "period-to": ("Au, non compris (heure de Paris)", "Until, not included (Paris time)"),
    "unit-label": ("Unité (UN/ECE, par exemple KGM, LTR, C62)", "Unit (UN/ECE, such as KGM, LTR, C62)"),
    "unknown-amount": ("inconnu", "unknown"),
    "flow-opening": ("Au début", "To begin with"),
    "flow-made": ("Produit", "Made"),
    "flow-received": ("Reçu", "Received"),
    "flow-used": ("Utilisé", "Used"),
    "flow-shipped": ("Expédié", "Shipped"),
    "flow-removed": ("Retiré", "Removed"),
    "flow-counted": ("Compté", "Counted"),
    "flow-left": ("Reste, par calcul", "Left, by calculation"),
    "flow-closing": ("À la fin", "In the end"),
    "residual": ("Écart", "Residual"),
    "tolerated": ("Toléré", "Tolerated"),
    "transformations": ("Transformations", "Transformations"),
    "put-in": ("Mis en œuvre", "Put in"),
    "given": ("Obtenu", "Given back"),
    "yield": ("Rendement", "Yield"),
    "yield-usual": ("habituel", "usual"),
    "yield-low": ("trop bas", "too low"),
    "yield-high": ("trop haut", "too high"),
    "yield-open": ("une quantité manque", "an amount is missing"),
    "yield-no-rule": ("sans règle", "without a rule"),
    "balance-balanced": ("équilibré", "balanced"),
    "balance-over-consumption": ("plus sorti qu'entré", "more went out than came in"),
    "balance-unexplained-loss": ("perte inexpliquée", "unexplained loss"),
    "balance-open": ("ouvert", "open"),
    "balance-because": ("Parce que", "Because"),
    "balance-hidden": (
        "{count} événement(s) que vous ne voyez pas : le bilan reste ouvert.",
        "{count} event(s) that you do not see: the balance stays open.",
    ),
    "reason-unknown-amounts": ("des quantités sont inconnues", "amounts are unknown"),
    "reason-hidden-events": ("des événements sont cachés", "events are hidden"),
    "reason-vague-times": ("des heures sont vagues", "times are vague"),
    "reason-undeclared": ("la quantité de départ n'est pas dite", "nobody says how much there was to begin with"),
    "reason-not-counted": ("rien n'a été compté", "nothing was counted"),
    "balance-line": ("Mouvement", "Movement"),
    "as-stated": ("Tel que déclaré", "As stated"),
    "as-counted": ("Dans l'unité du bilan", "In the balance's unit"),
    "vague": ("heure vague", "vague time"),
    "dilution": ("Dilution en aval", "Dilution downstream"),
    "dilution-help": (
        (
            "La part de chaque lot qui vient de celui-ci si tout a été mélangé, et ce qu'elle peut être au pire. Ne"
            " réduisez jamais un rappel par la seule dilution."
        ),
        (
            "The part of each lot that comes from this one if everything was mixed, and what it may be at the worst."
            " Never make a recall smaller by dilution alone."
        ),
    ),
    "suspect-share": ("Part si tout est mélangé", "Share if mixed"),
    "suspect-worst": ("Au pire", "At the worst"),
    "suspect-amount": ("Quantité suspecte", "Suspect amount"),
    "set-depth": ("Profondeur", "Depth"),
    "first-rows": (
        "Les {shown} premières lignes sur {count} ; l'API donne tout.",
        "The first {shown} rows of {count}; the API gives all.",
    ),
    "site-from-to": ("{site}, du {start} au {stop}", "{site}, from {start} to {stop}"),
    "sums-apart": (
        "{count} objet(s) ne se convertissent pas en {unit} : ils ne sont pas dans les sommes.",
        "{count} object(s) do not convert into {unit}: they are not in the sums.",
    ),
    "sets-page": ("Plusieurs objets", "Several objects"),
    "sets-help": (
        (
            "Collez une liste de lots, d'articles ou de palettes : leur trace commune, leurs ancêtres communs, ce qui"
            " diffère, ou si un membre est dans leur chaîne."
        ),
        (
            "Paste a list of lots, items or pallets: their traces as one, their common ancestors, what differs, or"
            " whether a member is in their chain."
        ),
    ),
    "sets-objects": ("Objets", "Objects"),
    "sets-objects-help": (
        "Un par ligne, 500 au plus : URI, GTIN et lot, SSCC, ou ce que lit un lecteur.",
        "One a line, 500 at most: URI, GTIN and lot, SSCC, or what a scanner reads.",
    ),
    "sets-ask": ("Question", "Question"),
    "sets-ask-trace": ("Leur trace, comme d'un seul objet", "Their trace, as of one object"),
    "sets-ask-ancestors": ("Leurs ancêtres communs, classés", "Their common ancestors, ranked"),
    "sets-ask-difference": (
        "Ce qui diffère : entre deux objets, ou d'un objet entre deux états du journal",
        "What differs: between two objects, or of one object between two states of the log",
    ),
    "sets-ask-presence": (
        "Si un membre est dans leur chaîne (20 objets au plus)",
        "Whether a member is in their chain (20 objects at most)",
    ),
    "sets-direction": ("Sens", "Direction"),
    "sets-more": ("Préciser", "More"),
    "sets-sound": ("Objets sains, pour les ancêtres", "Sound objects, for ancestors"),
    "sets-member": ("Membre, partie ou site cherché", "Member, party or site looked for"),
    "sets-as-of": ("Tel que connu à (avant)", "As known at (before)"),
    "sets-as-of-help": (
        "Une taille du journal, ou un instant avec son fuseau ; vide : maintenant.",
        "A size of the log, or a time with its zone; empty: now.",
    ),
    "sets-to-as-of": ("Tel que connu à (après), pour une différence", "As known at (after), for a difference"),
    "sets-send": ("Demander", "Ask"),
    "sets-csv": ("Demander en CSV", "Ask for CSV"),
    "sets-link": ("Adresse de cette question", "Address of this question"),
    "sets-no-link": (
        "Trop d'objets pour une adresse : gardez la liste pour reposer la question.",
        "Too many objects for an address: keep the list to ask again.",
    ),
    "sets-found": (
        "{objects} objets et {steps} étapes, à partir de {roots} objets.",
        "{objects} objects and {steps} steps, from {roots} objects.",
    ),
    "sets-unknown": ("{count} inconnu(s), ou pas de vous", "{count} unknown, or not to you"),
    "sets-reached-from": ("Atteint depuis", "Reached from"),
    "sets-places": ("Sites", "Sites"),
    "sets-members": ("Membres", "Members"),
    "score": ("Score", "Score"),
    "suspects": ("Suspects atteints", "Suspects reached"),
    "sound": ("Sains atteints", "Sound ones reached"),
    "of-objects": ("sur {count}", "of {count}"),
    "log-at": ("journal à {size}", "log at {size}"),
    "sets-removed": ("Disparu", "Gone"),
    "sets-added": ("Apparu", "New"),
    "sets-because": ("À cause de", "Because of"),
    "sets-present": ("Présent", "Present"),
    "present-yes": ("oui", "yes"),
    "present-no": ("non", "no"),
    "present-unknown": ("on ne peut pas le savoir", "not to be known"),
    "presence-hidden-events": ("des événements sont cachés", "events are hidden"),
    "presence-cut": ("la trace est coupée", "the trace was cut"),
}
