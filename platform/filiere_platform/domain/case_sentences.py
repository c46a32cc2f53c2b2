"""What there is to say of cases, in French and English."""

from __future__ import annotations

from typing import Final

from filiere_schemas.problems import Sentence

UNKNOWN_MACHINE = Sentence(
    "case-machine",
    "Le profil « {sector} » n'a pas de machine à états « {found} ». Connues : {expected}.",
    "The profile “{sector}” has no state machine “{found}”. Known: {expected}.",
)
RECEIVER = Sentence(
    "case-receiver",
    "« {found} » n'est pas un autre membre actif : un dossier va d'un membre à un autre.",
    "“{found}” is no other active member: a case goes from one member to another.",
)
SUBJECT_UNKNOWN = Sentence(
    "case-subject",
    "Aucun enregistrement que vous pouvez voir ne parle de {object}.",
    "No record that you may see speaks of {object}.",
)
SUBJECT_NEEDED = Sentence(
    "case-subject-needed",
    "Un avis nomme au moins un lot, un objet ou un site, et au plus {expected}.",
    "A notice names a lot, an object or a site at least, and at most {expected}.",
)
WORDS = Sentence(
    "case-text",
    "Écrivez 1 à {expected} caractères, sans caractère de contrôle.",
    "Write 1 to {expected} characters, without control characters.",
)
FIELD_MISSING = Sentence(
    "case-field-missing",
    "« {field} » est demandé pour passer à « {to} ».",
    "“{field}” is asked for to pass to “{to}”.",
)
FIELD_UNKNOWN = Sentence(
    "case-field-unknown",
    "La machine à états n'a pas de champ « {found} ». Connus : {expected}.",
    "The state machine has no field “{found}”. Known: {expected}.",
)
FIELD_VALUE = Sentence(
    "case-field-value",
    "« {found} » ne convient pas à « {field} ». Attendu : {expected}.",
    "“{found}” does not suit “{field}”. Expected: {expected}.",
)
NO_WAY = Sentence(
    "case-state",
    "Ce dossier est dans l'état « {state} », qui ne mène pas à « {found} ». Attendu : {expected}.",
    "This case is in the state “{state}”, which does not lead to “{found}”. Expected: {expected}.",
)
OTHER_SIDE = Sentence(
    "case-side",
    "Le passage de « {state} » à « {found} » appartient à l'autre partie ({side}).",
    "The step from “{state}” to “{found}” is the other party's ({side}).",
)
PERSON_NEEDED = Sentence(
    "case-person",
    "Ce passage demande une personne connectée de votre organisation ({roles}) ; un jeton ne répond de personne.",
    "This step asks for a person of your organisation who is signed in ({roles}); a token vouches for nobody.",
)
MOVED = Sentence(
    "case-moved",
    "Ce dossier en est au pas {expected}, état « {state} », et non au pas {found} : relisez-le.",
    "This case is at step {expected}, in the state “{state}”, and not at step {found}: read it again.",
)
PROPOSAL_MOVED = Sentence(
    "case-proposal-moved",
    "La proposition que vous approuvez n'est plus celle du dossier : relisez-le.",
    "The proposal that you approve is not that of the case any more: read it again.",
)
SECOND_PERSON = Sentence(
    "case-second-person",
    "Vous avez proposé ce passage : une autre personne de votre organisation doit l'approuver.",
    "You proposed this step: another person of your organisation must approve it.",
)
TOO_MANY_OPEN = Sentence(
    "case-too-many-open",
    "{expected} dossiers en cours au plus. Terminez-en d'abord.",
    "At most {expected} cases that are not over. End some first.",
)
TOO_LONG = Sentence(
    "case-too-long",
    "Ce dossier a {expected} pas, et n'en prend pas d'autre : ouvrez-en un nouveau.",
    "This case has {expected} steps and takes no more: open a new one.",
)
OVERDUE = Sentence(
    "case-overdue",
    "Le dossier {subject} attend votre pas depuis plus longtemps que ne le veut la filière ; la preuve dit dans quel "
    "état. La page Dossiers le montre.",
    "Case {subject} has waited for your step for longer than the sector wants; the evidence says in which state. The "
    "page Cases shows it.",
)
FOUND: Final = (OVERDUE,)
# What somebody else did meanwhile, or what the case is not ready for.
CONFLICTS: Final = (NO_WAY, MOVED, PROPOSAL_MOVED, SECOND_PERSON, TOO_MANY_OPEN, TOO_LONG)
