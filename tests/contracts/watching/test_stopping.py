"""SIGTERM: a server finishes what it has taken, so that nothing is stored without its answer, or left unpublished."""

from __future__ import annotations

import signal
import threading
from pathlib import Path

import httpx

from builders.events import an_object_event
from builders.instance import Sender, open_instance
from contracts.watching.conftest import eventually
from filiere_platform import bootstrap
from filiere_platform.settings import read_settings
from filiere_platform.usecases.log_state import LogState, read_log_state
from servers.filiere import Filiere

CLIENTS = 4
BATCH = 5
SECONDS = 20.0  # for a process to end in order


class Sending(threading.Thread):
    """A member that sends without pause, and notes what it was told, until nobody listens any more."""

    def __init__(self, sender: Sender, url: str, number: int) -> None:
        super().__init__(daemon=True)
        self.acknowledged: set[int] = set()
        self._sender, self._url, self._number = sender, url, number

    def run(self) -> None:
        made = 0
        while True:
            events = [
                an_object_event(eventID=f"urn:uuid:{self._number:08d}-0000-4000-8000-{made + n:012d}")
                for n in range(BATCH)
            ]
            made += BATCH
            # A connection for each request: one that is kept open may be closed by the server just as it is used.
            with httpx.Client(base_url=self._url, timeout=SECONDS) as self._sender.client:
                try:
                    answer = self._sender.send_events(*events)
                except httpx.HTTPError:  # refused, or let in by the kernel alone, at a door that closed just then
                    return
            if answer.status_code != 200:
                return
            self.acknowledged |= {record["index"] for record in answer.json()["records"]}


def test_a_server_answers_what_it_took_and_publishes_and_relays_it_before_it_ends(tmp_path: Path) -> None:
    environment = {"FILIERE_DATA_DIR": str(tmp_path / "data"), "FILIERE_PUBLISH_EVERY_MS": "50"}
    with open_instance(tmp_path) as instance:
        senders = [instance.admit(f"client {n}") for n in range(CLIENTS)]
        before = instance.log_size()
    serve = Filiere("serve", environment, folder=tmp_path)
    serve.start()
    threads = [Sending(sender, serve.url, n) for n, sender in enumerate(senders)]
    try:
        for thread in threads:
            thread.start()
        eventually(lambda: all(len(thread.acknowledged) >= 2 * BATCH for thread in threads), "nobody is answered")
        serve._signal(signal.SIGTERM)
        assert serve.wait_for_death(SECONDS), serve.log_tail()
        assert serve.process is not None
        assert serve.process.returncode in {0, -signal.SIGTERM}
        for thread in threads:
            thread.join(SECONDS)
    finally:
        serve.kill()
    acknowledged = set().union(*(thread.acknowledged for thread in threads))
    state = state_at_rest(tmp_path)
    assert acknowledged == set(range(before, state.stored)), "something is stored that nobody was told of, or lost"
    assert state.published == state.stored
    assert state.relayed == state.grants


def state_at_rest(folder: Path) -> LogState:
    """Read the state of an instance that nobody serves: a server would publish and relay what was left."""
    settings = read_settings({}, data_dir=folder / "data", sector="food")
    with bootstrap.open_platform(settings) as platform, platform.database.unit_of_work() as uow:
        return read_log_state(uow, platform.files, now=platform.clock())
