"""What the page of reports says."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "reports-page": ("Rapports", "Reports"),
    "reports-help": (
        (
            "Les rapports du secteur, établis sur les événements que vous pouvez voir. Ce que leur auteur a déclaré"
            " erroné n'y figure pas."
        ),
        "The sector's reports, of the events that you may see. What its author has declared erroneous is not in them.",
    ),
    "reports-none": ("Le profil du secteur n'a pas de rapport.", "The sector's profile has no report."),
    "report-label": ("Rapport", "Report"),
    "report-lot-label": ("D'un seul lot (identifiant ; vide : de tous)", "Of one lot (identifier; empty: of all)"),
    "report-show": ("Montrer", "Show"),
    "report-workbook": ("Télécharger le classeur (XLSX)", "Download the workbook (XLSX)"),
    "report-csv": ("Télécharger « {sheet} » en CSV", "Download “{sheet}” as CSV"),
    "report-events": ("Événements dans le rapport : {count}.", "Events in the report: {count}."),
    "report-withheld": (
        "Dont {count} avec des champs qui ne vous sont pas montrés.",
        "{count} of them with fields that are not shown to you.",
    ),
    "report-erased": ("{count} événement(s) effacé(s), sans ligne.", "{count} erased event(s), without a row."),
    "report-more": (
        "{count} ligne(s) de plus dans les fichiers à télécharger.",
        "{count} more row(s) in the files to download.",
    ),
    "report-empty": ("Aucune ligne.", "No row."),
}
