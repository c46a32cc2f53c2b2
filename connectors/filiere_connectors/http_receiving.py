"""The road over HTTPS: batches from a position that the inbox keeps.

For an instance without a broker, or for who cannot reach it.
Source: docs/deliveries.md.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from filiere_connectors.client import Client
from filiere_connectors.receiving import Batch

LOOK_EVERY = 2.0  # seconds, where nothing is new


class HttpRoad:
    """Asks for batches, one after the other."""

    def __init__(self, client: Client, *, look_every: float = LOOK_EVERY) -> None:
        self._client = client
        self._look_every = look_every

    def batches(self, position: str) -> Iterator[Batch | None]:
        """Give what is behind a position.

        Raises:
            ServerAway: the instance does not answer.
            ServerRefused: the token is not accepted, or the position is not its own.
            ServerOdd: the answer is no batch.
        """
        while True:
            events, position = self._client.deliveries(after=position)
            if not events:
                yield None
                time.sleep(self._look_every)
            else:
                yield Batch(events=events, tag=None, position=position)

    def acknowledge(self, batch: Batch) -> None:
        """Do nothing: the inbox has the position already."""

    def wait(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)
