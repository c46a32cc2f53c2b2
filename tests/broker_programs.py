"""A member's program at the broker: a plain AMQP client that knows nothing of the platform's code but public names."""

from __future__ import annotations

import itertools
import json
import time
from dataclasses import dataclass, field
from typing import Any

import pika
import pika.exceptions

JOSE = "application/jose"
DIRECT = "amq.rabbitmq.reply-to"


@dataclass(frozen=True, kw_only=True)
class Reply:
    """An answer as it arrived."""

    correlation_id: str
    content_type: str
    status: int
    body: dict[str, Any]


@dataclass
class Program:
    """A member's program with its own user; it waits for answers by RabbitMQ's direct reply-to."""

    host: str
    port: int
    user: str
    password: str
    prefix: str
    replies: dict[str, Reply] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._numbers = itertools.count(1)
        self.enter()

    def enter(self) -> None:
        credentials = pika.PlainCredentials(self.user, self.password)
        self.connection = pika.BlockingConnection(pika.ConnectionParameters(self.host, self.port, "/", credentials))
        self.channel = self.connection.channel()
        self.channel.confirm_delivery()
        self.channel.basic_consume(DIRECT, self._replied, auto_ack=True)

    def send(self, body: bytes, **properties: Any) -> str:
        """Send a message, which the broker has confirmed on return; gives its correlation id."""
        name = f"m{next(self._numbers)}"
        values = {
            "user_id": self.user,
            "content_type": JOSE,
            "reply_to": DIRECT,
            "correlation_id": name,
            "headers": {"accept-language": "en"},
            "delivery_mode": 2,
        }
        properties = {name: value for name, value in (values | properties).items() if value is not None}
        self.channel.basic_publish(
            f"{self.prefix}filiere.capture", "capture", body, pika.BasicProperties(**properties), mandatory=True
        )
        return name

    def answer(self, name: str, seconds: float = 15.0) -> Reply:
        """Wait for the answer to a message."""
        ends_at = time.monotonic() + seconds
        while name not in self.replies and time.monotonic() < ends_at:
            self.connection.process_data_events(time_limit=0.05)
        return self.replies.pop(name)

    def ask(self, body: bytes, **properties: Any) -> Reply:
        return self.answer(self.send(body, **properties))

    def letters(self, queue: str, *, at_least: int = 1, seconds: float = 10.0) -> list[tuple[Any, dict[str, Any]]]:
        """Take letters out of a queue, once there are so many or the time is over."""
        found: list[tuple[Any, dict[str, Any]]] = []
        ends_at = time.monotonic() + seconds
        while True:
            method, properties, body = self.channel.basic_get(f"{self.prefix}{queue}", auto_ack=True)
            if method is not None:
                found.append((properties, json.loads(body)))
            elif len(found) >= at_least or time.monotonic() > ends_at:
                return found
            else:
                time.sleep(0.02)

    def close(self) -> None:
        if self.connection.is_open:
            self.connection.close()

    def _replied(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        name = properties.correlation_id
        status = properties.headers["status"]
        self.replies[name] = Reply(
            correlation_id=name, content_type=properties.content_type, status=status, body=json.loads(body)
        )
