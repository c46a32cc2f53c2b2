"""What is said to who wants to become a member, and about those who were or are, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

CHARTER_NOT_ACCEPTED = Sentence(
    "charter-not-accepted",
    "La charte en vigueur est la version {version} (SHA-256 {sha256}) : c'est elle qu'il faut avoir lue et acceptée.",
    "The charter in force is version {version} (SHA-256 {sha256}): this is the one to have read and accepted.",
)
TOO_MANY_APPLICATIONS = Sentence(
    "too-many-applications",
    "Trop de candidatures attendent en ce moment. Revenez plus tard, ou écrivez à l'organisme de la filière.",
    "Too many applications wait at the moment. Come back later, or write to the sector body.",
)
NO_SUCH_APPLICATION = Sentence(
    "no-such-application",
    "La candidature {id} n'existe pas, ou elle a déjà sa réponse.",
    "There is no application {id}, or it has its answer already.",
)
INVITATION_REFUSED = Sentence(
    "invitation-refused",
    "Cette invitation est inconnue, expirée ou déjà utilisée. Demandez-en une autre à l'organisme de la filière.",
    "This invitation is unknown, expired or used. Ask the sector body for another one.",
)
REASON_MISSING = Sentence(
    "reason-missing",
    "Donnez un motif de 1 à {limit} caractères : le membre concerné le lira.",
    "Give a reason of 1 to {limit} characters: the member concerned will read it.",
)
MEMBER_HAS_LEFT = Sentence(
    "member-has-left",
    "Le membre {member} a quitté l'instance : il n'y revient que par une nouvelle candidature.",
    "Member {member} has left the instance: it comes back by a new application alone.",
)
EXPORT_TOO_LARGE = Sentence(
    "export-too-large",
    "Vos enregistrements dépassent {limit} Mio : demandez le fichier à l'opérateur (filiere member export).",
    "Your records are more than {limit} MiB: ask the operator for the file (filiere member export).",
)
SECTOR_BODY_STAYS = Sentence(
    "sector-body-stays",
    "{member} est l'organisme de la filière : il administre l'instance et n'est ni suspendu ni retiré.",
    "{member} is the sector body: it administers the instance and is neither suspended nor removed.",
)
CHARTER_EXISTS = Sentence(
    "charter-exists",
    "La charte a déjà une version {version} : une version publiée ne change plus.",
    "The charter has a version {version} already: a published version does not change.",
)
MEMBER_HAS_ADMINISTRATOR = Sentence(
    "member-has-administrator",
    "{member} a déjà un administrateur : c'est lui qui invite les autres personnes.",
    "{member} has an administrator already, who invites its other people.",
)
