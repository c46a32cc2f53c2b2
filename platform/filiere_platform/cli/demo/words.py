"""What the demo says, in the language of the terminal."""

from __future__ import annotations

from typing import Final

from filiere_platform.cli.errors import language

_WORDS: Final[dict[str, tuple[str, str]]] = {
    "aboard": (
        "{count} entreprises à bord, chacune avec ses fichiers, ses flux et sa clé de signature",
        "{count} companies aboard, each with its own files, flows and signing key",
    ),
    "sent": ("{count:>4} événements de {flows}", "{count:>4} events from {flows}"),
    "late": ("{count:>4} événements d'une traite oubliée", "{count:>4} events of a milking that it had forgotten"),
    "mended": (
        "{count:>4} enregistrements qui retirent une vente mal saisie et la redisent",
        "{count:>4} records that take back a mistyped sale and say it again",
    ),
    "lot": ("lot", "lot"),
    "upstream": ("amont", "upstream"),
    "downstream": ("aval", "downstream"),
    "objects": ("{count} objets", "{count} objects"),
    "more": ("... et {count} de plus", "... and {count} more"),
    "findings": ("à regarder", "findings"),
    "verified": ("vérifié", "verified"),
    "records": (
        "{verified} enregistrements sur {records} : signature, clé, place dans le journal, tête signée",
        "{verified} of {records} records: signature, key, place in the log, checkpoint",
    ),
    "bundle": ("dossier", "bundle"),
    "altered": (
        "un bit changé : filiere-verify finit par {status}",
        "one bit altered: filiere-verify ends with {status}",
    ),
    "stranger": (
        "le fichier de confiance d'un étranger : filiere-verify finit par {status}",
        "a stranger's trust file: filiere-verify ends with {status}",
    ),
    "page": ("page", "page"),
    "seconds": ("le tout en {seconds:.1f} s", "all of it in {seconds:.1f} s"),
    "sign-in": ("jeton de la laiterie, pour se connecter : {token}", "the dairy's token, to sign in: {token}"),
    "serving": ("en service - Ctrl-C pour finir", "serving - Ctrl-C ends it"),
    "kept": ("gardé dans {folder}", "kept in {folder}"),
}


def words(name: str, **values: object) -> str:
    """Say a sentence."""
    return _WORDS[name][0 if language() == "fr" else 1].format(**values)
