"""Both buses, and what members receive from each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from filiere_platform.bus.embedded import EmbeddedBus
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.message import Message
from mailboxes import BrokerMailboxes, EmbeddedMailboxes, Mailboxes

MEMBERS = (1, 2, 3)


@dataclass(frozen=True, kw_only=True)
class Post:
    """A bus and its members' mailboxes."""

    bus: EmbeddedBus | RabbitBus
    mailboxes: Mailboxes


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
