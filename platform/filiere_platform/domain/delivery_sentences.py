"""What is said about deliveries over HTTP, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

POSITION_UNKNOWN = Sentence(
    "position-unknown",
    "« {found} » n'est pas une position de votre flux : reprenez l'`id` de la dernière livraison reçue, ou aucune.",
    "“{found}” is no position of your stream: give the `id` of the last delivery that you received, or none.",
)
TOO_MANY_STREAMS = Sentence(
    "too-many-streams",
    "Un membre tient au plus {limit} flux de livraison ouverts ; fermez-en un, ou réessayez dans {seconds} secondes.",
    "A member holds at most {limit} streams of deliveries open; close one, or try again in {seconds} seconds.",
)
