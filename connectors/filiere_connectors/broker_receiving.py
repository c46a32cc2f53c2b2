"""The road over the broker: the member's queue, a message at a time, acknowledged when its events are worked off.

A message that is no batch of CloudEvents is rejected without requeue: it goes to the member's own dead letters.
Source: docs/bus.md.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from typing import Any, Final

from filiere_connectors.broker import leave_broker, open_broker, told
from filiere_connectors.broker_address import BrokerAddress
from filiere_connectors.client import is_cloud_event
from filiere_connectors.receiving import Batch

PREFETCH: Final = 4  # messages of up to a hundred events
IDLE_SECONDS: Final = 0.5
# A handler may take its time, and nothing answers the broker while it does.
HEARTBEAT: Final = 600  # seconds
log = logging.getLogger(__name__)


class BrokerRoad:
    """Receives on one connection at a time. One thread uses it."""

    def __init__(self, address: BrokerAddress) -> None:
        self._address = address
        self._connection: Any = None  # pika carries no types
        self._channel: Any = None

    def batches(self, position: str) -> Iterator[Batch | None]:
        """Give the queue's messages; where the stream goes on, the broker knows.

        Raises:
            ServerAway: the broker is away, or ended the connection.
            ServerRefused: it does not let us in.
        """
        del position
        self.close()  # what is left of an interrupted one
        with told(self._address):
            self._connection = open_broker(self._address, name="filiere-connect receive", heartbeat=HEARTBEAT)
            self._channel = self._connection.channel()
            self._channel.basic_qos(prefetch_count=PREFETCH)
            waiting = self._channel.consume(self._address.queue, inactivity_timeout=IDLE_SECONDS)
        while True:
            with told(self._address):
                method, _properties, body = next(waiting)
            if method is None:
                yield None
                continue
            events = _events(body)
            if events is None:
                log.warning("receive.message_rejected")
                with told(self._address):
                    self._channel.basic_reject(method.delivery_tag, requeue=False)
            else:
                yield Batch(events=events, tag=method.delivery_tag)

    def acknowledge(self, batch: Batch) -> None:
        """Acknowledge a message.

        Raises:
            ServerAway: the connection is gone; the message comes again, and its events are known.
        """
        with told(self._address):
            self._channel.basic_ack(batch.tag)

    def wait(self, seconds: float) -> None:
        """Wait; a connection that is open stays so.

        Raises:
            ServerAway: it did not.
        """
        if self._connection is None or not self._connection.is_open:
            time.sleep(seconds)
            return
        with told(self._address):
            self._connection.sleep(seconds)

    def close(self) -> None:
        """Leave the broker."""
        connection, self._connection, self._channel = self._connection, None, None
        leave_broker(connection)


def _events(body: bytes) -> list[dict[str, Any]] | None:
    try:
        found = json.loads(body)
    except ValueError:
        return None
    if not isinstance(found, list) or not all(is_cloud_event(each) for each in found):
        return None
    return found
