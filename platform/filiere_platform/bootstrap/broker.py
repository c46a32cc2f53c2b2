"""Who keeps members' users at the broker, and what does it."""

from __future__ import annotations

import threading
from collections.abc import Callable

from filiere_platform.bus.management import BrokerManagement
from filiere_platform.bus.topology import Topology
from filiere_platform.settings import Settings
from filiere_platform.store.database import Database
from filiere_platform.usecases.broker_users import BrokerKeeping
from filiere_platform.worker.broker_users import BrokerUserKeeper


def broker_keeping(settings: Settings) -> BrokerKeeping:
    """Who shuts suspended members out of the broker."""
    if not settings.broker_url:
        return BrokerKeeping.NONE
    return BrokerKeeping.BY_WORKER if settings.broker_management_url else BrokerKeeping.BY_HAND


def broker_management(settings: Settings) -> BrokerManagement:
    """Build what keeps members' users at the broker, where its management is set."""
    topology = Topology(prefix=settings.broker_prefix)
    return BrokerManagement(settings.broker_management_url, broker_url=settings.broker_url, topology=topology)


def broker_workers(settings: Settings, database: Database) -> dict[str, Callable[[threading.Event], None]]:
    """Build the worker that does it, by its name; none where it is done by hand."""
    if broker_keeping(settings) is not BrokerKeeping.BY_WORKER:
        return {}
    users = broker_management(settings)
    return {"broker-users": BrokerUserKeeper(units=database, leadership=database.leadership, users=users).run}
