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
from filiere_platform.bus.topology import Exchange, Queue
from filiere_platform.domain.broker_access import PartFault, PartFound
from filiere_platform.domain.message import BusUnavailable

_NOT_FOUND = 404  # AMQP 0-9-1, reply codes
_PRECONDITION_FAILED = 406


def declare(broker_url: str, parts: Iterable[Exchange | Queue]) -> list[PartFound]:
    """Declare parts in their order; gives those that exist with other arguments, which are left as they are.

    Raises:
        BusUnavailable: the broker is away, or refuses.
    """
    with _connection(broker_url) as connection:
        return list(_each(connection, parts, changes=True))


def check(broker_url: str, parts: Iterable[Exchange | Queue]) -> list[PartFound]:
    """Say which parts are missing or have other arguments; changes nothing. Bindings are not seen by this.

    Raises:
        BusUnavailable: the broker is away, or refuses.
    """
    with _connection(broker_url) as connection:
        return list(_each(connection, parts, changes=False))


def _each(connection: Any, parts: Iterable[Exchange | Queue], *, changes: bool) -> Iterator[PartFound]:
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


def _declare(channel: Any, part: Exchange | Queue, *, passive: bool) -> None:
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
    except pika.exceptions.AMQPError as error:
        raise BusUnavailable(repr(error), failed=()) from error
