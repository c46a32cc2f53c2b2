"""What is said about erasures: why something cannot be erased, and that something was."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

RECORD_ERASED = Sentence(
    "record-erased",
    "enregistrement {index} effacé le {date} selon la règle « {rule} » ; l'effacement est l'entrée {entry} du journal",
    "record {index} was erased on {date} under rule “{rule}”; the erasure is entry {entry} of the log",
)
NOTHING_TO_ERASE = Sentence(
    "nothing-to-erase",
    "enregistrement d'un événement attendu, l'entrée {index} n'en est pas un ; donnez l'index d'un événement",
    "expected the record of an event, entry {index} is none; give the index of an event",
)
UNKNOWN_DISCLOSURE = Sentence(
    "unknown-disclosure",
    "l'enregistrement {index} n'a pas de champ scellé divulgué d'empreinte {found} ; champs présents : {expected}",
    "record {index} has no disclosed field of digest {found}; it has: {expected}",
)
ERASURE_WITHOUT_REASON = Sentence(
    "erasure-without-reason",
    "un effacement dit sa règle, sa base légale et son auteur (une URI) ; complétez : {found}",
    "an erasure gives its rule, its legal basis and its author (a URI); complete: {found}",
)
ERASED_WITHOUT_ENTRY = Sentence(
    "erased-without-entry",
    "l'enregistrement {index} n'a plus de contenu et aucun effacement du journal ne le nomme",
    "record {index} has no bytes left and no erasure in the log names it",
)
ERASURE_NOT_DONE = Sentence(
    "erasure-not-done",
    "l'entrée {entry} dit l'enregistrement {index} effacé ; son contenu est encore là",
    "entry {entry} says that record {index} is erased; its bytes are still there",
)
ERASURE_OF_ANOTHER = Sentence(
    "erasure-of-another",
    "l'effacement {entry} nomme l'enregistrement {index} avec une autre empreinte que celle du journal",
    "erasure {entry} names record {index} with another digest than the log's",
)
