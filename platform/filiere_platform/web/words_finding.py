"""What the pages of findings say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENTENCES: Final[Mapping[str, tuple[str, str]]] = {
    "finding-number": ("Constat {number}", "Finding {number}"),
    "show-explained": ("Expliqués", "Explained"),
    "findings-csv": ("Télécharger (CSV)", "Download (CSV)"),
    "finding-subject": ("Sujet", "Subject"),
    "finding-closed-by": ("Clos par", "Closed by"),
    "finding-by-instance": ("la plateforme : le constat ne tient plus", "the platform: it does not hold any more"),
    "finding-history": ("Historique", "History"),
    "finding-explain": ("Expliquer", "Explain"),
    "finding-explain-help": (
        "Lue dans votre organisation, et, d'un différend, par l'organisme du secteur ; le texte n'est pas au journal.",
        "Read in your organisation, and, of a dispute, by the sector body; the text is not in the log.",
    ),
    "finding-why": ("Motif", "Reason"),
    "finding-text": ("Explication", "Explanation"),
    "finding-take-back": ("Retirer l'explication", "Take the explanation back"),
    "finding-decide": ("Décider", "Decide"),
    "finding-decide-help": (
        "Le motif reste au journal pour toujours : aucun nom de personne.",
        "The reason stays in the log for good: no name of a person.",
    ),
    "finding-because": ("Motif de la décision", "Reason of the decision"),
    "finding-close": ("Clore : l'explication suffit", "Close: the explanation is enough"),
    "finding-reopen": ("Rouvrir", "Reopen"),
    "explaining-data-error": ("donnée erronée", "wrong data"),
    "explaining-data-late": ("donnée à venir", "data still to come"),
    "explaining-agreed": ("convenu avec l'autre partie", "agreed with the other party"),
    "explaining-rule-unfit": ("règle inadaptée", "the rule does not fit"),
    "explaining-other": ("autre", "other"),
    "step-explained": ("Expliqué", "Explained"),
    "step-taken-back": ("Explication retirée", "Explanation taken back"),
    "step-closed": ("Clos", "Closed"),
    "step-reopened": ("Rouvert", "Reopened"),
}
