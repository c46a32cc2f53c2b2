"""What hands members what is theirs: over the bus, and to their webhooks."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable
from dataclasses import dataclass

from filiere_platform.blobs.key_files import Duty
from filiere_platform.bootstrap.broker import broker_topology
from filiere_platform.bootstrap.instance_keys import InstanceKeys
from filiere_platform.bus.dead_letters import BrokerDeadLetters
from filiere_platform.bus.embedded import EmbeddedBus
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.sealed_node import handle_key
from filiere_platform.domain.webhook_attempt import Patience
from filiere_platform.outbound.guard import Guard
from filiere_platform.outbound.webhook_sender import WebhookSender
from filiere_platform.store.database import Database
from filiere_platform.usecases.dead_letters import DeadLetters, Road, WebhookRoad
from filiere_platform.usecases.queue_road import QueueRoad
from filiere_platform.usecases.relay import Share
from filiere_platform.usecases.webhooks import WebhookKeeping
from filiere_platform.worker.finding_news import FindingTeller
from filiere_platform.worker.recalls import RecallFollower
from filiere_platform.worker.relay import Relay
from filiere_platform.worker.relay_shares import RelayShares
from filiere_platform.worker.webhooks import WebhookDeliverer

HOUR = 3_600.0  # seconds


@dataclass(frozen=True, kw_only=True)
class InstanceDeliveries(InstanceKeys):
    """The part of an open instance that delivers to addresses which members gave."""

    database: Database

    @property
    def is_embedded(self) -> bool:
        """Whether one process is the whole instance: no broker is set."""
        return not self.settings.broker_url

    @functools.cached_property
    def topology(self) -> Topology:
        """The names of this instance's exchanges and queues on the broker."""
        return broker_topology(self.settings)

    @functools.cached_property
    def bus(self) -> EmbeddedBus | RabbitBus:
        """The bus: RabbitMQ where a broker is set, else the one inside the process."""
        if self.settings.broker_url:
            return RabbitBus(self.settings.broker_url, topology=self.topology)
        return EmbeddedBus()

    def relay(self) -> RelayShares:
        """Build what relays this process's part of the members."""
        units, origin, clock = self.database, self.instance.origin, self.clock

        def of(share: Share) -> Relay:
            return Relay(
                units=units, leadership=units.leadership, bus=self.bus, origin=origin, clock=clock, share=share
            )

        count = self.settings.relay_shares
        return RelayShares(units=units, leadership=units.leadership, leaders=units.leaders, relay=of, count=count)

    def finding_teller(self) -> FindingTeller:
        """Build the worker that tells members of their findings."""
        units, origin, clock = self.database, self.instance.origin, self.clock
        return FindingTeller(units=units, leadership=units.leadership, bus=self.bus, origin=origin, clock=clock)

    @functools.cached_property
    def webhook_sender(self) -> WebhookSender:
        """What sends to webhooks, behind the guard."""
        hosts = frozenset(host.strip().lower() for host in self.settings.webhook_hosts.split(",") if host.strip())
        return WebhookSender(guard=Guard(allowed_hosts=hosts), seconds=self.settings.webhook_seconds, clock=self.clock)

    @functools.cached_property
    def webhook_keeping(self) -> WebhookKeeping:
        """What keeping webhooks needs; their secrets are sealed as those of people's apps are."""
        return WebhookKeeping(key=self.own_keys.session_secret(), refusal_of=self.webhook_sender.refusal_of)

    @functools.cached_property
    def dead_letters(self) -> DeadLetters:
        """The dead letters of every road."""
        roads: list[Road] = [WebhookRoad(self.database)]
        if self.settings.broker_url:
            queues = BrokerDeadLetters(
                self.settings.broker_url, topology=self.topology, leadership=self.database.leadership
            )
            roads.append(QueueRoad(queues, self.database))
        return DeadLetters(roads)

    def webhook_workers(self) -> dict[str, Callable[[threading.Event], None]]:
        """Build the worker of webhooks, by its name; none on a machine that cannot open their secrets."""
        signer = self.act_signer()
        if signer is None:
            return {}
        deliverer = WebhookDeliverer(
            units=self.database,
            keeping=self.webhook_keeping,
            sender=self.webhook_sender,
            signer=signer,
            origin=self.instance.origin,
            clock=self.clock,
            patience=Patience(until_pause=self.settings.webhook_pause_hours * HOUR),
        )
        return {"webhooks": deliverer.run}

    def recall_workers(self) -> dict[str, Callable[[threading.Event], None]]:
        """Build the worker that widens recalls, by its name; it changes nothing on a machine that signs no acts."""
        units = self.database
        return {"recalls": RecallFollower(units, units.leadership, self.clock, self.act_signer()).run}

    def act_signer(self) -> ActSigner | None:
        """With what acts are signed; None where the receipts' key is kept elsewhere."""
        key = self.own_keys.held(Duty.RECEIPT)
        return None if key is None else ActSigner(key=key, origin=self.instance.origin)

    def handle_key(self) -> bytes | None:
        """With what sealed nodes' handles and positions of streams are made; None likewise."""
        key = self.own_keys.held(Duty.RECEIPT)
        return None if key is None else handle_key(key.to_pem())
