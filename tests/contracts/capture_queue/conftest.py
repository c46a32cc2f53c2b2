"""A broker of our own for the package, an instance that consumes its capture queue, and members with users there."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address
from pathlib import Path

import pika
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

import servers
from broker_programs import Program
from builders.brokered import BrokeredInstance, brokered_instance, give_user
from builders.instance import Instance, Sender, open_instance
from filiere_platform.bus.topology import Topology
from servers.process import free_port

PASSWORD = "of-a-program"


@dataclass(frozen=True, kw_only=True)
class Certificate:
    """Files of a key and of its certificate."""

    certificate: Path
    key: Path


def self_signed(folder: Path) -> Certificate:
    """Make a key and a certificate of it for 127.0.0.1."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "broker")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    builder = builder.add_extension(
        x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))]), critical=False
    )
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    made = Certificate(certificate=folder / "certificate.pem", key=folder / "key.pem")
    made.certificate.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    made.key.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return made


@pytest.fixture(scope="package")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """The broker's certificate, which signs itself, for this machine."""
    return self_signed(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="package")
def tls_port() -> int:
    """Where the broker speaks TLS."""
    return free_port()


@pytest.fixture(scope="package")
def broker(certificate: Certificate, tls_port: int) -> Iterator[servers.RabbitMQ]:
    configuration = (
        f"listeners.ssl.local = 127.0.0.1:{tls_port}\n"
        f"ssl_options.certfile = {certificate.certificate}\n"
        f"ssl_options.keyfile = {certificate.key}\n"
    )
    server = servers.RabbitMQ(plugins=("rabbitmq_management",), configuration=configuration)
    try:
        server.start()
        yield server
    finally:
        server.kill()  # in order it takes six seconds
        server.close()


@pytest.fixture(scope="package")
def brokered(broker: servers.RabbitMQ, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokeredInstance]:
    """An instance of two processes, for companies that use nothing but the connector's commands."""
    with brokered_instance(broker, tmp_path_factory.mktemp("brokered")) as served:
        yield served


@dataclass(kw_only=True)
class Member:
    """A member with a key, a token and a user at the broker."""

    id: int
    sender: Sender
    user: str
    queue: str
    dead: str


@dataclass(kw_only=True)
class House:
    """An instance on the broker."""

    instance: Instance
    broker: servers.RabbitMQ
    topology: Topology

    def admit(self, name: str) -> Member:
        sender = self.instance.admit(name)
        member = self.instance.member(sender.uri)
        give_user(self.broker, self.topology, member, PASSWORD)
        return Member(
            id=member.id,
            sender=sender,
            user=self.topology.member_user(member.id),
            queue=f"filiere.member.{member.id}",
            dead=f"filiere.dead.{member.id}",
        )

    def program(self, member: Member) -> Program:
        return Program("127.0.0.1", self.broker.port, member.user, PASSWORD, self.topology.prefix)

    def operator(self) -> Program:
        user, password = self.broker.credentials
        return Program("127.0.0.1", self.broker.port, user, password, self.topology.prefix)

    def waiting(self, queue: str = "filiere.capture") -> int:
        with contextlib.closing(pika.BlockingConnection(pika.URLParameters(self.broker.url))) as connection:
            name = f"{self.topology.prefix}{queue}"
            return connection.channel().queue_declare(name, passive=True).method.message_count


@pytest.fixture
def open_house(broker: servers.RabbitMQ, tmp_path: Path) -> Iterator[Callable[..., House]]:
    """Found instances on the broker; the options are those of `open_instance`."""
    with contextlib.ExitStack() as stack:

        def build(**options: object) -> House:
            topology = Topology(prefix=f"t{secrets.token_hex(4)}.")
            instance = stack.enter_context(
                open_instance(tmp_path, **{"broker_url": broker.url, "broker_prefix": topology.prefix, **options})
            )
            return House(instance=instance, broker=broker, topology=topology)

        yield build


@pytest.fixture
def house(open_house: Callable[..., House]) -> House:
    return open_house()
