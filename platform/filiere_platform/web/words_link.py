"""What the pages say of what a GS1 Digital Link names."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "link-identifier": ("identifiant", "identifier"),
    "link-said": ("Ce que son propriétaire en dit", "What its owner says of it"),
    "link-events": ("Événements publics", "Public events"),
    "link-no-event": (
        "Aucun événement n'est public : ceux qui y ont droit voient les autres une fois connectés.",
        "No event is public: who is entitled to others sees them after signing in.",
    ),
    "link-more": ("Les {count} premiers ; il y en a d'autres.", "The first {count}; there are more."),
    "link-view": ("champs publics seuls, non vérifiable", "public fields alone, not verifiable"),
    "link-withdrawn": ("déclaré erroné par son auteur", "declared erroneous by its author"),
    "link-trace": ("Voir la trace entière (membres)", "See the whole trace (members)"),
    "link-step": ("étape", "step"),
    "link-shown": ("montré", "shown"),
    "link-whole": ("en entier", "as a whole"),
}
