"""Both buses, and what members receive from each."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

import services
from filiere_platform.bus.embedded import EmbeddedBus
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.message import Message
from filiere_platform.store.database import Database
from mailboxes import BrokerMailboxes, EmbeddedMailboxes, Mailboxes

MEMBERS = (1, 2, 3)
RESET = """
TRUNCATE record, event, edge, node, digest, visibility_grant, relay_cursor, finding, finding_step, finding_news;
UPDATE member SET status = 'active';
UPDATE log_head SET size = 0, grants = 0, nodes = 0
"""


@dataclass(frozen=True, kw_only=True)
class Post:
    """A bus and its members' mailboxes."""

    bus: EmbeddedBus | RabbitBus
    mailboxes: Mailboxes


@dataclass(frozen=True, kw_only=True)
class Founded:
    """A database with three members, and where its broker is, None for the bus inside the process."""

    url: str
    database: Database
    broker_url: str | None


@pytest.fixture(scope="session")
def founded_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with a schema and three members, to be copied."""
    path = tmp_path_factory.mktemp("founded") / "founded.db"
    _found(f"sqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def founded_postgresql(postgresql_url: str) -> Iterator[str]:
    """A database with a schema and three members; `founded` empties it of everything else before each test."""
    url = services.create_database(postgresql_url)
    _found(url)
    yield url
    services.drop_database(url)


@pytest.fixture(params=["embedded", pytest.param("production", marks=(pytest.mark.postgresql, pytest.mark.rabbitmq))])
def founded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Founded]:
    """A founded database of either kind, and the address of its broker; neither is migrated for each test."""
    broker_url = None
    if request.param == "embedded":
        shutil.copy(request.getfixturevalue("founded_sqlite"), tmp_path / "filiere.db")
        url = f"sqlite:///{tmp_path / 'filiere.db'}"
    else:
        url = request.getfixturevalue("founded_postgresql")
        broker_url = request.getfixturevalue("rabbitmq_url")
        with psycopg.connect(url) as connection:
            connection.execute(RESET)
    database = Database.open(url)
    yield Founded(url=url, database=database, broker_url=broker_url)
    database.close()


def _found(url: str) -> None:
    database = Database.open(url)
    database.migrate()
    with database.unit_of_work() as uow:
        for number in MEMBERS:
            uow.members.add(f"urn:member:{number}", f"Member {number}", None, ())
    database.close()


@pytest.fixture(params=["embedded", pytest.param("rabbitmq", marks=pytest.mark.rabbitmq)])
def post(request: pytest.FixtureRequest, bus_prefix: str) -> Iterator[Post]:
    """Run the test once per bus."""
    if request.param == "embedded":
        bus = EmbeddedBus()
        mailboxes: Mailboxes = EmbeddedMailboxes(bus)
    else:
        url = request.getfixturevalue("rabbitmq_url")
        bus = RabbitBus(url, topology=Topology(prefix=bus_prefix))
        mailboxes = BrokerMailboxes(url, bus_prefix)
    mailboxes.open(MEMBERS)
    yield Post(bus=bus, mailboxes=mailboxes)
    bus.close()
    mailboxes.close()


@pytest.fixture
def broker(rabbitmq_url: str, bus_prefix: str) -> Iterator[BrokerMailboxes]:
    """The mailboxes of a RabbitMQ whose bus the test builds itself."""
    mailboxes = BrokerMailboxes(rabbitmq_url, bus_prefix)
    mailboxes.open(MEMBERS)
    yield mailboxes
    mailboxes.close()


@pytest.fixture
def message():
    """Build a message: its body is what its name makes it."""

    def build(name: str, *recipients: int, kind: str = "event", size: int = 0) -> Message:
        body = b'[{"id":"' + name.encode() + b'"' + b" " * size + b"}]"
        return Message(id=name, kind=kind, recipients=recipients, body=body)

    return build
