"""An instance under load whose processes are killed, stopped and starved; each fault is counted once it has landed."""

from __future__ import annotations

import contextlib
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import httpx
from click.testing import CliRunner

import servers
from builders.instance import open_instance
from consumers import Arrivals, BrokerConsumer, Consumer
from filiere_platform import bootstrap
from filiere_platform.bus.topology import Topology
from filiere_platform.cli.main import filiere
from filiere_platform.domain.audience import SharingMode
from filiere_platform.settings import read_settings
from filiere_platform.usecases.relay import relayed_grants, stopped_members
from filiere_schemas.provenance.envelope import parse_envelope
from journals import Client, Journal, send_everything_again
from servers.filiere import Filiere
from wire import wait_until

PATIENCE_SECONDS = 90.0
PAUSE = 0.05  # seconds between two requests of a client
# The first two share with the whole sector, the others with nobody: who gets what is known without the platform.
SHARING = (SharingMode.SECTOR, SharingMode.SECTOR, SharingMode.PRIVATE, SharingMode.PRIVATE)


@dataclass
class Storm:
    """An instance under load: its processes, who sends, who receives, and which faults landed."""

    environment: dict[str, str]
    journal: Journal
    clients: list[Client]
    members: list[int]
    processes: dict[str, Filiere]
    consumers: list[Consumer] = field(default_factory=list)
    landed: Counter[str] = field(default_factory=Counter)

    @property
    def serve(self) -> Filiere:
        return self.processes["serve"]

    @contextlib.contextmanager
    def load(self) -> Iterator[None]:
        """Send as long as the context lasts."""
        stop = threading.Event()
        threads = [threading.Thread(target=client.run, args=(self.serve.url, stop)) for client in self.clients]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)

    def kill(self, name: str) -> None:
        """End a process without a word, and start it again."""
        process = self.processes[name]
        assert process.process is not None
        assert process.process.poll() is None
        process.kill()
        process.start()
        self.landed["kill -9"] += 1

    def kill_at(self, name: str, point: str) -> None:
        """Start a process that dies at a named point, wait until it has, and start it again."""
        process = self.processes[name]
        process.kill()
        process.crash_at = point
        with contextlib.suppress(servers.ServerUnavailableError):  # it may die of what it finds at its start
            process.start()
            assert process.wait_for_death(PATIENCE_SECONDS), f"{point} was never passed"
        assert process.crash_point()
        process.crash_at = ""
        process.start()
        self.landed[f"kill -9 at {point.partition(':')[0]}"] += 1

    def stop_for(self, name: str, seconds: float) -> None:
        """Stop a process where it is, for a while."""
        process = self.processes[name]
        process.freeze()
        assert process.process is not None
        time.sleep(seconds)
        state = Path(f"/proc/{process.process.pid}/stat").read_text().rpartition(")")[2].split()[0]
        process.thaw()
        assert state == "T"
        self.landed["SIGSTOP"] += 1

    def fill_disk(self, names: Sequence[str], seconds: float) -> None:
        """Let processes that share a disk write no file any further for a while, as when it is full."""
        processes = [process for name in names if (process := self.processes[name].process) is not None]
        put_off = sum(client.put_off for client in self.clients)
        for process in processes:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (0, resource.RLIM_INFINITY))
        time.sleep(seconds / 2)  # what was being published when the disk filled may still be written
        halfway = self.published()
        time.sleep(seconds / 2)
        refused = sum(client.put_off for client in self.clients) > put_off
        self.landed["full disk"] += refused or self.published() == halfway
        for process in processes:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    def published(self) -> int:
        with contextlib.suppress(httpx.HTTPError):
            answer = httpx.get(f"{self.serve.url}/log/checkpoint", timeout=5)
            if answer.status_code == 200:
                return int(answer.content.split(b"\n")[1])
        return 0

    @contextlib.contextmanager
    def database(self) -> Iterator[bootstrap.Database]:
        with bootstrap.open_database(read_settings(self.environment)) as database:
            yield database


def open_storm(environment: dict[str, str], tmp_path: Path, processes: dict[str, Filiere]) -> Storm:
    """Found an instance with four members; its processes are not started yet."""
    settings = read_settings(environment)
    with open_instance(settings.data_dir.parent, database_url=environment.get("FILIERE_DATABASE_URL", "")) as instance:
        senders = [instance.admit(f"client {n}", sharing=mode) for n, mode in enumerate(SHARING)]
    journal = Journal(tmp_path / "journal")
    clients = [Client(sender, n, journal, stays=True, pause=PAUSE) for n, sender in enumerate(senders, start=1)]
    storm = Storm(environment, journal, clients, [], processes)
    with storm.database() as database, database.unit_of_work() as uow:
        found = [uow.members.by_uri(sender.uri) for sender in senders]
    storm.members = [member.id for member in found if member is not None]
    return storm


def running(storm: Storm) -> Iterator[Storm]:
    """Start the consumers, and end everything at the end; what a fixture yields."""
    try:
        for consumer in storm.consumers:
            consumer.start()
        yield storm
    finally:
        for consumer in storm.consumers:
            consumer.stop.set()
        for process in storm.processes.values():
            process.kill()


def receive_at_broker(storm: Storm, broker: servers.RabbitMQ, url: str, folder: Path) -> None:
    """Give each member a user at a broker and a consumer of its queue; `url` names every node, with guest's rights."""
    topology = Topology()
    for client, member in zip(storm.clients, storm.members, strict=True):
        user = topology.member_user(member)
        broker.control("add_user", user, "secret of a test")
        permit(broker, member)
        own = url.replace("guest:guest", f"{user}:secret%20of%20a%20test")
        arrivals = Arrivals(folder / f"arrivals-{client.number}")
        storm.consumers.append(BrokerConsumer(arrivals, url=own, queue=topology.member_queue(member)))


def permit(broker: servers.RabbitMQ, member: int) -> None:
    """Give a member's user what the platform gives it."""
    topology = Topology()
    broker.control("set_permissions", topology.member_user(member), *topology.member_permissions(member))


def assert_nothing_is_lost(storm: Storm) -> None:
    """Compare what clients and consumers noted with what is stored; prints the counts."""
    indexes = send_everything_again(storm.journal, storm.clients, storm.serve.url)
    assert storm.journal.acknowledged.items() <= indexes.items(), "an acknowledged record has moved"
    wait(lambda: _is_relayed(storm), "the relay did not catch up")
    wanted = [_entitled(storm, number, indexes) for number in range(len(storm.clients))]
    for consumer, entitled in zip(storm.consumers, wanted, strict=True):
        wait(lambda: set(entitled) <= set(consumer.arrivals.digests), f"{consumer.name} did not get everything")  # noqa: B023 - called at once
    for client, consumer, entitled in zip(storm.clients, storm.consumers, wanted, strict=True):
        consumer.end()
        written = consumer.arrivals.path.read_text().splitlines()
        assert written == consumer.arrivals.digests
        assert set(written) == set(entitled), "somebody received what it may not see"
        assert consumer.arrivals.others <= {("key", client.sender.uri)}
        _assert_in_order(consumer.name, written, [d for d in entitled if d not in consumer.arrivals.again])
    checked = CliRunner().invoke(filiere, ["fsck", "--deep"], env=storm.environment)
    assert checked.exit_code == 0, checked.output
    received = [len(consumer.arrivals.digests) for consumer in storm.consumers]
    print(
        f"\nsent {len(storm.journal.sent)}, acknowledged {len(storm.journal.acknowledged)}, stored {len(indexes)}; "
        f"entitled {[len(each) for each in wanted]}, received with repetitions {received}; landed {dict(storm.landed)}"
    )


def _entitled(storm: Storm, number: int, indexes: dict[str, int]) -> list[str]:
    """What a member may see, in the order of the log: its own records, and those that are shared with the sector."""
    shared = {
        client.sender.uri
        for client, mode in zip(storm.clients, SHARING, strict=True)
        if mode is SharingMode.SECTOR or client is storm.clients[number]
    }
    mine = [d for d, envelope in storm.journal.sent.items() if parse_envelope(envelope).header.iss in shared]
    return sorted(mine, key=indexes.__getitem__)


def _is_relayed(storm: Storm) -> bool:
    with storm.database() as database, database.unit_of_work() as uow:
        return relayed_grants(uow) == uow.log.head().grants and not stopped_members(uow)


def _assert_in_order(name: str, arrived: list[str], entitled: list[str]) -> None:
    """All records in their order stand in what arrived: a repetition may come late, a first one never for good."""
    expected = iter(entitled)
    next_one = next(expected, None)
    for digest in arrived:
        if digest == next_one:
            next_one = next(expected, None)
    assert next_one is None, f"{name}: records did not arrive in the order of the log"


def wait(condition: Callable[[], object], what: str) -> None:
    """Wait for something that happens by itself, and that costs something to look at."""
    wait_until(condition, PATIENCE_SECONDS, what, pause=0.1)
