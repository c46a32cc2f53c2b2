"""What the page of investigations says."""

from __future__ import annotations

from typing import Final

SENTENCES: Final[dict[str, tuple[str, str]]] = {
    "investigation-page": ("Origine d'incidents", "Where incidents come from"),
    "investigation-help": (
        (
            "Plusieurs personnes sont malades, plusieurs machines en panne : quel site, quel lot, quelle livraison ont"
            " ces incidents en commun ? Une note dit où regarder d'abord ; elle n'innocente personne."
        ),
        (
            "Several people fell ill, several machines broke: which site, lot or delivery have these in common? A score"
            " says where to look first; it clears nobody."
        ),
    ),
    "investigation-objects": ("Lots en cause, un par ligne", "Lots concerned, one a line"),
    "investigation-incidents": ("Où sont les incidents, une ligne chacun", "Where the incidents are, one a line"),
    "investigation-incidents-help": (
        (
            "Un site, un membre (son URI), ou # et le numéro d'un enregistrement de livraison ; derrière, un poids,"
            " s'il n'est pas 1 : « urn:… 2 »."
        ),
        (
            "A site, a member (its URI), or # and the number of the record of a delivery; behind it a weight, if it is"
            " not 1: “urn:… 2”."
        ),
    ),
    "investigation-more": ("Ce que l'on sait de plus", "What else is known"),
    "investigation-sound": ("Ce qui est sain, de la même façon", "What is sound, in the same way"),
    "investigation-crossings": (
        "Sites où tout a pu toucher tout, avec le début et la fin",
        "Sites where everything may have touched everything, with its beginning and end",
    ),
    "investigation-crossings-help": (
        "Par ligne : le site, puis deux instants, par exemple 2026-03-04T05:00 2026-03-05T05:00.",
        "A line each: the site, then two times, such as 2026-03-04T05:00 2026-03-05T05:00.",
    ),
    "investigation-killed": ("Ce qui n'a rien transmis (une cuisson…)", "What passed nothing on (an oven…)"),
    "investigation-send": ("Chercher l'origine", "Find where they come from"),
    "investigation-answer": ("L'origine la plus probable d'abord", "The likeliest source first"),
    "investigation-stations": ("Sites", "Sites"),
    "investigation-lots": ("Lots", "Lots"),
    "investigation-deliveries": ("Livraisons", "Deliveries"),
    "investigation-station": ("Site ou acteur", "Site or party"),
    "investigation-reaches": ("Atteint", "Reaches"),
    "investigation-departed": ("Parti", "Left"),
    "investigation-arrived": ("Arrivé", "Arrived"),
    "investigation-inferred": ("déduite", "inferred"),
    "investigation-contradiction": ("dates contradictoires", "dates contradict each other"),
    "investigation-unmet": (
        "Dans aucune livraison de ces lots, et donc atteint par rien",
        "In none of the deliveries of these lots, and so reached by nothing",
    ),
    "investigation-hidden": (
        "{count} événement(s) de ces lots ne vous sont pas visibles : une origine peut manquer.",
        "{count} event(s) of these lots are not visible to you: a source may be missing.",
    ),
    "investigation-added": (
        "{count} lot(s) présent(s) au même endroit ont été ajouté(s).",
        "{count} lot(s) that were at the same place were added.",
    ),
    "investigation-first": ("Les {shown} premières sur {count}.", "The first {shown} of {count}."),
}
