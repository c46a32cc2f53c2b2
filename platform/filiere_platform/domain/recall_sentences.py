"""What there is to say of recalls, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

REASON = Sentence(
    "recall-reason",
    "Dites pourquoi ces lots sont rappelés, en {expected} caractères au plus.",
    "Say why these lots are recalled, in at most {expected} characters.",
)
NOT_OWN = Sentence(
    "recall-not-own",
    "Aucun de vos enregistrements ne parle de {object} : on ne rappelle que ce que l'on a eu en main.",
    "No record of yours speaks of {object}: one recalls only what one has handled.",
)
TOO_MANY_OPEN = Sentence(
    "recall-too-many-open",
    "{expected} rappels non clos au plus. Clôturez ceux qui sont terminés.",
    "At most {expected} recalls that are not closed. Close those that are over.",
)
TOO_WIDE = Sentence(
    "recall-too-wide",
    "{found} lots suspects ; au plus {expected}. Resserrez la période ou le lieu.",
    "{found} suspect lots; at most {expected}. Narrow the period or the place.",
)
PERSON_NEEDED = Sentence(
    "recall-person",
    "Seule une personne connectée, de l'organisation qui rappelle, approuve l'envoi ou la clôture ; un jeton ne répond"
    " de personne.",
    "Only a person who is signed in, of the organisation that recalls, approves sending or closing; a token vouches for"
    " nobody.",
)
SECOND_PERSON = Sentence(
    "recall-second-person",
    "Vous avez déjà approuvé cette version : une autre personne de votre organisation doit l'approuver aussi.",
    "You have approved this version already: another person of your organisation must approve it, too.",
)
VERSION_MOVED = Sentence(
    "recall-version",
    "Le périmètre en est à la version {expected}, et non {found} : relisez-le avant d'approuver.",
    "The scope is at version {expected}, and not {found}: read it again before you approve.",
)
WRONG_STATE = Sentence(
    "recall-state",
    "Ce rappel est dans l'état « {found} » ; attendu : « {expected} ».",
    "This recall is in the state “{found}”; expected: “{expected}”.",
)
LOT_OUTSIDE = Sentence(
    "recall-lot-outside",
    "Le lot {lot} n'est pas parmi les {count} de cet avis : une réponse porte sur un lot du périmètre.",
    "Lot {lot} is not among the {count} of this notice: an answer is about a lot of the scope.",
)
BAD_QUANTITY = Sentence(
    "recall-quantity",
    "Quantité « {found} » refusée. Attendu : un nombre décimal positif et un code d'unité connu, comme 12.5 et KGM.",
    "Quantity “{found}” refused. Expected: a positive decimal number and a known code of a unit, such as 12.5 and KGM.",
)
