"""What a verifier says of the chains of keys."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

CHAIN_GAP = Sentence(
    "chain-records-missing",
    "clé {kid} : les enregistrements n° {first} à {last} manquent ; demandez à son titulaire ce qu'il en est",
    "key {kid}: records {first}-{last} missing; ask its holder what became of them",
)
CHAIN_FORK = Sentence(
    "chain-place-taken-twice",
    "clé {kid} : les numéros {first} à {last} sont pris deux fois ; demandez à son titulaire lequel vaut",
    "key {kid}: numbers {first}-{last} are taken twice; ask its holder which one counts",
)
CHAIN_BREAK = Sentence(
    "chain-does-not-follow",
    "clé {kid} : l'enregistrement n° {seq} ne suit pas celui d'avant ; demandez à son titulaire ce qu'il en est",
    "key {kid}: record {seq} does not follow the one before; ask its holder why",
)
CHAIN_CONTRADICTED = Sentence(
    "chain-contradicted",
    "l'enregistrement {index} (n° {seq} de la clé {kid}) contredit la chaîne que le dossier annonce",
    "record {index} (number {seq} of key {kid}) contradicts the chain that the bundle states",
)
