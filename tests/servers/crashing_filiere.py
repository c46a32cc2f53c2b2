"""Run the command line `filiere` with functions wrapped so that the process dies or freezes at a named point.

`FILIERE_TEST_CRASH_AT` is `point:n`: at the n-th passage, the process sends itself `FILIERE_TEST_CRASH_SIGNAL`.
Points between BEGIN and the receipt of a capture: `locked` (the head is locked and probed), `saved` (every insert is
queued), `committed` (the commit is done, nothing answered), `signing` (the answer is being made). Others: `tiles`,
`anchor` (publisher), `relayed` (the bus has confirmed, the cursor has not moved), `answered` (so has an endpoint).
`FILIERE_TEST_LEASE_MARGIN` shortens, in seconds, what a test of leases waits for.
"""

from __future__ import annotations

import functools
import itertools
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filiere_platform.bus.embedded import EmbeddedBus
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.cli.main import main
from filiere_platform.outbound.webhook_sender import WebhookSender
from filiere_platform.store.capture_postgresql import PostgresqlCapture, PostgresqlWriter
from filiere_platform.store.capture_sqlite import SqliteCapture, SqliteWriter
from filiere_platform.store.webhooks import WebhookStore
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.usecases.capture import Capture
from filiere_platform.worker import webhooks

POINT, _, NTH = os.environ.get("FILIERE_TEST_CRASH_AT", "").partition(":")
passages = itertools.count(1)  # two threads that pass at once are counted apart


def pass_point(point: str) -> None:
    """Die here if it is the point and the time."""
    if point == POINT and next(passages) == int(NTH):
        note = Path(os.environ["FILIERE_TEST_CRASH_NOTE"])
        with note.open("w") as file:
            file.write(point)
            file.flush()
            os.fsync(file.fileno())
        os.kill(os.getpid(), signal.Signals[os.environ["FILIERE_TEST_CRASH_SIGNAL"]])


def after(owner: type, name: str, point: str) -> None:
    """Pass a point whenever a method has returned."""
    original: Callable[..., Any] = getattr(owner, name)

    @functools.wraps(original)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        result = original(*args, **kwargs)
        pass_point(point)
        return result

    setattr(owner, name, wrapped)


def after_context(owner: type, name: str, point: str) -> None:
    """Pass a point whenever a context manager has ended cleanly."""
    original: Callable[..., Any] = getattr(owner, name)

    @contextmanager
    def wrapped(self: Any) -> Iterator[Any]:
        with original(self) as value:
            yield value
        pass_point(point)

    setattr(owner, name, wrapped)


for capture in (PostgresqlCapture, SqliteCapture):
    after(capture, "begin", "locked")
    after(capture, "save", "saved")
for writer in (PostgresqlWriter, SqliteWriter):
    after_context(writer, "transaction", "committed")
after(Capture, "receipt", "signing")
after(TileFolder, "write", "tiles")
after(TileFolder, "write_anchor", "anchor")
for bus in (EmbeddedBus, RabbitBus):
    after(bus, "publish", "relayed")
after(WebhookStore, "hold", "held")
after(WebhookSender, "send", "answered")
vars(webhooks)["LEASE_MARGIN"] = float(os.environ.get("FILIERE_TEST_LEASE_MARGIN", webhooks.LEASE_MARGIN))

if __name__ == "__main__":
    main(sys.argv[1:])
