"""Watch what passes over a broker, live: a temporary queue that only this connection sees.

A tap is for eyes: it starts now, keeps a bounded number of messages for a slow reader and drops the oldest. A record
that several sets of recipients see passes once for each; its id is the same.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import pika
import pika.exceptions

from filiere_platform.bus.link import connection_parameters
from filiere_platform.bus.topology import KINDS, Topology
from filiere_platform.domain.message import BusUnavailable, Copy

MOST_WAITING = 10_000  # messages kept for a reader that does not keep up


class BrokerTap:
    """An open tap; use it as a context manager. One thread uses it."""

    def __init__(self, url: str, *, topology: Topology | None = None, kinds: Sequence[str] = KINDS) -> None:
        """Open the tap: every message published from here on is seen.

        Raises:
            BusUnavailable: the broker is away.
        """
        names = topology or Topology()
        try:
            self._connection = pika.BlockingConnection(connection_parameters(url, name=f"{names.exchange} tap"))
            self._channel = self._connection.channel()
            self._channel.exchange_declare(names.exchange, "direct", durable=True)
            arguments = {"x-max-length": MOST_WAITING, "x-overflow": "drop-head"}
            declared = self._channel.queue_declare("", exclusive=True, auto_delete=True, arguments=arguments)
            self._queue = str(declared.method.queue)
            for kind in kinds:
                self._channel.queue_bind(self._queue, names.exchange, routing_key=kind)
        except (pika.exceptions.AMQPError, OSError) as error:
            raise BusUnavailable(f"the broker cannot be watched: {error!r}") from error

    def copies(self, *, idle_seconds: float) -> Iterator[Copy | None]:
        """Give messages as they come, and None whenever none came for a while; never ends by itself.

        Raises:
            BusUnavailable: the broker went away.
        """
        try:
            for method, properties, body in self._channel.consume(
                self._queue, auto_ack=True, exclusive=True, inactivity_timeout=idle_seconds
            ):
                if method is None:
                    yield None
                else:
                    yield Copy(id=properties.message_id or "", kind=method.routing_key or "", body=body)
        except (pika.exceptions.AMQPError, OSError) as error:
            raise BusUnavailable(f"the broker went away: {error!r}") from error

    def close(self) -> None:
        """Close the connection; the broker removes the queue."""
        # Ctrl-C may have left pika in the middle of anything: what its goodbye then raises says nothing to anybody.
        with contextlib.suppress(Exception):
            self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
