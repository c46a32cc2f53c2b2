"""An instance with a broker, served by one process and worked by another, and companies that have users there."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from builders.company import Company, ServedInstance
from filiere_platform import bootstrap
from filiere_platform.bus.declaring import declare
from filiere_platform.bus.management import BrokerManagement
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.member import Member
from filiere_platform.settings import read_settings
from servers.filiere import Filiere
from servers.rabbitmq import RabbitMQ

PASSWORD = "of-a-company-17"


def give_user(broker: RabbitMQ, topology: Topology, member: Member, password: str) -> None:
    """Make a member's user at the broker, and its queues."""
    BrokerManagement(broker.management_url, broker_url=broker.url, topology=topology).make(member, password)
    declare(broker.url, topology.parts([member.id]))


class BrokeredInstance(ServedInstance):
    """An instance with a broker: one process serves, another one works."""

    topology: Topology
    broker: RabbitMQ

    def bring_to_broker(self, company: Company) -> str:
        """Give a company its user and queues; gives the address of the user at the broker, for `filiere.toml`."""
        with bootstrap.open_database(self.settings) as database, database.unit_of_work() as uow:
            member = uow.members.by_uri(company.uri)
        assert member is not None
        give_user(self.broker, self.topology, member, PASSWORD)
        return self.topology.member_user(member.id)


@contextlib.contextmanager
def brokered_instance(broker: RabbitMQ, folder: Path) -> Iterator[BrokeredInstance]:
    """Found an instance with a broker: one process serves, another one works."""
    topology = Topology(prefix=f"t{secrets.token_hex(4)}.")
    environment = {
        "FILIERE_DATA_DIR": str(folder / "data"),
        "FILIERE_PUBLISH_EVERY_MS": "20",
        "FILIERE_BROKER_URL": broker.url,
        "FILIERE_BROKER_PREFIX": topology.prefix,
    }
    settings = read_settings(environment, log_origin="log.test.example/filiere", sector="food")
    bootstrap.found(settings, name="Filière d'essai", now=bootstrap.system_clock())
    processes = [Filiere(command, environment, folder=folder) for command in ("serve", "worker")]
    for process in processes:
        process.start()
    served = BrokeredInstance(settings=settings, server=processes[0])
    served.topology, served.broker = topology, broker
    yield served
    for process in processes:
        process.stop()


def set_broker(company: Company, address: str) -> None:
    """Write where the broker is into the company's `filiere.toml`."""
    path = company.folder / "filiere.toml"
    lines = [line for line in path.read_text().splitlines() if not line.startswith("broker")]
    path.write_text("\n".join([f'broker = "{address}"', *lines, ""]))
