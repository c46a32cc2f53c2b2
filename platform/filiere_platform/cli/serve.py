"""`filiere serve` and `filiere worker`: the processes of an instance."""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Callable
from types import FrameType
from typing import Final

import click
import uvicorn

from filiere_platform import bootstrap
from filiere_platform.cli.collecting import collect_rarely
from filiere_platform.settings import read_settings

MOST_OF_WEBSOCKET: Final = 4_096  # bytes of what a client says: nothing that matters
HEARD_WITHIN: Final = 0.2  # seconds: who was let in last has that long to say what it came for


class OrderlyServer(uvicorn.Server):
    """A server that tells open streams to end when it is told itself: it waits for answers that are on their way."""

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self._end_streams = end_streams

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to stop."""
        self._end_streams()
        super().handle_exit(sig, frame)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let nobody else in, hear those who are, answer them, and end: uvicorn hangs up on who has not spoken yet."""
        for server in self.servers:
            server.close()
        await asyncio.sleep(HEARD_WITHIN)
        await super().shutdown(sockets)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65535))
@click.option("--workers/--no-workers", default=None, help="Publisher and relay inside. Default: when embedded.")
def serve(host: str, port: int, workers: bool | None) -> None:  # noqa: FBT001 - a flag of the command line
    """Serve the API."""
    _log_to_stderr()
    settings = read_settings()
    with bootstrap.open_platform(settings) as platform:
        app = platform.application(with_workers=workers)
        collect_rarely()
        config = uvicorn.Config(
            app,
            host=host,
            port=port,
            log_config=None,
            access_log=False,
            lifespan="on",
            ws_max_size=MOST_OF_WEBSOCKET,
            forwarded_allow_ips=settings.trusted_proxies,
        )
        OrderlyServer(config, app.state.end_streams).run()


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option(
    "--port", type=click.IntRange(1, 65535), help="Serve /healthz, /readyz and /metrics of this process. Default: not."
)
def worker(host: str, port: int | None) -> None:
    """Run the publisher, the relay and the follower of chains; several may run, one of each leads."""
    _log_to_stderr()
    stop = threading.Event()

    def ask_to_stop(_signal: int, _frame: FrameType | None) -> None:
        stop.set()

    signal.signal(signal.SIGTERM, ask_to_stop)
    signal.signal(signal.SIGINT, ask_to_stop)
    with bootstrap.open_platform(read_settings()) as platform:
        collect_rarely()
        platform.run_workers(stop, listen=None if port is None else (host, port))


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s %(message)s")
