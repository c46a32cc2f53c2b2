"""What is said about the register of partners, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

TEXT_REFUSED = Sentence(
    "partner-text",
    "« {name} » doit avoir de {least} à {most} caractères imprimables, sans saut de ligne.",
    "“{name}” must have {least} to {most} printable characters and no line break.",
)
TOO_MANY_PARTS = Sentence(
    "partner-too-many",
    "« {name} » compte {found} éléments ; {most} au plus.",
    "“{name}” has {found} entries; {most} at most.",
)
RELATION_UNKNOWN = Sentence(
    "partner-relation",
    "« {found} » n'est pas une relation. Attendu : {expected}.",
    "“{found}” is not a relation. Expected: {expected}.",
)
RELATION_MISSING = Sentence(
    "partner-relation-missing",
    "Dites ce que le partenaire est pour vous : fournisseur, client, transporteur, laboratoire…",
    "Say what the partner is to you: supplier, customer, carrier, laboratory…",
)
IDENTIFIER_UNREADABLE = Sentence(
    "partner-identifier",
    "« {found} » ne se lit pas comme identifiant : {reason} Écrivez par exemple « SIRET 732 829 320 00074 », "
    "« GLN 3012345678902 », « agrement:35.238.001 » ou une URI.",
    "“{found}” cannot be read as an identifier: {reason} Write for example “SIRET 732 829 320 00074”, "
    "“GLN 3012345678902”, “approval:35.238.001” or a URI.",
)
PRODUCT_IDENTIFIER = Sentence(
    "partner-product-identifier",
    "« {found} » ne désigne pas un produit : donnez un GTIN, ou l'URI d'une classe d'objets.",
    "“{found}” does not name a product: give a GTIN, or the URI of a class of objects.",
)
DATE_UNREADABLE = Sentence(
    "partner-date",
    "« {found} » n'est pas une date. Attendu : {expected}.",
    "“{found}” is not a date. Expected: {expected}.",
)
DATES_REVERSED = Sentence(
    "partner-dates-reversed",
    "La fin ({until}) est avant le début ({start}).",
    "The end ({until}) is before the beginning ({start}).",
)
DIGEST_UNREADABLE = Sentence(
    "partner-document-digest",
    "« {found} » n'est pas l'empreinte SHA-256 d'un document : 64 chiffres hexadécimaux, ceux que donne « sha256sum ».",
    "“{found}” is not the SHA-256 of a document: 64 hexadecimal digits, as “sha256sum” gives them.",
)
DECISION_UNKNOWN = Sentence(
    "partner-decision",
    "« {found} » n'est pas un état de certificat. Attendu : {expected}.",
    "“{found}” is not a state of a certificate. Expected: {expected}.",
)
WITHDRAWN_FOR_GOOD = Sentence(
    "partner-withdrawn-for-good",
    "Un certificat retiré ne redevient pas valable : saisissez le nouveau certificat à part.",
    "A certificate that was withdrawn does not become valid again: enter the new certificate by itself.",
)
CHANGES_OF_ONE_DAY = Sentence(
    "partner-decisions-of-one-day",
    "Deux décisions du même jour ({found}) : laquelle vaut ne se sait pas.",
    "Two decisions on one day ({found}): which of them holds cannot be known.",
)
SITE_UNKNOWN = Sentence(
    "partner-site-unknown",
    "« {found} » n'est le nom d'aucun site de ce partenaire.",
    "“{found}” is not the name of a site of this partner.",
)
TWICE = Sentence(
    "partner-twice",
    "« {found} » figure deux fois.",
    "“{found}” is there twice.",
)
CODE_TAKEN = Sentence(
    "partner-code-taken",
    "Le code {found} est déjà celui d'un autre partenaire de votre registre.",
    "The code {found} is that of another partner of your register already.",
)
VERSION_STALE = Sentence(
    "partner-version-stale",
    "Ce partenaire a été modifié entre-temps : vous aviez la version {found}, voici la {expected}. Relisez-la.",
    "This partner was changed meanwhile: you had version {found}, this is {expected}. Read it again.",
)
TOO_MANY_PARTNERS = Sentence(
    "partner-register-full",
    "Un registre tient {most} partenaires au plus. Retirez-en qui ne servent plus.",
    "A register holds {most} partners at most. Remove some that are no longer of use.",
)
TOO_MANY_CHANGES = Sentence(
    "partner-too-many-changes",
    "Plus de {most} modifications en vingt-quatre heures. Reprenez plus tard.",
    "More than {most} changes in twenty-four hours. Go on later.",
)
REGISTER_TOO_LARGE = Sentence(
    "partner-register-size",
    "Un registre tient {most} caractères au plus en tout. Retirez ce qui ne sert plus.",
    "A register holds {most} characters at most in all. Remove what is no longer of use.",
)
REGISTER_MOVED = Sentence(
    "partner-register-moved",
    "Votre registre est modifié ailleurs en ce moment même. Recommencez.",
    "Your register is being changed elsewhere at this very moment. Try again.",
)
INVITATION_REFUSED = Sentence(
    "partner-invitation-refused",
    "Ce lien est inconnu, expiré ou déjà utilisé. Demandez-en un autre à qui vous l'a envoyé.",
    "This link is unknown, expired or used already. Ask who sent it for another one.",
)
TOO_MANY_INVITATIONS = Sentence(
    "partner-too-many-invitations",
    "Au plus {day} invitations par jour et {open} en attente. Reprenez plus tard.",
    "At most {day} invitations a day, and {open} that wait. Go on later.",
)
