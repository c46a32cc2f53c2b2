"""What there is to say of mandates, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

MANDATE_SCOPE_EMPTY = Sentence(
    "mandate-scope-empty",
    "Un mandat dit sur quoi il porte : des membres, des produits ou des objets ; une période seule ne suffit pas.",
    "A mandate says what it covers: members, products or objects; a period alone is not enough.",
)
MANDATE_SCOPE_SIZE = Sentence(
    "mandate-scope-size",
    "Un mandat nomme au plus {limit} valeurs ici ; reçu : {found}.",
    "A mandate names at most {limit} values here; found: {found}.",
)
MANDATE_NOT_YOURS = Sentence(
    "mandate-not-yours",
    "Un mandat ne se donne que sur ses propres enregistrements ; l'organisme de filière peut en donner sur les membres "
    "qui l'ont accepté par une version de la charte qui le prévoit.",
    "A mandate is given over one's own records alone; the sector body may give one over the members that accepted it "
    "by a version of the charter that says so.",
)
MANDATE_TO_ONESELF = Sentence(
    "mandate-to-oneself",
    "Un mandat se donne à quelqu'un d'autre que soi.",
    "A mandate is given to somebody else than oneself.",
)
MANDATE_HOLDER = Sentence(
    "mandate-holder",
    "Le titulaire d'un mandat est un membre actif de l'instance ; reçu : {found}.",
    "The holder of a mandate is an active member of the instance; found: {found}.",
)
MANDATE_MEMBER = Sentence(
    "mandate-member",
    "{found} n'est pas un membre de l'instance.",
    "{found} is not a member of the instance.",
)
MANDATE_PERSON = Sentence(
    "mandate-person",
    "Cette personne n'est pas auditrice ou autorité chez le titulaire du mandat.",
    "This person is no auditor or authority of the mandate's holder.",
)
MANDATE_REASON = Sentence(
    "mandate-reason",
    "Un mandat dit sa raison en 1 à {limit} caractères, sur une ligne.",
    "A mandate says its reason in 1 to {limit} characters, on one line.",
)
MANDATE_PRODUCT = Sentence(
    "mandate-product",
    "« {found} » ne désigne pas un produit : attendu un GTIN (https://id.gs1.org/01/...), "
    "urn:filiere:lot:schéma:société:article, ou l'un de ses lots.",
    "“{found}” names no product: expected a GTIN (https://id.gs1.org/01/...), urn:filiere:lot:scheme:party:item, or "
    "one of its lots.",
)
MANDATE_LIFE = Sentence(
    "mandate-life",
    "Un mandat se termine après son début, et au plus {limit} jours plus tard.",
    "A mandate ends after its beginning, and at most {limit} days later.",
)
MANDATE_PERIOD = Sentence(
    "mandate-period",
    "La période d'un mandat commence avant sa fin.",
    "The period of a mandate begins before its end.",
)
TOO_MANY_MANDATES = Sentence(
    "too-many-mandates",
    "Un membre a au plus {limit} mandats en cours : révoquez ceux qui ne servent plus.",
    "A member has at most {limit} mandates in force: revoke those that are not used any more.",
)
MANDATE_FIELD = Sentence(
    "mandate-field",
    "Le champ « {name} » du formulaire n'est pas lisible.",
    "The field “{name}” of the form cannot be read.",
)
MANDATE_OVER = Sentence(
    "mandate-over",
    "Le mandat sous lequel ces enregistrements se voyaient est terminé ou révoqué.",
    "The mandate under which these records were seen has ended or was revoked.",
)
