"""What the page of accounts says."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "accounts-page": ("Comptes", "Accounts"),
    "accounts-help": (
        (
            "Ce que les compteurs du secteur retiennent d'un lot, d'un site, d'un membre ou d'un certificat, établi sur"
            " les événements que vous pouvez voir."
        ),
        (
            "What the sector's counters keep of a lot, a site, a member or a certificate, over the events that you may"
            " see."
        ),
    ),
    "accounts-none": ("Le profil du secteur n'a pas de compteur.", "The sector's profile has no counter."),
    "account-counter": ("Compteur", "Counter"),
    "account-subject": ("De quoi, ou de qui", "Of what, or of whom"),
    "account-subject-help": (
        "L'identifiant d'un lot, d'un site, d'un membre, ou un numéro de certificat, comme les événements l'écrivent.",
        "The identifier of a lot, a site or a member, or the number of a certificate as events write it.",
    ),
    "account-as-of": (
        "Tel qu'on le savait (instant avec son fuseau, ou taille du journal ; vide : maintenant)",
        "As it was known (a time with its zone, or a size of the log; empty: now)",
    ),
    "account-show": ("Montrer le compte", "Show the account"),
    "account-balance": ("Solde : {amount}", "Balance: {amount}"),
    "account-least": ("Minimum permis : {amount}", "Least allowed: {amount}"),
    "account-most": ("Maximum permis : {amount}", "Most allowed: {amount}"),
    "account-breaches": (
        "{count} dépassement(s) : le solde sort des bornes après ces événements.",
        "{count} breach(es): the balance leaves its bounds after these events.",
    ),
    "account-beyond-least": ("sous le minimum", "below the least"),
    "account-beyond-most": ("au-dessus du maximum", "above the most"),
    "account-uncounted": (
        "Non comptés, car scellés pour vous ou sans conversion d'unité",
        "Not counted, since sealed to you or without a conversion of units",
    ),
    "account-erased": (
        "{count} événement(s) effacé(s), qui auraient pu compter.",
        "{count} erased event(s), which might have counted.",
    ),
    "account-empty": ("Aucune ligne que vous puissiez voir.", "No line that you may see."),
    "account-more": (
        "Les {shown} dernières lignes sur {count} ; l'API les donne toutes.",
        "The last {shown} lines of {count}; the API gives all of them.",
    ),
    "account-when": ("Date", "When"),
    "account-event": ("Événement", "Event"),
    "account-moved": ("Entrée ou sortie", "In or out"),
    "account-after": ("Solde après", "Balance after"),
}
