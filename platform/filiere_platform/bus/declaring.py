"""Declare everything that an instance has on a broker, or say what is missing or different; for the operator's command.

The relay declares what it needs by itself (`bus.declarations`). Here everything is there before it is needed, so that
members' programs can be given their queues, and what somebody changed by hand is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pika
import pika.exceptions

from filiere_platform.bus.link import connection_parameters
from filiere_platform.bus.topology import Exchange, Part, Queue
from filiere_platform.domain.broker_access import PartFault, PartFound
from filiere_platform.domain.message import BusUnavailable

_NOT_FOUND = 404  # AMQP 0-9-1, reply codes
_PRECONDITION_FAILED = 406


def declare(broker_url: str, parts: Iterable[Part]) -> list[PartFound]:
    """Declare parts in their order; gives those that exist with other arguments, which are left as they are.

    Raises:
        BusUnavailable: the broker is away, or refuses.
    """
    with _connection(broker_url) as connection:
        return list(_each(connection, parts, changes=True))


def check(broker_url: str, parts: Iterable[Part]) -> list[PartFound]:
    """Say which parts are missing or have other arguments; changes nothing. `bus.inspection` sees bindings.

    Raises:
        BusUnavailable: the broker is away, or refuses.
    """
    with _connection(broker_url) as connection:
        return list(_each(connection, parts, changes=False))


def is_there(broker_url: str, queue: str) -> bool:
    """Whether there is a queue of that name.

    Raises:
        BusUnavailable: the broker is away, or refuses.
    """
    with _connection(broker_url) as connection:
        return _waiting(connection, queue) is not None


def replace_empty(broker_url: str, queue: Queue) -> str:
    """Put a queue with its arguments of today in the place of one that is empty and that nobody consumes.

    A message on its way to it at that moment may be lost: the caller has it sent again (usecases/replay.py).

    Returns:
        Why it was left as it is; empty where it was replaced.

    Raises:
        BusUnavailable: the broker is away, or refuses.
    """
    with _connection(broker_url) as connection:
        channel = connection.channel()
        # Quorum queues know no deletion "if empty": nothing new may come in before it is looked at.
        channel.queue_unbind(queue.name, queue.bound_to, routing_key=queue.routing_key)
        why = _in_use(connection, queue.name)
        if not why:
            channel.queue_delete(queue.name)
            channel.queue_declare(queue.name, durable=True, arguments=queue.arguments)
        channel.queue_bind(queue.name, queue.bound_to, routing_key=queue.routing_key)
        return why


def remove_empty(broker_url: str, name: str) -> str:
    """Remove a queue that is empty and the exchange of the same name; gives why it was left, as `replace_empty` does.

    Raises:
        BusUnavailable: the broker is away, or refuses.
    """
    with _connection(broker_url) as connection:
        why = _in_use(connection, name)
        if not why:
            channel = connection.channel()
            channel.exchange_delete(name)
            channel.queue_delete(name)
        return why


def _in_use(connection: Any, queue: str) -> str:
    waiting = _waiting(connection, queue)
    if waiting is None:
        return ""
    return f"{waiting[0]} messages, {waiting[1]} consumers" if any(waiting) else ""


def _waiting(connection: Any, queue: str) -> tuple[int, int] | None:
    """Count a queue's messages and consumers; None where it does not exist."""
    channel = connection.channel()
    try:
        found = channel.queue_declare(queue, passive=True).method
    except pika.exceptions.ChannelClosedByBroker as refused:
        if refused.reply_code != _NOT_FOUND:
            raise
        return None
    channel.close()
    return int(found.message_count), int(found.consumer_count)


def _each(connection: Any, parts: Iterable[Part], *, changes: bool) -> Iterator[PartFound]:
    channel = connection.channel()
    for part in parts:
        fault = None
        try:
            if not changes:
                _declare(channel, part, passive=True)
            # Of what is there a declaration with the same arguments changes nothing, and with others is refused.
            _declare(channel, part, passive=False)
        except pika.exceptions.ChannelClosedByBroker as refused:
            if refused.reply_code not in {_NOT_FOUND, _PRECONDITION_FAILED}:
                raise
            fault = PartFault.MISSING if refused.reply_code == _NOT_FOUND else PartFault.DIFFERS
            channel = connection.channel()
        if fault is not None:
            yield PartFound(name=part.name, what=fault)
        if changes and isinstance(part, Queue):
            channel.queue_bind(part.name, part.bound_to, routing_key=part.routing_key)


def _declare(channel: Any, part: Part, *, passive: bool) -> None:
    if isinstance(part, Exchange):
        channel.exchange_declare(part.name, part.kind, durable=True, passive=passive)
    else:
        channel.queue_declare(part.name, durable=True, passive=passive, arguments=part.arguments)


@contextmanager
def _connection(broker_url: str) -> Iterator[Any]:
    try:
        connection = pika.BlockingConnection(connection_parameters(broker_url, name="filiere bus"))
        try:
            yield connection
        finally:
            if connection.is_open:
                connection.close()
    except (pika.exceptions.AMQPError, OSError) as error:  # a name that nobody knows is no error of AMQP's
        raise BusUnavailable(repr(error), failed=()) from error
