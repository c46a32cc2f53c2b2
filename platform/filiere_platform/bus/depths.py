"""How many messages wait in the queues of an instance, as the broker counts them: for whoever watches it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

import pika
import pika.exceptions

from filiere_platform.bus.link import connection_parameters
from filiere_platform.domain.message import BusUnavailable

_NOT_FOUND = 404  # AMQP 0-9-1, reply codes


def count_messages(broker_url: str, queues: Iterable[str]) -> dict[str, int]:
    """Count what waits in each queue, on one connection; a queue that nobody has declared yet is left out.

    Messages that a program has taken and not acknowledged are not counted: they have left the queue.

    Raises:
        BusUnavailable: the broker is away, or refuses.
    """
    try:
        connection = pika.BlockingConnection(connection_parameters(broker_url, name="filiere metrics"))
    except (pika.exceptions.AMQPError, OSError) as error:
        raise BusUnavailable(repr(error), failed=()) from error
    try:
        channel, found = connection.channel(), {}
        for queue in queues:
            try:
                found[queue] = int(channel.queue_declare(queue, passive=True).method.message_count)
            except pika.exceptions.ChannelClosedByBroker as refused:
                if refused.reply_code != _NOT_FOUND:
                    raise
                channel = connection.channel()
    except (pika.exceptions.AMQPError, OSError) as error:
        raise BusUnavailable(repr(error), failed=()) from error
    else:
        return found
    finally:
        # What the goodbye raises says nothing that the counts do not say.
        with suppress(Exception):
            connection.close()
