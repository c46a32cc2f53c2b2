"""What is said of a query that cannot be answered as it is asked, in French and English.

Source: EPCIS 2.0, 8.2.8 (QueryTooLargeException, QueryTooComplexException).
"""

from __future__ import annotations

from filiere_schemas.problems import Sentence

TOO_MANY_CONDITIONS = Sentence(
    "query-too-complex",
    "La question a {parameters} paramètres et {values} valeurs ; elle peut en avoir {most} et {expected}. Posez-la en"
    " plusieurs fois.",
    "The query has {parameters} parameters and {values} values; it may have {most} and {expected}. Ask it in parts.",
)
TOO_MANY_PATTERNS = Sentence(
    "query-too-many-patterns",
    "La question a {found} motifs d'identifiants ; elle peut en avoir {expected}. Posez-la en plusieurs fois.",
    "The query has {found} patterns of identifiers; it may have {expected}. Ask it in parts.",
)
TOO_MANY_THINGS = Sentence(
    "query-too-many-things",
    "Les données de base nomment plus de {expected} éléments pour un seul paramètre. Demandez un attribut plus précis"
    " ou un lieu plus petit.",
    "Master data names more than {expected} things for one parameter. Ask for a narrower attribute or a smaller place.",
)
TOO_MUCH_TO_READ = Sentence(
    "query-reads-too-much",
    "Pour répondre, il faudrait lire plus de {expected} événements, ou moins s'ils sont longs : cet ordre ou ce compte"
    " porte sur un champ qu'aucun index ne connaît. Limitez la question par une période, un lieu ou un objet.",
    "To answer, more than {expected} events would have to be read, or fewer that are long: this order or count is of a"
    " field that no index knows. Narrow the query by a period, a place or an object.",
)
TOO_MANY_EVENTS = Sentence(
    "query-too-large",
    "Plus de {expected} événements répondent à la question, le nombre que « maxEventCount » accepte.",
    "More than {expected} events answer the query, the number that “maxEventCount” accepts.",
)
