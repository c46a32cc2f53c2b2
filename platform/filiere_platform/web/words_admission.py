"""What the pages of admission and of the sector body's administration say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    # Applying
    "apply": ("Demander l'adhésion", "Apply for membership"),
    "apply-to": ("Demander l'adhésion à {name}", "Apply for membership of {name}"),
    "apply-help": (
        "L'organisme de la filière lit votre candidature et vous répond à l'adresse que vous donnez.",
        "The sector body reads your application and answers to the address that you give.",
    ),
    "apply-name": ("Nom de l'organisation", "Name of the organisation"),
    "apply-uri": ("Identifiant de l'organisation", "Identifier of the organisation"),
    "apply-uri-help": (
        "Un identifiant mondial : urn:filiere:party:siret:73282932000074, un GLN, un LEI…",
        "A global identifier: urn:filiere:party:siret:73282932000074, a GLN, an LEI…",
    ),
    "apply-contact": ("Contact", "Contact"),
    "apply-contact-help": (
        "Une adresse électronique ou un téléphone. Jamais inscrit au journal.",
        "An e-mail address or a telephone. Never written in the log.",
    ),
    "apply-identifiers": (
        "Autres identifiants et préfixes GS1, un par ligne",
        "Other identifiers and GS1 prefixes, one a line",
    ),
    "apply-identifiers-help": (
        "Sites, numéros de produits (URI), préfixes d'entreprise (chiffres) ; {most} au plus. Facultatif.",
        "Sites, product numbers (URIs), company prefixes (digits); {most} at most. Optional.",
    ),
    "apply-message": ("Message", "Message"),
    "apply-send": ("Envoyer la candidature", "Send the application"),
    "apply-kept": (
        "Candidature {id} enregistrée : l'organisme de la filière vous répondra.",
        "Application {id} is kept: the sector body will answer you.",
    ),
    "charter": ("Charte", "Charter"),
    "charter-in-force": ("Version en vigueur : {version}, SHA-256", "Version in force: {version}, SHA-256"),
    "charter-apply-help": (
        "Le texte est chez l'organisme de la filière ; l'empreinte dit lequel vous acceptez, à l'octet près.",
        "The text lies with the sector body; the digest says which one you accept, to the byte.",
    ),
    "charter-accept": ("J'ai lu et j'accepte la charte {version}", "I have read and accept charter {version}"),
    "charter-mandates": (
        "Qui l'accepte laisse l'organisme mandater des auditeurs et des autorités sur ses enregistrements",
        "Who accepts it lets the sector body give auditors and authorities mandates over its records",
    ),
    # Administration
    "administration": ("Administration", "Administration"),
    "administration-of": ("Administration de {name}", "Administration of {name}"),
    "applications": ("Candidatures en attente", "Applications that wait"),
    "asked-on": ("Reçue le", "Received on"),
    "identifiers": ("Identifiants", "Identifiers"),
    "approve": ("Admettre {name}", "Admit {name}"),
    "decline": ("Décliner", "Decline"),
    "decline-of": ("Décliner la candidature de {name}", "Decline the application of {name}"),
    "invitation-for": ("Invitation de {name}", "Invitation of {name}"),
    "invitation-help": (
        "Remettez-la au contact que vous avez vérifié : montrée une fois, elle sert une fois, sous sept jours.",
        "Hand it to the contact that you verified: shown this once, it works once, within seven days.",
    ),
    "members": ("Membres", "Members"),
    "member-admit": ("Admettre un membre sans candidature", "Admit a member without an application"),
    "status-active": ("actif", "active"),
    "status-suspended": ("suspendu", "suspended"),
    "status-left": ("parti", "has left"),
    "disputes": ("Différends sur des identifiants", "Disputes about identifiers"),
    "disputes-help": (
        "Une déclaration sous l'identifiant d'un autre membre ; vous clôturez des deux côtés, avec un motif.",
        "A declaration under the identifier of another member; you close it for both, with a reason.",
    ),
    "dispute-close": ("Clore le différend {id}", "Close dispute {id}"),
    "key-requests": ("Clés en attente du registraire", "Keys that wait for the registrar"),
    "key-requests-help": (
        "Elles se signent là où la clé du registraire est gardée : filiere key pending, sign, admit.",
        "They are signed where the registrar's key is kept: filiere key pending, sign, admit.",
    ),
    "key-register": ("enregistrement", "registration"),
    "key-revoke": ("révocation", "revocation"),
    "charter-publish": ("Publier une version", "Publish a version"),
    "charter-version": ("Nom de la version", "Name of the version"),
    "charter-sha256": ("SHA-256 du texte, en hexadécimal", "SHA-256 of the text, in hexadecimal"),
    "charter-help": (
        "Le texte reste chez vous : sha256sum en donne l'empreinte. Une version publiée ne change plus.",
        "The text stays with you: sha256sum gives its digest. A published version does not change.",
    ),
    # One member
    "membership": ("Adhésion", "Membership"),
    "membership-help": (
        "Une suspension vaut aussitôt, partout. Avant un départ, le membre emporte ses enregistrements.",
        "A suspension holds at once, everywhere. Before it leaves, a member takes its records along.",
    ),
    "member-do-suspend": ("Suspendre", "Suspend"),
    "member-do-resume": ("Rétablir", "Let back in"),
    "member-do-end": ("Mettre fin à l'adhésion, pour toujours", "End the membership, for good"),
    "member-invite": ("Faire une nouvelle invitation", "Make another invitation"),
    "identifier-new": ("Identifiant (URI) ou préfixe (chiffres)", "Identifier (URI) or prefix (digits)"),
    "identifier-add": ("Attribuer", "Give"),
    "identifier-remove": ("Retirer {key}", "Take {key} away"),
    "membership-of": ("Adhésion de {name}", "Membership of {name}"),
    "charters-accepted": ("Chartes acceptées", "Charters accepted"),
    "charter-accepted": ("Vous l'avez acceptée.", "You have accepted it."),
    "export": ("Tout emporter", "Take everything along"),
    "export-help": (
        "Vos enregistrements avec leurs preuves, vos reçus, vos actes : ce qui est à vous, et rien de plus.",
        "Your records with their proofs, your receipts, your acts: what is yours, and nothing else.",
    ),
    "export-do": ("Télécharger member.zip", "Download member.zip"),
    # Keys
    "keys": ("Clés", "Keys"),
    "key": ("Clé", "Key"),
    "key-label": ("Connecteur", "Connector"),
    "key-algorithm": ("Algorithme", "Algorithm"),
    "key-history": ("Histoire, par entrée du journal", "History, by entry of the log"),
    "key-active": ("en vigueur", "in force"),
    "key-replaced": ("remplacée", "replaced"),
    "key-revoked": ("révoquée", "revoked"),
    "key-registered-at": ("enregistrée : {index}", "registered: {index}"),
    "key-follows": ("succède à", "follows"),
    "key-replaced-at": ("remplacée : {index}", "replaced: {index}"),
    "key-revoked-at": ("révoquée : {index}", "revoked: {index}"),
    "key-suspect-from": ("suspecte depuis {index}", "suspect from {index}"),
    "key-waits": ("En attente du registraire ({operation}) :", "Waits for the registrar ({operation}):"),
    "keys-of": ("Clés de {name}", "Keys of {name}"),
    "keys-help": (
        "Chaque connecteur signe avec sa propre clé ; le journal dit publiquement depuis quand, et jusqu'à quand.",
        "Each connector signs with a key of its own; the log says publicly since when, and until when.",
    ),
    "enrolment": ("Jeton d'enrôlement", "Enrolment token"),
    "enrolment-help": (
        "Montré une fois, il enrôle une clé, sous 72 heures : filiere-connect enroll.",
        "Shown this once, it enrols one key, within 72 hours: filiere-connect enroll.",
    ),
    "enrolment-make": ("Faire un jeton d'enrôlement", "Make an enrolment token"),
}
