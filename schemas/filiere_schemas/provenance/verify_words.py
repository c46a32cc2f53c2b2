"""The words in which `filiere-verify` says what it did, in French and in English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from filiere_schemas.problems import Language

STEPS: Final[Mapping[Language, Mapping[int, str]]] = {
    "fr": {
        1: "fichier lu, octet pour octet tel qu'il a été écrit : {bytes} octets, {entries} entrées",
        2: "journal de confiance « {log} », tête signée par lui : {size} entrées, racine {root}…",
        3: "quorum de témoins « {quorum} », tête vue par : {witnesses}",
        4: "{entries} entrées à leur place dans le journal, par {hashes} empreintes",
        5: "{keys} clés : inscrites, remplacées, révoquées par qui le pouvait",
        6: "{signed} enregistrements signés à la source par une clé valable, {attested} attestés à réception",
        7: "{erased} contenus effacés, chacun par une entrée du journal qui dit pourquoi",
        8: "contenus lus d'une seule façon ; {withheld} champs scellés non montrés",
        9: "{links} enregistrements à leur place dans la chaîne de leur clé ({chains} clés)",
        10: "il y est question de {object}",
    },
    "en": {
        1: "file read, byte for byte as it was written: {bytes} bytes, {entries} entries",
        2: "trusted log “{log}”, head signed by it: {size} entries, root {root}…",
        3: "quorum of witnesses “{quorum}”, head seen by: {witnesses}",
        4: "{entries} entries at their places in the log, by {hashes} hashes",
        5: "{keys} keys: registered, replaced, revoked by who may",
        6: "{signed} records signed at source by a key in good standing, {attested} attested on receipt",
        7: "{erased} contents erased, each by an entry of the log that says why",
        8: "contents with a single reading; {withheld} sealed fields not shown",
        9: "{links} records at their places in the chains of their keys ({chains} keys)",
        10: "it speaks of {object}",
    },
}

WORDS: Final[Mapping[Language, Mapping[str, str]]] = {
    "fr": {
        "holds": "TIENT",
        "fails": "NE TIENT PAS",
        "unusable": "INUTILISABLE",
        "seen": "vue au plus tard le {seen}",
        "named": "{schemas} schémas et contextes nommés, non lus ; la politique jointe n'est qu'une information",
        "signed at source": "signé à la source",
        "attested on receipt": "attesté à réception",
        "erased": "effacé",
        "disputed": "contesté",
        "limits": "Cela ne prouve ni que rien n'y manque, ni que ce qui est signé est vrai.",
        "help": "Vérifier hors ligne un dossier, ou un enregistrement et sa preuve.",
        "help file": "dossier (lot.zip), ou enregistrement (un JWS compact) avec --proof",
        "help trust": "fichier de confiance, reçu de votre filière",
        "help proof": "preuve de l'enregistrement (.tlog-proof)",
        "help max-age": "refuser une tête que le quorum de témoins n'a pas vue depuis : 3600, 90m, 24h, 7d",
        "help at": "vérifier comme si l'on était à cet instant (RFC 3339) ; par défaut maintenant",
        "help lang": "langue ; par défaut celle du terminal ou FILIERE_LANG",
        "help json": "un objet JSON",
    },
    "en": {
        "holds": "HOLDS",
        "fails": "DOES NOT HOLD",
        "unusable": "UNUSABLE",
        "seen": "last seen on {seen}",
        "named": "{schemas} schemas and contexts named, not read; the policy inside is for information only",
        "signed at source": "signed at source",
        "attested on receipt": "attested on receipt",
        "erased": "erased",
        "disputed": "disputed",
        "limits": "This proves neither that nothing is left out, nor that what is signed is true.",
        "help": "Verify a bundle, or a record and its proof, offline.",
        "help file": "bundle (lot.zip), or record (a compact JWS) with --proof",
        "help trust": "trust file, from your sector body",
        "help proof": "the record's proof (.tlog-proof)",
        "help max-age": "refuse a head that the quorum of witnesses has not seen for: 3600, 90m, 24h, 7d",
        "help at": "verify as if at this instant (RFC 3339); now by default",
        "help lang": "language; by default that of the terminal or FILIERE_LANG",
        "help json": "one JSON object",
    },
}


def step_sentence(number: int, values: Mapping[str, object], language: Language) -> str:
    """Say what a step found."""
    return STEPS[language][number].format(**values)
