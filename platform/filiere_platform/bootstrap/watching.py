"""What a process shows to whoever watches it: whether it lives, whether it is ready, what it counts.

A server shows it beside its other routes; a worker has no other, and listens where its command line says.
"""

from __future__ import annotations

import functools
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import uvicorn
from fastapi import APIRouter, FastAPI

from filiere_platform.api import health, metrics
from filiere_platform.bootstrap.broker import broker_topology
from filiere_platform.bus.depths import count_messages
from filiere_platform.settings import Settings, SettingsError
from filiere_platform.store.database import Database
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.usecases.queue_state import queue_state_reader
from filiere_platform.worker.intake import Intake
from filiere_platform.worker.threads import Workers

START_PAUSE = 0.02  # seconds


@dataclass(frozen=True, kw_only=True)
class Process:
    """What runs in a process; `stop` is what tells a worker to end, and None of a server."""

    intake: Intake
    workers: Workers  # none where they are other processes
    stop: threading.Event | None = None

    def threads(self) -> dict[str, bool]:
        """Which of its threads live, by name."""
        return {"intake": self.intake.is_alive, **self.workers.are_alive}


def watching_routers(
    counted: metrics.Metrics, settings: Settings, database: Database, files: TileFolder, process: Process
) -> tuple[APIRouter, APIRouter]:
    """Give `/metrics`, and `/healthz` with `/readyz`, of a process; called once in each.

    A worker is not ready from when it is told to end, and neither while its broker is away.
    """
    counted.watch_threads(process.threads)
    checks = {
        "database": health.database_check(database.is_ready),
        "writer": health.threads_check(lambda: {"intake": process.intake.is_alive}),
        "workers": health.threads_check(lambda: process.workers.are_alive),
        "publisher": health.publisher_check(files),
    }
    if settings.broker_url and process.workers.threads:
        count = functools.partial(count_messages, settings.broker_url)
        counted.watch_queues(queue_state_reader(database, broker_topology(settings), count))
    if process.stop is not None:
        checks["running"] = health.running_check(process.stop.is_set)
        if settings.broker_url:
            checks["broker"] = health.broker_check(functools.partial(count_messages, settings.broker_url, ()))
    return metrics.router(counted), health.router(checks)


@contextmanager
def shown(routers: Iterable[APIRouter], listen: tuple[str, int] | None) -> Iterator[None]:
    """Serve routers at an address, if one is given, on a thread of their own, until the context ends.

    Raises:
        SettingsError: nobody can listen there.
    """
    if listen is None:
        yield
        return
    host, port = listen
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    for router in routers:
        app.include_router(router)
    server = uvicorn.Server(uvicorn.Config(app, host=host, port=port, log_config=None, access_log=False))
    thread = threading.Thread(target=_serve, args=(server,), name="watching", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                msg = f"nobody can listen on {host}:{port}"
                raise SettingsError(msg)
            time.sleep(START_PAUSE)
        yield
    finally:
        server.should_exit = True
        thread.join()


def _serve(server: uvicorn.Server) -> None:
    with suppress(SystemExit):  # how uvicorn says that it cannot listen
        server.run()
