"""What the pages of cases say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "cases": ("Dossiers", "Cases"),
    "cases-help": (
        "Avis, certificats et commandes avec d'autres membres. Chaque pas est journalisé, et lu par vous deux seuls.",
        "Notices, certificates and orders with other members. Each step is logged, and read by the two of you alone.",
    ),
    "case-waiting": ("À vous", "Yours to do"),
    "case-others": ("Les autres", "The others"),
    "case-open": ("Ouvrir un dossier", "Open a case"),
    "case-none": ("Le profil du secteur n'a pas de machine à états.", "The sector's profile has no state machine."),
    "case-from": ("de", "from"),
    "case-to": ("à", "to"),
    "case-overdue": ("délai dépassé", "overdue"),
    "case-due": ("à traiter avant le", "to be handled before"),
    "case-receiver": ("À qui", "To whom"),
    "case-receiver-help": (
        "L'identifiant d'un membre, comme urn:filiere:party:siret:…",
        "The identifier of a member, such as urn:filiere:party:siret:…",
    ),
    "case-subjects": ("Lots, objets ou sites concernés, un par ligne", "Lots, objects or sites concerned, one a line"),
    "case-text": ("Ce que vous en dites", "What you say of it"),
    "case-state": ("État", "State"),
    "case-sender": ("Ouvert par", "Opened by"),
    "case-receiver-side": ("Adressé à", "Addressed to"),
    "case-about": ("Au sujet de", "About"),
    "case-yours": ("Ce que vous pouvez faire", "What you may do"),
    "case-pass": ("Passer à « {state} »", "Pass to “{state}”"),
    "case-take": ("Passer à « {state} »", "Pass to “{state}”"),
    "case-propose": ("Proposer de passer à « {state} »", "Propose to pass to “{state}”"),
    "case-proposed": ("Proposé : passer à « {state} »", "Proposed: pass to “{state}”"),
    "case-approve": ("Approuver", "Approve"),
    "case-second": (
        "Vous l'avez proposé : une autre personne de votre organisation doit l'approuver.",
        "You proposed it: another person of your organisation must approve it.",
    ),
    "case-four-eyes": (
        "Une personne propose ce pas, une autre l'approuve.",
        "One person proposes it, another approves.",
    ),
    "case-persons": ("Réservé à", "For"),
    "case-steps": ("Les pas du dossier", "The steps of the case"),
    "case-by-sender": ("par qui l'a ouvert", "by who opened it"),
    "case-entry": ("entrée {index} du journal", "entry {index} of the log"),
    "case-by-receiver": ("par le destinataire", "by the receiver"),
}
