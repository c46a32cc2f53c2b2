"""The dead letter queues on RabbitMQ: looked at, sent again, removed.

AMQP can only take what it looks at: letters are fetched without an acknowledgement and given back when the channel
closes. While one looks, another would find nothing, so that a lock lets one look at a time. What a member's own program
has in hand at that moment is not seen.

Source: RabbitMQ 3.10: Dead Letter Exchanges, headers of dead-lettered messages.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from typing import Any, Final

import pika
import pika.exceptions

from filiere_platform.bus.capture_queue import LETTER_TYPE
from filiere_platform.bus.link import connection_parameters
from filiere_platform.bus.rabbitmq import CONTENT_TYPE, PERSISTENT
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.domain.queue_letter import REFUSAL_KIND, QueueLetter
from filiere_platform.usecases.ports import Leadership

LEADERSHIP: Final = "dead-letters"
LOCK_SECONDS: Final = 3.0  # that one waits for another who looks
LOCK_PAUSE: Final = 0.05
MOST_SOUGHT: Final = 2_000  # letters fetched to find one by its id
_NOT_FOUND: Final = 404  # AMQP 0-9-1, reply codes


class BrokerDeadLetters:
    """Opens a connection for each question: they are rare, and nobody waits for another's."""

    def __init__(self, broker_url: str, *, topology: Topology, leadership: Leadership) -> None:
        self._url = broker_url
        self._topology = topology
        self._leadership = leadership

    def browse(self, owners: Sequence[int | None], *, most: int) -> list[QueueLetter]:
        """Look at some letters of each owner, the oldest where nobody looked before, and leave them there.

        Raises:
            BusUnavailable: the broker is away, or somebody else looks at them at this moment.
        """
        with self._looking() as connection:
            return [letter for owner in owners for _, letter in self._fetched(connection, owner, most)]

    def settle(
        self,
        letter_id: str,
        owner: int | None,
        *,
        is_sent: Callable[[QueueLetter], bool],
        record: Callable[[QueueLetter], None],
    ) -> bool:
        """Remove a letter once it is recorded; before that, where it is to be sent, once its member's queue has it.

        What fails on the way leaves it here; a copy that was sent is known by the ids of its events.

        Raises:
            BusUnavailable: the broker is away, the queue did not take it, or somebody else looks at them.
        """
        with self._looking() as connection:
            for acknowledge, letter in self._fetched(connection, owner, MOST_SOUGHT):
                if letter.id == letter_id:
                    if is_sent(letter):
                        self._publish(connection, letter)
                    record(letter)
                    acknowledge()
                    return True
        return False

    def _publish(self, connection: Any, letter: QueueLetter) -> None:
        names = self._topology
        channel = connection.channel()
        channel.confirm_delivery()
        properties = pika.BasicProperties(
            content_type=letter.content_type or CONTENT_TYPE,
            delivery_mode=PERSISTENT,
            message_id=letter.message_id,
            headers={"BCC": [names.member_address(letter.member_id or 0)]},
        )
        try:
            channel.basic_publish(names.exchange, letter.kind, letter.body, properties, mandatory=True)
        except (pika.exceptions.UnroutableError, pika.exceptions.NackError) as error:
            raise BusUnavailable("the member's queue does not take it", refused=(0,)) from error

    def _fetched(
        self, connection: Any, owner: int | None, most: int
    ) -> Iterator[tuple[Callable[[], None], QueueLetter]]:
        """Fetch letters one by one, each with what removes it; the others are given back at the end."""
        names = self._topology
        queue = names.capture_dead_letter_queue if owner is None else names.dead_letter_queue(owner)
        channel = connection.channel()
        try:
            for _ in range(most):
                method, properties, body = channel.basic_get(queue)
                if method is None:
                    break
                yield _acknowledging(channel, method.delivery_tag), _letter(owner, properties, body)
        except pika.exceptions.ChannelClosedByBroker as refused:
            if refused.reply_code != _NOT_FOUND:  # nothing was ever declared for this member
                raise
        finally:
            if channel.is_open:
                channel.close()

    @contextmanager
    def _looking(self) -> Iterator[Any]:
        """Open a connection while nobody else looks.

        Raises:
            BusUnavailable: the broker is away, or somebody looks for longer than is waited.
        """
        deadline = time.monotonic() + LOCK_SECONDS
        with ExitStack() as held:
            while not held.enter_context(self._leadership(LEADERSHIP)):
                held.close()
                if time.monotonic() > deadline:
                    raise BusUnavailable("somebody else looks at the dead letters")
                time.sleep(LOCK_PAUSE)
            try:
                name = f"{self._topology.dead_letter_exchange} reader"
                connection = pika.BlockingConnection(connection_parameters(self._url, name=name))
                held.callback(_close, connection)
                yield connection
            except (pika.exceptions.AMQPError, OSError) as error:  # a name that nobody knows is no error of AMQP's
                raise BusUnavailable(repr(error)) from error


def _acknowledging(channel: Any, tag: int) -> Callable[[], None]:
    return lambda: channel.basic_ack(tag)


def _close(connection: Any) -> None:
    if connection.is_open:
        connection.close()


def _letter(owner: int | None, properties: Any, body: bytes) -> QueueLetter:
    deaths = (properties.headers or {}).get("x-death") or ()
    death = deaths[0] if deaths else {}
    keys = death.get("routing-keys") or ("",)
    is_refusal = properties.type == LETTER_TYPE
    return QueueLetter(
        member_id=owner,
        kind=REFUSAL_KIND if is_refusal or owner is None else str(keys[0]),
        died_at=_instant(death.get("time") or properties.timestamp),
        attempts=int(death.get("count", 1)),
        said=str(death.get("reason", "refused" if is_refusal else "")),
        message_id=str(properties.message_id or ""),
        content_type=str(properties.content_type or ""),
        body=body,
        is_delivery=owner is not None and bool(death) and not is_refusal,
    )


def _instant(stamp: datetime | int | None) -> int:
    """Read a time of AMQP, which knows seconds alone; pika gives it as a naive time in UTC."""
    if stamp is None:
        return 0
    if isinstance(stamp, int):
        return stamp * 1_000_000
    return microseconds(stamp if stamp.tzinfo else stamp.replace(tzinfo=UTC))
