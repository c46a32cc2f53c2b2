"""What a trace has to say about its objects beside the steps: gaps, contradictions, doubts."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

OBJECT_UNDECLARED = Sentence(
    "object-undeclared",
    "{object} est mentionné, mais aucun événement visible ne le déclare.",
    "{object} is mentioned, but no visible event declares it.",
)
HIDDEN_EVENTS = Sentence(
    "hidden-events",
    "{count} événement(s) sur {object} ne vous sont pas visibles.",
    "{count} event(s) about {object} are not visible to you.",
)
EVENTS_IN_PART = Sentence(
    "events-in-part",
    "{object} : de {count} événement(s) vous ne voyez que les champs publics, une vue de la plateforme non "
    "vérifiable à la source.",
    "{object}: of {count} event(s) you see the public fields alone, a view of the platform, not verifiable at source.",
)
MORE_USED_THAN_MADE = Sentence(
    "more-used-than-made",
    "{object} : {used} {uom} utilisés ou retirés pour {made} {uom} déclarés.",
    "{object}: {used} {uom} used or removed of {made} {uom} declared.",
)
USED_BEFORE_MADE = Sentence(
    "used-before-made",
    "{object} est utilisé avant l'événement qui le déclare.",
    "{object} is used before the event that declares it.",
)
DECLARED_LATE = Sentence(
    "declared-late",
    "{object} a été déclaré après avoir été utilisé : la déclaration est arrivée en retard.",
    "{object} was declared after it had been used: the declaration came late.",
)
SHIPMENT_NOT_RECEIVED = Sentence(
    "shipment-not-received",
    "{object} est expédié vers {to} ; aucune réception n'est déclarée.",
    "{object} was shipped to {to}; no reception is declared.",
)
CONTAINER_USED_AGAIN = Sentence(
    "container-used-again",
    "Le contenant {object} a servi plusieurs fois ; chaque usage est suivi à part.",
    "The container {object} was used more than once; each use is followed apart.",
)
SAME_AS_PROPOSED = Sentence(
    "same-as-proposed",
    "{object} serait aussi un autre identifiant, selon qui ne peut en décider seul ; ce n'est pas suivi.",
    "{object} is said to be another identifier as well, by who cannot decide it alone; it is not followed.",
)
EVENT_WITHDRAWN = Sentence(
    "event-withdrawn",
    "Un événement sur {object} a été déclaré erroné par son auteur ; il n'est pas suivi.",
    "An event about {object} was declared erroneous by its author; it is not followed.",
)
DOUBTFUL_STEPS = Sentence(
    "doubtful-steps",
    "{count} étape(s) sont possibles sans être certaines : leurs heures ne sont connues qu'au jour près.",
    "{count} step(s) are possible and not certain: their times are known to the day alone.",
)
