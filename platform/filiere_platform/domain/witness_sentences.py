"""Why publication waits for witnesses, and what may be wrong with their policy."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

QUORUM_AWAITED = Sentence(
    "witness-quorum-awaited",
    "La tête de {size} enregistrements attend le quorum de témoins « {quorum} » avant d'être publiée ; cosignée par :"
    " {cosigned} ; sans réponse valable de : {missing}. Joignez leurs gardiens ; rien n'est perdu.",
    "The head of {size} records waits for the witnesses' quorum “{quorum}” before it is published; cosigned by:"
    " {cosigned}; no valid answer from: {missing}. Reach their keepers; nothing is lost.",
)
WITNESSES_SILENT = Sentence(
    "witnesses-silent",
    "Avant de signer, un quorum de témoins « {quorum} » doit dire quelle tête il connaît ; sans réponse valable de :"
    " {missing}. Joignez leurs gardiens ; rien n'est perdu.",
    "Before anything is signed, a quorum of witnesses “{quorum}” has to say which head it knows; no valid answer from:"
    " {missing}. Reach their keepers; nothing is lost.",
)
POLICY_OTHER_LOG = Sentence(
    "witness-policy-other-log",
    "La politique des témoins doit nommer ce journal par sa clé {expected}, ou aucun ; elle nomme : {found}."
    " Corrigez ses lignes « log ».",
    "The witnesses' policy must name this log by its key {expected}, or none; it names: {found}. Correct its “log”"
    " lines.",
)
POLICY_UNREACHABLE = Sentence(
    "witness-policy-unreachable",
    "Le quorum « {quorum} » ne peut être atteint avec les témoins dont la politique donne l'adresse : {found}."
    " Ajoutez l'adresse (URL) des autres.",
    "The quorum “{quorum}” cannot be reached with the witnesses of which the policy gives the address: {found}. Add"
    " the address (URL) of the others.",
)
POLICY_UNREADABLE = Sentence(
    "witness-policy-unreadable",
    "La politique des témoins « {found} » est illisible : {reason}. Corrigez FILIERE_WITNESS_POLICY.",
    "The witnesses' policy “{found}” cannot be read: {reason}. Correct FILIERE_WITNESS_POLICY.",
)
