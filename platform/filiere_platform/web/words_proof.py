"""What the pages say of proofs, in French first."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "signature": ("signature", "signature"),
    "signer-known": ("signataire", "signer"),
    "checkpoint": ("tête du journal", "head of the log"),
    "witnesses": ("témoins", "witnesses"),
    "withheld": ("champs retenus", "fields withheld"),
    "checks": ("ce qui a été vérifié", "what was verified"),
    "signatures-hold": (
        "{holding} enregistrements sur {count} tiennent : octets, signature, place dans le journal.",
        "{holding} of {count} records hold: bytes, signature, place in the log.",
    ),
    "signature-fails": ("ne tient pas : {reason}", "does not hold: {reason}"),
    "signers-known": (
        "clés de membres : {keys}, chacune inscrite au journal avant ce qu'elle a signé.",
        "member keys: {keys}, each registered in the log before what it signed.",
    ),
    "signers-disputed": (
        "clés de membres : {keys} ; enregistrements contestés, leur clé étant révoquée comme suspecte : {disputed}.",
        "member keys: {keys}; records disputed, since their key was revoked as suspect: {disputed}.",
    ),
    "signer-registered": ("clé inscrite au journal", "key registered in the log"),
    "signer-disputed": ("clé révoquée depuis, comme suspecte : contesté", "key revoked since, as suspect: disputed"),
    "signer-platform": ("attesté par la plateforme", "attested by the platform"),
    "signer-erased": ("parti avec le contenu effacé", "gone with the erased content"),
    "states": ("{published} publiés, {stored} en attente.", "{published} published, {stored} waiting."),
    "states-erased": (
        "{published} publiés, {stored} en attente ; le contenu de {erased} est effacé.",
        "{published} published, {stored} waiting; the content of {erased} is erased.",
    ),
    "checkpoint-signed": ("signée par le journal, sur {size} entrées.", "signed by the log, over {size} entries."),
    "checkpoint-none": ("pas encore de tête signée au-dessus.", "no signed head above it yet."),
    "witnesses-seen": ("vue par {seen}", "seen by {seen}"),
    "witnesses-none": (
        "aucun témoin n'est demandé : deux têtes différentes ne se verraient qu'en comparant.",
        "no witness is asked for: two different heads would be seen only by comparing.",
    ),
    "witnesses-missing": ("ne tient pas : {reason}", "does not hold: {reason}"),
    "withheld-none": ("aucun : tout ce qui a été signé vous est montré.", "none: all that was signed is shown to you."),
    "withheld-some": (
        "champs scellés qui ne vous sont pas montrés : {fields} (enregistrements : {count}) ; les signatures tiennent.",
        "sealed fields that are not shown to you: {fields} (records: {count}); the signatures hold.",
    ),
}
