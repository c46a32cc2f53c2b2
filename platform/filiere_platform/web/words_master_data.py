"""What the pages say of master data."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "master-data": ("Données de base", "Master data"),
    "master-data-help": (
        "Ce que vous dites de vos lieux, produits et parties, et ce que d'autres partagent avec vous.",
        "What you say of your places, products and parties, and what others share with you.",
    ),
    "master-data-csv": ("En tableau (CSV)", "As a table (CSV)"),
    "master-data-thing": ("élément", "thing"),
    "master-data-vocabulary": ("vocabulaire", "vocabulary"),
    "master-data-attributes": ("attributs", "attributes"),
    "master-data-shared": ("partage", "shared"),
    "master-data-by": ("dit par", "said by"),
    "master-data-private": ("avec personne", "with nobody"),
    "master-data-sector": ("avec chaque membre", "with every member"),
    "master-data-public": ("avec tous", "with everybody"),
    "master-data-own": ("votre identifiant", "your identifier"),
    "master-data-unclaimed": ("identifiant de personne", "nobody's identifier"),
    "master-data-proposal": (
        "identifiant d'un autre membre : ne vaut que pour vous",
        "another member's identifier: holds for you alone",
    ),
}
