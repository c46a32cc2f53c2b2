"""What can go wrong between a company's programs and the instance's broker."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

BROKER_AWAY = Sentence(
    "broker-away",
    "Le courtier {url} ne répond pas ou ne prend rien pour l'instant ({reason}). Rien n'est perdu : cela reprendra.",
    "The broker {url} does not answer, or takes nothing now ({reason}). Nothing is lost: it will go on.",
)
BROKER_REFUSED = Sentence(
    "broker-refused",
    "Le courtier {url} refuse l'accès ({reason}). Vérifiez l'utilisateur et le mot de passe avec votre filière.",
    "The broker {url} refuses access ({reason}). Check the user and the password with your sector body.",
)
AMQP_ABSENT = Sentence(
    "amqp-absent",
    "Le client du courtier n'est pas installé : pip install 'filiere-connectors[amqp]'",
    "The broker's client is not installed: pip install 'filiere-connectors[amqp]'",
)
