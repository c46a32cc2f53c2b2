"""What the pages say of events of which their reader sees the public fields alone."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "not verifiable at source": (
        "vue de la plateforme, non vérifiable à la source",
        "a view of the platform, not verifiable at source",
    ),
    "views": (
        "{count} vus par leurs champs publics seuls : une vue de la plateforme, que rien ne prouve à la source.",
        "{count} seen by their public fields alone: a view of the platform, which nothing proves at its source.",
    ),
    "view-of-record": (
        "L'auteur n'en partage que les champs publics : une vue de la plateforme, sans signature, non vérifiable.",
        "Its author shares the public fields alone: a view of the platform, without a signature, not verifiable.",
    ),
    "public-fields": ("Champs publics", "Public fields"),
}
