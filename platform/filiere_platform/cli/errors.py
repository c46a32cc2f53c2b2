"""What the command line says when something is refused: French first, as its users read it."""

from __future__ import annotations

import os

from filiere_platform.domain.broker_access import BrokerAccessUnknown
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.domain.storage import StoreUnavailable
from filiere_schemas.problems import Language, Refusal

EXIT_FAILED = 1


def language() -> Language:
    """Choose the language of the terminal: English where its locale says so, else French."""
    for variable in ("FILIERE_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        value = os.environ.get(variable, "")
        if value[:2] in {"en", "fr"}:
            return "en" if value.startswith("en") else "fr"
    return "fr"


def explain(error: Exception) -> str | None:
    """Say in sentences why a command was refused; None for an error of the program itself."""
    # Imported once something has gone wrong: `filiere --help` should not wait for settings and keys.
    from filiere_platform.blobs.key_files import KeyFileError
    from filiere_platform.settings import SettingsError

    if isinstance(error, Refusal):
        return "\n".join(
            f"{p.code}{' ' + p.pointer if p.pointer else ''}: {p.message(language())}" for p in error.problems
        )
    if isinstance(error, SettingsError | KeyFileError | BusUnavailable | BrokerAccessUnknown):
        return str(error)
    if isinstance(error, StoreUnavailable):
        return {
            "fr": "base de données injoignable : vérifiez FILIERE_DATABASE_URL et que le service répond",
            "en": "database unreachable: check FILIERE_DATABASE_URL and that the service answers",
        }[language()]
    return None
