"""Send records over the instance's broker, and wait for the answer that HTTP would have given.

A broker's confirm says only that the message waits; a record is stored when the platform's answer brings its receipt.
Answers come by RabbitMQ's direct reply-to, which belongs to the connection: one that is lost takes them along, and the
same records are sent again, for the same receipt.

Source: docs/records.md, "Over the broker".
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Sequence
from types import TracebackType
from typing import Any, Final, Self

from filiere_connectors.broker import broker_away, leave_broker, open_broker, told
from filiere_connectors.broker_address import BrokerAddress
from filiere_connectors.client import Client, SendAnswer
from filiere_schemas.problems import Refusal

DIRECT_REPLY: Final = "amq.rabbitmq.reply-to"
CAPTURE_ADDRESS: Final = "capture"
ANSWER_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.2
PERSISTENT: Final = 2


class BrokerSender:
    """Sends over one connection, opened when there is something to send. One thread uses it."""

    def __init__(self, address: BrokerAddress, client: Client, *, patience: float = ANSWER_SECONDS) -> None:
        """Take the broker's address, the client that reads answers, and for how many seconds one is waited for."""
        self._address = address
        self._client = client
        self._patience = patience
        self._connection: Any = None  # pika carries no types
        self._channel: Any = None
        self._answers: dict[str, tuple[int, bytes]] = {}

    def __enter__(self) -> Self:
        """Open nothing yet."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._leave()

    def send(self, envelopes: Sequence[bytes]) -> SendAnswer:
        """Send signed records; the same answer as over HTTP.

        Raises:
            ServerAway: nothing is promised; the same again is safe.
            ServerRefused: the whole message is refused, or the broker does not let us in.
            ServerOdd: the answer does not speak of what was sent.
        """
        try:
            with told(self._address):
                status, body = self._ask(b"\n".join(envelopes))
        except Refusal:
            self._leave()
            raise
        return self._client.read_send_answer(status, body, count=len(envelopes))

    def _ask(self, body: bytes) -> tuple[int, bytes]:
        import pika

        if self._connection is None:
            self._enter()
        name = uuid.uuid4().hex
        properties = pika.BasicProperties(
            content_type="application/jose",
            user_id=self._address.user,
            delivery_mode=PERSISTENT,
            reply_to=DIRECT_REPLY,
            correlation_id=name,
            headers={"accept-language": self._client.language},
        )
        self._answers.clear()  # what came too late was sent again
        self._channel.basic_publish(self._address.capture_exchange, CAPTURE_ADDRESS, body, properties, mandatory=True)
        ends_at = time.monotonic() + self._patience
        while name not in self._answers:
            if time.monotonic() > ends_at:
                raise broker_away(self._address, f"> {self._patience:.0f} s")
            self._connection.process_data_events(time_limit=_LOOK_SECONDS)
        return self._answers.pop(name)

    def _enter(self) -> None:
        self._connection = open_broker(self._address, name="filiere-connect")
        self._channel = self._connection.channel()
        self._channel.confirm_delivery()
        self._channel.basic_consume(DIRECT_REPLY, self._answered, auto_ack=True)

    def _answered(self, _channel: Any, _method: Any, properties: Any, body: bytes) -> None:
        status = (properties.headers or {}).get("status")
        if properties.correlation_id and isinstance(status, int):
            self._answers[properties.correlation_id] = (status, body)

    def _leave(self) -> None:
        connection, self._connection, self._channel = self._connection, None, None
        leave_broker(connection)
