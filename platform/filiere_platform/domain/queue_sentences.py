"""What is said about the dead letters of queues, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

NOT_SENT_AGAIN = Sentence(
    "dead-letter-not-sent-again",
    "La lettre morte {letter} n'était pas une livraison : corrigez ce qu'elle dit et renvoyez vos enregistrements.",
    "The dead letter {letter} was no delivery: correct what it says, and send your records again.",
)
ERASED_SINCE = Sentence(
    "dead-letter-erased",
    "La lettre morte {letter} dit ce qui a été effacé depuis : elle n'est plus renvoyée, abandonnez-la.",
    "The dead letter {letter} says what was erased since: it is not sent again, discard it.",
)
MEMBER_INACTIVE = Sentence(
    "dead-letter-member-inactive",
    "Le membre de la lettre morte {letter} n'est pas actif : rien ne lui est remis.",
    "The member of the dead letter {letter} is not active: nothing is handed to it.",
)
BUS_UNAVAILABLE = Sentence(
    "bus-unavailable",
    "Le bus ne répond pas, ou la file du membre est pleine. Rien n'est perdu ; réessayez dans {seconds} s.",
    "The bus does not answer, or the member's queue is full. Nothing is lost; try again in {seconds} s.",
)
