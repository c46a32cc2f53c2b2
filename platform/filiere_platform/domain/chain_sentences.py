"""What following the keys' chains finds, in French and English."""

from __future__ import annotations

from typing import Final

from filiere_schemas.problems import Sentence

CHAIN_GAP = Sentence(
    "chain-gap",
    "Clé {subject} : les enregistrements {low} à {high} manquent, alors que le suivant est au journal (index {index}).",
    "Key {subject}: records {low} to {high} are missing, although the next one is in the log (index {index}).",
)
CHAIN_FORK = Sentence(
    "chain-fork",
    "Clé {subject} : deux enregistrements différents portent le numéro {low} ; le second est à l'index {index}.",
    "Key {subject}: two different records have number {low}; the second one is at index {index}.",
)
CHAIN_PREV = Sentence(
    "chain-prev",
    "Clé {subject} : l'enregistrement {low} (index {index}) et celui du numéro voisin ne se suivent pas.",
    "Key {subject}: record {low} (index {index}) and the one of the number beside it do not follow each other.",
)
CHAIN_SEQ = Sentence(
    "chain-seq",
    "Clé {subject} : l'enregistrement {low} (index {index}) suit un enregistrement dont le numéro n'est pas le"
    " précédent : la numérotation recule, saute ou recommence.",
    "Key {subject}: record {low} (index {index}) follows a record whose number is not the one before: numbers go back,"
    " jump or start again.",
)
CHAIN_VOID = Sentence(
    "chain-void",
    "Clé {subject} : l'enregistrement {low} est à la fois conservé et écarté (index {index}) ; il reste conservé.",
    "Key {subject}: record {low} is both stored and discarded (index {index}); it stays stored.",
)
CHAIN_DIFFERS = Sentence(
    "chain-differs",
    "Clé {kid} : ce que l'instance garde de sa chaîne diffère de ce que le journal en dit. Lancez"
    " « filiere chains rebuild ».",
    "Key {kid}: what the instance keeps of its chain differs from what the log says. Run “filiere chains rebuild”.",
)
FINDING_DIFFERS = Sentence(
    "finding-differs",
    "Constat « {rule} » sur {subject} : il diffère de ce que le journal en dit. Lancez « filiere chains rebuild ».",
    "Finding “{rule}” about {subject}: it differs from what the log says. Run “filiere chains rebuild”.",
)

FOUND: Final = (CHAIN_GAP, CHAIN_FORK, CHAIN_PREV, CHAIN_SEQ, CHAIN_VOID)
