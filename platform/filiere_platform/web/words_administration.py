"""What the pages of an organisation's administration say: tokens, findings, acts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "pages": ("Pages", "Pages"),
    "nav-work": ("Suivi", "Follow-up"),
    "nav-organisation": ("Organisation", "Organisation"),
    "nav-instance": ("Filière", "Sector body"),
    "next-page": ("Page suivante", "Next page"),
    "broker-done": (
        "Les droits des programmes des membres sur le bus RabbitMQ suivent l'état des membres.",
        "The rights of members' programs on the RabbitMQ bus follow what the members are.",
    ),
    "broker-waits": (
        "Le bus RabbitMQ ne suit pas encore le dernier changement d'un membre. « filiere doctor » dit ce qui manque.",
        "The RabbitMQ bus does not yet follow the last change of a member. “filiere doctor” says what is missing.",
    ),
    "broker-by-hand": (
        "Sur le bus RabbitMQ, les droits d'un membre suspendu se retirent à la main (docs/bus.md).",
        "On the RabbitMQ bus the rights of a suspended member are taken away by hand (docs/bus.md).",
    ),
    "none": ("Rien pour l'instant.", "Nothing so far."),
    "never": ("jamais", "never"),
    "actions": ("Actions", "Actions"),
    "reason": ("Motif", "Reason"),
    "identifier": ("Identifiant", "Identifier"),
    # Tokens
    "tokens": ("Jetons", "Tokens"),
    "tokens-of": ("Jetons de {name}", "Tokens of {name}"),
    "tokens-help": (
        "Un jeton ouvre l'interface de programmation à une machine, au nom de votre organisation.",
        "A token opens the programming interface to a machine, in the name of your organisation.",
    ),
    "token-given": ("Jeton « {name} »", "Token “{name}”"),
    "token-shown-once": (
        "Copiez-le maintenant : il n'est montré qu'une fois et n'est pas conservé.",
        "Copy it now: it is shown this once and is not kept.",
    ),
    "token-new": ("Créer un jeton", "Create a token"),
    "token-name": ("Ce qui le détient", "What holds it"),
    "token-days": ("Durée en jours ; vide : sans fin", "Life in days; empty: no end"),
    "token-create": ("Créer le jeton", "Create the token"),
    "token-revoke": ("Révoquer {name} ({prefix})", "Revoke {name} ({prefix})"),
    "token-prefix": ("Préfixe", "Prefix"),
    "token-active": ("en vigueur", "in force"),
    "token-expired": ("expiré", "expired"),
    "token-revoked": ("révoqué", "revoked"),
    "scopes": ("Droits", "Scopes"),
    "scope-capture": ("envoyer des enregistrements", "send records"),
    "scope-read": ("lire", "read"),
    "scope-suppliers": ("lire et tenir le registre des partenaires", "read and keep the register of partners"),
    "scope-manage": ("gérer jetons, clés et partage", "manage tokens, keys and sharing"),
    "scope-administer": ("administrer la filière", "administer the instance"),
    "created": ("Créé", "Created"),
    "expires": ("Expire", "Expires"),
    "last-used": ("Dernier usage", "Last use"),
    # Findings
    "findings-page": ("Constats", "Findings"),
    "findings-page-help": (
        "Ce que les règles ont trouvé au sujet de vos propres enregistrements et clés.",
        "What the rules found about your own records and keys.",
    ),
    "finding-open": ("ouvert", "open"),
    "finding-explained": ("expliqué", "explained"),
    "finding-closed": ("clos", "closed"),
    "show-all": ("Tous", "All"),
    "show-open": ("Ouverts", "Open"),
    "show-closed": ("Clos", "Closed"),
    "show": ("Montrer", "Show"),
    "number": ("N°", "No."),
    "rule": ("Règle", "Rule"),
    "severity": ("Gravité", "Level"),
    "level-error": ("erreur", "error"),
    "level-warning": ("attention", "warning"),
    "level-info": ("à savoir", "note"),
    "finding-said": ("Constat", "Finding"),
    "since": ("Depuis", "Since"),
    "closed-on": ("clos le {date}", "closed on {date}"),
    "evidence": ("Preuves", "Evidence"),
    "record-number": ("enregistrement {index}", "record {index}"),
    "records-to": ("à", "to"),
    # Acts
    "acts": ("Journal des actes", "Acts"),
    "acts-help": (
        "Ce qui a été fait au sujet de votre organisation, et par qui ; chaque acte est une entrée signée du journal.",
        "What was done about your organisation, and by whom; each act is a signed entry of the log.",
    ),
    "acts-csv": ("En CSV", "As CSV"),
    "act": ("Acte", "Act"),
    "actor": ("Auteur", "Author"),
    "act-for": ("Pour", "For"),
    "act-object": ("Objet", "Object"),
    "act-details": ("Précisions", "Details"),
    "log-index": ("Entrée", "Entry"),
}
