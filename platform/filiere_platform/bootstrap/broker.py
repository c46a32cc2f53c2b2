"""Who keeps members' users at the broker, and what does it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from filiere_platform.bus.management import BrokerManagement
from filiere_platform.bus.rabbitmq import EVENT_CONTENT_TYPE, RabbitBus
from filiere_platform.bus.topology import StreamTopology, Topology
from filiere_platform.settings import Settings
from filiere_platform.store.database import Database
from filiere_platform.usecases.broker_users import BrokerKeeping
from filiere_platform.worker.broker_streams import StreamWriter
from filiere_platform.worker.broker_users import BrokerUserKeeper


def broker_keeping(settings: Settings) -> BrokerKeeping:
    """Who shuts suspended members out of the broker."""
    if not settings.broker_url:
        return BrokerKeeping.NONE
    return BrokerKeeping.BY_WORKER if settings.broker_management_url else BrokerKeeping.BY_HAND


def broker_topology(settings: Settings) -> Topology:
    """Name the instance's exchanges and queues on the broker."""
    return Topology(**_names(settings))


def stream_bus(settings: Settings) -> RabbitBus:
    """Build what reaches members' streams, on a connection of its own."""
    return RabbitBus(settings.broker_url, topology=StreamTopology(**_names(settings)), content_type=EVENT_CONTENT_TYPE)


def stream_workers(
    settings: Settings, database: Database, *, origin: str, clock: Callable[[], int]
) -> dict[str, Callable[[threading.Event], None]]:
    """Build the worker that writes members' streams, by its name; none where there is no broker."""
    if not settings.broker_url:
        return {}

    def run(stop: threading.Event) -> None:
        # The connection is opened where it is needed, by the thread that runs.
        bus, leadership = stream_bus(settings), database.leadership
        StreamWriter(units=database, leadership=leadership, bus=bus, origin=origin, clock=clock).run(stop)

    return {"streams": run}


def _names(settings: Settings) -> dict[str, Any]:
    return {
        "prefix": settings.broker_prefix,
        "replicas": settings.broker_replicas,
        "stream_bytes": settings.stream_max_mb * 1024**2,
        "stream_days": settings.stream_max_days,
    }


def broker_management(settings: Settings) -> BrokerManagement:
    """Build what keeps members' users at the broker, where its management is set."""
    broker_url, topology = settings.broker_url, broker_topology(settings)
    return BrokerManagement(settings.broker_management_url, broker_url=broker_url, topology=topology)


def broker_workers(
    settings: Settings, database: Database, *, origin: str, clock: Callable[[], int]
) -> dict[str, Callable[[threading.Event], None]]:
    """Build what works at the broker beside the relay, by its name: streams, and users where it is not done by hand."""
    workers = stream_workers(settings, database, origin=origin, clock=clock)
    if broker_keeping(settings) is BrokerKeeping.BY_WORKER:
        users = broker_management(settings)
        workers["broker-users"] = BrokerUserKeeper(units=database, leadership=database.leadership, users=users).run
    return workers


def stream_name(settings: Settings) -> Callable[[int], str] | None:
    """Give what names a member's stream; None where there is no broker."""
    return broker_topology(settings).stream if settings.broker_url else None
