"""What takes in the records that members send to the broker, and what an instance takes at most."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from filiere_platform.api.metrics import Metrics, count_outcomes
from filiere_platform.api.record_exchange import RecordsForm
from filiere_platform.api.services import Limits
from filiere_platform.bootstrap.broker import broker_topology
from filiere_platform.bus.capture_queue import CaptureQueue
from filiere_platform.domain.arrival import Arrival
from filiere_platform.domain.capture import Outcome
from filiere_platform.settings import Settings
from filiere_platform.store.database import Database
from filiere_platform.usecases.capture import Capture, Intake
from filiere_platform.worker.capture_consumer import CaptureConsumer


def limits_of(settings: Settings) -> Limits:
    """Give what a request, or a message, may hold at most."""
    return Limits(body_bytes=settings.max_body_bytes, records=settings.max_records)


def capture_workers(
    settings: Settings, database: Database, capture: Capture, *, intake: Intake, metrics: Metrics
) -> dict[str, Callable[[threading.Event], None]]:
    """Build the worker, by its name."""
    topology = broker_topology(settings)

    def open_queue(receive: Callable[[Arrival], None]) -> CaptureQueue:
        return CaptureQueue(settings.broker_url, topology=topology, receive=receive)

    def observe(outcomes: Sequence[Outcome], seconds: float) -> None:
        count_outcomes(metrics, outcomes, seconds=seconds)

    consumer = CaptureConsumer(
        open_queue=open_queue,
        intake=intake,
        exchange=RecordsForm(limits=limits_of(settings)),
        sign_receipt=capture.receipt,
        is_store_ready=database.is_ready,
        observe=observe,
    )
    return {"capture": consumer.run}
