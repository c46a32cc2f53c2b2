"""What the EPCIS binding has to say of a request, in French and English.

Source: EPCIS 2.0, 12.2 (headers), 12.6 (pages), 12.8 (errors).
"""

from __future__ import annotations

from filiere_schemas.problems import Sentence

NOT_ACCEPTABLE = Sentence(
    "not-acceptable",
    "Aucune forme demandée par {name} n'est disponible ici : {found}. Formes disponibles : {expected}.",
    "No form that {name} asks for is available here: {found}. Available forms: {expected}.",
)
ADDRESS_TOO_LONG = Sentence(
    "address-too-long",
    "Adresse de {found} octets ; la plus longue acceptée en compte {expected}. Enregistrez la question comme requête"
    " nommée.",
    "Address of {found} bytes; the longest accepted has {expected}. Store the question as a named query.",
)
PAGE_TOKEN_REFUSED = Sentence(
    "page-token-refused",
    "Ce jeton de page n'est pas de cette question, ou il a expiré. Reposez la question sans jeton, ou avec celui de"
    " sa page précédente.",
    "This page token is not of this question, or it has expired. Ask again without a token, or with that"
    " of its page before.",
)
PAGE_TOKENS_EXPIRE = Sentence(
    "page-tokens-expire",
    "Un jeton de page n'est conservé nulle part et ne s'annule pas : il expire de lui-même.",
    "A page token is kept nowhere and cannot be cancelled: it expires by itself.",
)
ERROR_BEHAVIOUR_UNKNOWN = Sentence(
    "error-behaviour-unknown",
    "{name} : « {found} » trouvé ; valeurs possibles : {expected}.",
    "{name}: found “{found}”; possible values: {expected}.",
)
FORM_NOT_ANNOUNCED = Sentence(
    "form-not-announced",
    "Un corps de type {expected} est annoncé ; il semble être du {found}. Corrigez Content-Type, ou le corps.",
    "A body of type {expected} is announced; it looks like {found}. Correct Content-Type, or the body.",
)
