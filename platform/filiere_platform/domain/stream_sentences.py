"""What is said about members' streams on the broker, in French and English."""

from __future__ import annotations

from filiere_schemas.problems import Sentence

NO_BROKER = Sentence(
    "stream-without-broker",
    "Cette instance n'a pas de courtier RabbitMQ : lisez le même flux, depuis toute position, par /api/v1/deliveries.",
    "This instance has no RabbitMQ broker: read the same stream, from any position, at /api/v1/deliveries.",
)
