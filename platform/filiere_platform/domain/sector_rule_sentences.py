"""What is said of events that break the rules of their sector's profile, in French and English."""

from __future__ import annotations

from typing import Final

from filiere_schemas.problems import Sentence

SECTOR_RULE_BROKEN = Sentence(
    "sector-rule-broken",
    "Votre enregistrement {index} ne respecte pas la règle {subject} du profil de la filière ; la preuve dit ce "
    "qu'elle demande, et où.",
    "Your record {index} does not keep the rule {subject} of the sector's profile; the evidence says what it asks, "
    "and where.",
)
SECTOR_RULE_REFUSES = Sentence(
    "sector-rule-refuses",
    "La filière refuse ce qui ne respecte pas sa règle {rule} : {asks}. Corrigez l'événement, puis renvoyez-le.",
    "The sector refuses what does not keep its rule {rule}: {asks}. Correct the event and send it again.",
)
SECTOR_RULE_UNDECIDED = Sentence(
    "sector-rule-undecided",
    "De votre enregistrement {index}, la règle {subject} du profil de la filière ne peut rien dire : une valeur manque "
    "ou ne se convertit pas.",
    "Of your record {index} the rule {subject} of the sector's profile can say nothing: a value is missing or does not "
    "convert.",
)
NEVER_RECEIVED = Sentence(
    "sector-never-received",
    "{subject} : vous l'avez expédié par l'enregistrement {index}, et vous ne voyez aucune réception. Demandez au "
    "destinataire de la déclarer, ou corrigez l'expédition.",
    "{subject}: you shipped it by record {index}, and no reception is visible to you. Ask the recipient to declare it, "
    "or correct the shipment.",
)
USED_TOO_EARLY = Sentence(
    "sector-used-before-made",
    "{subject} : votre enregistrement {index} l'utilise avant l'événement qui le déclare. Corrigez l'heure de l'un des "
    "deux.",
    "{subject}: your record {index} uses it before the event that declares it. Correct the time of one of them.",
)
USED_BEYOND = Sentence(
    "sector-more-used-than-made",
    "{subject} : il en est utilisé ou retiré plus qu'il n'en est déclaré, et votre enregistrement {index} est le "
    "dernier des vôtres à en utiliser. Corrigez la quantité qui est fausse, ou déclarez ce qui manque.",
    "{subject}: more of it is used or removed than was declared, and your record {index} is your last that uses it. "
    "Correct the quantity that is wrong, or declare what is missing.",
)
NEAR_DUPLICATE = Sentence(
    "sector-near-duplicate",
    "{subject} : votre enregistrement {index} dit la même chose qu'un autre des vôtres, sous un autre eventID : mêmes "
    "objets, même lieu, même heure, même étape. Déclarez erroné celui qui est de trop.",
    "{subject}: your record {index} says the same as another one of yours, under another eventID: the same objects, "
    "place, time and step. Declare erroneous the one that is too many.",
)
AMOUNTS_DIFFER = Sentence(
    "sector-received-differs",
    "{subject} : ce qui en est reçu n'est pas ce qui en est expédié, au-delà de la tolérance ; votre enregistrement "
    "{index} est le dernier des vôtres sur cet envoi. Corrigez la quantité qui est fausse, ou demandez à votre "
    "partenaire de corriger la sienne.",
    "{subject}: what is received of it is not what is shipped, beyond what is tolerated, and your record {index} is "
    "your last about this consignment. Correct the quantity that is wrong, or ask your partner to correct his.",
)
NEVER_SHIPPED = Sentence(
    "sector-never-shipped",
    "{subject} : vous l'avez reçu par l'enregistrement {index}, et vous ne voyez aucune expédition. Demandez à "
    "l'expéditeur de la déclarer ou de vous la montrer, ou corrigez la réception.",
    "{subject}: you received it by record {index}, and no shipment is visible to you. Ask the sender to declare it, or "
    "to show it to you, or correct the reception.",
)
DEPARTED_TOO_EARLY = Sentence(
    "sector-departed-before-arrival",
    "{subject} : il repart d'un lieu plus d'un jour avant d'y arriver, dit votre enregistrement {index} avec un autre. "
    "Corrigez l'heure de l'un des deux, ou déclarez la première arrivée.",
    "{subject}: it leaves a place more than a day before it arrives there, says your record {index} with another one. "
    "Correct the time of one of them, or declare the first arrival.",
)
OUTPUT_WITHOUT_INPUT = Sentence(
    "sector-output-without-input",
    "{subject} : votre enregistrement {index} dit ce qui sort d'une transformation, et aucun de ceux de même "
    "transformationID, parmi ceux que vous voyez, ne dit ce qui y entre. Envoyez l'événement qui le dit.",
    "{subject}: your record {index} says what comes out of a transformation, and none with its transformationID that "
    "is visible to you says what goes in. Send the event that says it.",
)
IN_TWO_CONTAINERS = Sentence(
    "sector-in-two-containers",
    "{subject} : il est dans deux contenants à la fois, dit votre enregistrement {index} avec un autre. Déclarez sa "
    "sortie du premier, ou corrigez ce qui est faux.",
    "{subject}: it is in two containers at once, says your record {index} with another one. Declare that it left the "
    "first, or correct what is wrong.",
)
LOOP = Sentence(
    "sector-loop",
    "{subject} : par votre enregistrement {index} et d'autres transformations, il entre dans ce dont il est fait ; la "
    "preuve nomme la boucle. Donnez un nouveau numéro à ce qui est retravaillé, ou corrigez le numéro qui est faux.",
    "{subject}: by your record {index} and other transformations it goes into what it was made of; the evidence names "
    "the loop. Give what is reworked a new number, or correct the number that is wrong.",
)
UNIT_MISMATCH = Sentence(
    "sector-unit-mismatch",
    "{subject} : votre enregistrement {index} en donne une quantité dans une unité qui ne se convertit pas dans celle "
    "du lot : rien ne peut être additionné. Donnez-la dans l'unité du lot, ou demandez une équivalence à la filière.",
    "{subject}: your record {index} states an amount of it in a unit that does not convert into the lot's: nothing can "
    "be added up. State it in the unit of the lot, or ask the sector body for an equivalence.",
)
LIMIT_BROKEN = Sentence(
    "sector-limit-broken",
    "{subject} : ce compte dépasse la limite que fixe la filière, depuis l'enregistrement {index} ; la preuve dit "
    "laquelle, et de combien. Corrigez la quantité qui est fausse, ou déclarez ce qui manque.",
    "{subject}: this account breaks the limit that the sector sets, since record {index}; the evidence says which, and "
    "by how much. Correct the quantity that is wrong, or declare what is missing.",
)
LIMIT_NOT_WATCHED = Sentence(
    "sector-limit-not-watched",
    "{subject} : depuis l'enregistrement {index}, ce compte en a trop pour que ses limites soient suivies. La page "
    "Comptes le montre toujours ; un compte qui repart de zéro, par exemple chaque année, est suivi.",
    "{subject}: since record {index} this account has too many for its limits to be watched. The page Accounts still "
    "shows it; an account that begins anew, such as one for each year, is watched.",
)
FOUND: Final = (
    SECTOR_RULE_BROKEN,
    SECTOR_RULE_UNDECIDED,
    NEVER_RECEIVED,
    USED_TOO_EARLY,
    USED_BEYOND,
    NEAR_DUPLICATE,
    AMOUNTS_DIFFER,
    NEVER_SHIPPED,
    DEPARTED_TOO_EARLY,
    OUTPUT_WITHOUT_INPUT,
    IN_TWO_CONTAINERS,
    LOOP,
    UNIT_MISMATCH,
    LIMIT_BROKEN,
    LIMIT_NOT_WATCHED,
)
