"""The composition root: the only place that builds objects and knows which implementation stands behind a port."""

from __future__ import annotations

import functools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from fastapi import FastAPI

from filiere_platform.api import exports, health, metrics
from filiere_platform.api import instance as instance_routes
from filiere_platform.api import log as log_routes
from filiere_platform.api import recovery as recovery_routes
from filiere_platform.api.app import create_app
from filiere_platform.api.instance import PublicKeys
from filiere_platform.api.services import Limits, Services
from filiere_platform.blobs.key_files import Duty
from filiere_platform.bootstrap.broker import broker_keeping, broker_workers
from filiere_platform.bootstrap.founding import Founded, found, open_database, system_clock
from filiere_platform.bootstrap.instance_keys import InstanceKeys
from filiere_platform.bus.embedded import EmbeddedBus
from filiere_platform.bus.rabbitmq import RabbitBus
from filiere_platform.bus.topology import Topology
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.callers import Callers, Rates
from filiere_platform.domain.instant import moment
from filiere_platform.domain.sealed_node import handle_key
from filiere_platform.domain.standing import State
from filiere_platform.outbound.provider import provider_fetch
from filiere_platform.settings import RetentionMode, Settings, SettingsError
from filiere_platform.store.database import Database
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.tiles.statements import StatementFolder
from filiere_platform.usecases.capture import Capture, Clock
from filiere_platform.usecases.closing import close_if_behind
from filiere_platform.usecases.directory import DirectoryCache, directory_of
from filiere_platform.usecases.identity_provider import Client, IdentityProvider
from filiere_platform.usecases.log_state import log_state_reader
from filiere_platform.usecases.passkeys import Passkeys
from filiere_platform.usecases.provider_sign_in import ProviderDoor
from filiere_platform.usecases.recovery import Recovery
from filiere_platform.usecases.sign_in import Door
from filiere_platform.web import pages
from filiere_platform.web.visit import PageServices
from filiere_platform.worker.chains import ChainFollower
from filiere_platform.worker.intake import Intake
from filiere_platform.worker.jobs import JobRunner
from filiere_platform.worker.links import LinkFollower
from filiere_platform.worker.mandates import MandateFollower
from filiere_platform.worker.ownership import OwnershipFollower
from filiere_platform.worker.publisher import Publisher
from filiere_platform.worker.relay import Relay
from filiere_platform.worker.retention import RetentionKeeper
from filiere_platform.worker.threads import Workers
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.sectors.balance import read_balance_rules
from filiere_schemas.sectors.retention import read_retention
from filiere_schemas.sectors.sealable import Sealable, read_sealable
from filiere_schemas.sectors.sharing import read_sharing

__all__ = ["Founded", "Platform", "found", "open_database", "open_platform", "system_clock"]


@contextmanager
def open_platform(settings: Settings, *, clock: Clock = system_clock) -> Iterator[Platform]:
    """Open an instance that was founded.

    Raises:
        SettingsError: it was not: `filiere init` comes first.
    """
    with open_database(settings) as database:
        if not database.is_ready():
            database.migrate()
        with database.unit_of_work() as uow:
            instance, is_scratch = uow.instance.read(), uow.standing.read().state is State.SCRATCH
        if instance is None:
            msg = "no instance here yet: run `filiere init` first"
            raise SettingsError(msg)
        yield Platform(settings=settings, database=database, instance=instance, clock=clock, is_scratch=is_scratch)


@dataclass(frozen=True, kw_only=True)
class Platform(InstanceKeys):
    """An open instance: builds what a process needs, each part once."""

    database: Database
    is_scratch: bool = False  # a restored copy to look at: no worker of it ever runs

    @property
    def is_embedded(self) -> bool:
        """Whether one process is the whole instance: no broker is set."""
        return not self.settings.broker_url

    @functools.cached_property
    def files(self) -> TileFolder:
        """The log's files."""
        return TileFolder(self.settings.data_dir)

    @functools.cached_property
    def statements(self) -> StatementFolder:
        """What is kept of the log's statements beside its files."""
        return StatementFolder(self.settings.data_dir)

    @functools.cached_property
    def bus(self) -> EmbeddedBus | RabbitBus:
        """The bus: RabbitMQ where a broker is set, else the one inside the process."""
        if self.settings.broker_url:
            return RabbitBus(self.settings.broker_url, topology=self.topology)
        return EmbeddedBus()

    @functools.cached_property
    def topology(self) -> Topology:
        """The names of this instance's exchanges and queues on the broker."""
        return Topology(prefix=self.settings.broker_prefix)

    @functools.cached_property
    def directory(self) -> DirectoryCache:
        """The members, kept current."""
        return directory_of(self.database)

    @functools.cached_property
    def callers(self) -> Callers:
        """Who called how often, of this process."""
        settings = self.settings
        return Callers(
            Rates(
                token=settings.requests_per_token,
                person=settings.requests_per_person,
                address=settings.requests_per_address,
            )
        )

    @functools.cached_property
    def capture(self) -> Capture:
        """The capture path."""
        return Capture(
            origin=self.instance.origin,
            # A scratch copy has no keys and takes no records: what it could sign is thrown away with the key.
            receipt_key=SigningKey.generate() if self.is_scratch else self.key(Duty.RECEIPT),
            default_sharing=self.default_sharing,
            clock=self.clock,
            sealable=self.sealable,
            promised=self.database.promised,
        )

    @functools.cached_property
    def sealable(self) -> Sealable:
        """What the sector allows its members to seal."""
        return read_sealable(self.instance.sector)

    @property
    def default_sharing(self) -> SharingMode:
        """How far an event is shared when neither it nor its member says so: as set, else as the sector says."""
        return self.settings.default_sharing or SharingMode(read_sharing(self.instance.sector).default)

    @functools.cached_property
    def metrics(self) -> metrics.Metrics:
        """What this process counts."""
        counted = metrics.Metrics()
        counted.watch(log_state_reader(self.database, self.files, self.clock))
        return counted

    def recovery(self) -> Recovery:
        """Build what gives the database back what it has lost; on a machine that holds the receipts' key."""
        return Recovery(
            units=self.database,
            files=self.files,
            statements=self.statements,
            origin=self.instance.origin,
            receipt_key=self.key(Duty.RECEIPT),
            registrar=self.public_key(Duty.REGISTRAR),
            default_sharing=self.default_sharing,
            sealable=self.sealable,
            clock=self.clock,
        )

    def publisher(self) -> Publisher:
        """Build the publisher, and the witnesses that it asks."""
        return Publisher(
            units=self.database,
            leadership=self.database.leadership,
            files=self.files,
            signer=self.log_signing.signer,
            pause=self.settings.publish_every_ms / 1_000,
            clock=lambda: moment(self.clock()),
            statements=self.statements,
            known_heads=self.log_signing.witnesses.known_heads,
        )

    def relay(self) -> Relay:
        """Build the relay."""
        units, origin = self.database, self.instance.origin
        return Relay(units=units, leadership=units.leadership, bus=self.bus, origin=origin, clock=self.clock)

    def link_follower(self) -> LinkFollower:
        """Build the worker that extends grants."""
        return LinkFollower(units=self.database, leadership=self.database.leadership)

    def mandate_follower(self) -> MandateFollower:
        """Build the worker that turns mandates into grants."""
        units, signer = self.database, self._act_signer()
        return MandateFollower(units=units, leadership=units.leadership, clock=self.clock, signer=signer)

    def retention_keeper(self) -> RetentionKeeper:
        """Build what applies the sector's retention rules; where the setting only reports, without a key."""
        applies = self.settings.retention is RetentionMode.APPLY
        return RetentionKeeper(
            store=self.database,
            leadership=self.database.leadership,
            retention=read_retention(self.instance.sector),
            receipt_key=self.key(Duty.RECEIPT) if applies else None,
            origin=self.instance.origin,
            clock=self.clock,
        )

    def chain_follower(self) -> ChainFollower:
        """Build the worker that follows keys' chains."""
        return ChainFollower(units=self.database, leadership=self.database.leadership, grace=self.settings.chain_grace)

    def ownership_follower(self) -> OwnershipFollower:
        """Build the worker that looks for declarations under identifiers of others."""
        return OwnershipFollower(units=self.database, leadership=self.database.leadership)

    def run_workers(self, stop: threading.Event) -> None:
        """Run the workers until told to stop."""
        if self.is_scratch:
            raise SettingsError("this is a scratch copy: it neither signs nor delivers")
        workers = self._workers(stop)
        workers.start()
        stop.wait()
        workers.join()
        self.bus.close()

    def application(self, *, with_workers: bool | None = None) -> FastAPI:
        """Build the ASGI application with its intake and jobs; embedded, the publisher and the relay run inside."""
        inside = self.is_embedded if with_workers is None else with_workers
        stop = threading.Event()
        workers = self._workers(stop) if inside else Workers()
        intake = Intake(
            self.capture,
            self.database,
            self.directory,
            group_size=self.settings.group_size,
            max_queued=self.settings.max_queued,
            observer=self.metrics,
            on_commit=workers.wake,
        )
        jobs = JobRunner(self.database, self.database.leadership, intake, self.clock)

        def start() -> None:
            if not self.is_scratch:
                close_if_behind(self.database, self.files, now=self.clock())
            intake.start()
            jobs.start()
            workers.start()

        def end() -> None:
            jobs.stop()
            intake.stop()
            stop.set()  # after the intake: what it stored last is still published and relayed
            workers.join()
            if inside:
                self.bus.close()

        services = self._services(intake, jobs)
        sharing = read_sharing(self.instance.sector)
        public_keys = PublicKeys.held(self.own_keys, self.instance.origin)
        signers = exports.Signers.held(self.own_keys, self.instance.name, trust=self._held_trust, clock=self.clock)
        return create_app(
            services,
            extra_routers=(
                exports.router(services, signers),
                pages.router(self._page_services()),
                recovery_routes.router(services, self.recovery),
                log_routes.router(self.database, self.files),
                instance_routes.router(self.instance, public_keys, self.sealable, sharing.public_fields),
                metrics.router(self.metrics),
                health.router(
                    {
                        "database": health.database_check(self.database.is_ready),
                        "writer": health.threads_check(lambda: intake.is_alive),
                        "workers": health.threads_check(lambda: workers.are_alive),
                        "publisher": health.publisher_check(self.files),
                    }
                ),
            ),
            on_start=start,
            on_stop=end,
        )

    def _page_services(self) -> PageServices:
        """What the pages are handed; they verify where every public key of the instance is on this machine."""
        secret = self.own_keys.session_secret()
        door = None if secret is None else Door(self.database, secret=secret)
        passkeys = None
        if door is not None and secret is not None:
            where = {"base_url": self.settings.base_url, "name": self.instance.name}
            passkeys = Passkeys(self.database, door, secret=secret, **where)
        return PageServices(
            units=self.database,
            files=self.files,
            directory=self.directory,
            name=self.instance.name,
            origin=self.instance.origin,
            clock=self.clock,
            session_secret=secret,
            door=door,
            provider=None if door is None or secret is None else self._provider_door(door, secret),
            passkeys=passkeys,
            callers=self.callers,
            act_signer=self._act_signer,
            trust=self._held_trust(),
            handle_key=self._handle_key(),
            default_sharing=self.default_sharing,
            names_members=read_sharing(self.instance.sector).names_members,
            balance_rules=read_balance_rules(self.instance.sector),
            is_secure=self.settings.base_url.startswith("https://"),
            base_url=self.settings.base_url,
            broker_keeping=broker_keeping(self.settings),
        )

    def _handle_key(self) -> bytes | None:
        key = self.own_keys.held(Duty.RECEIPT)
        return None if key is None else handle_key(key.to_pem())

    def _provider_door(self, door: Door, secret: bytes) -> ProviderDoor | None:
        """Build the way in through an identity provider, where one is set."""
        settings = self.settings
        if not settings.oidc_issuer:
            return None
        client = Client(
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            client_secret=settings.oidc_client_secret,
            redirect_uri=f"{settings.base_url}/sign-in/provider/back",
            name=settings.oidc_name,
        )
        provider = IdentityProvider(client, provider_fetch(settings.oidc_issuer))
        return ProviderDoor(self.database, door, provider, secret=secret)

    def _act_signer(self) -> ActSigner | None:
        key = self.own_keys.held(Duty.RECEIPT)
        return None if key is None else ActSigner(key=key, origin=self.instance.origin)

    def _services(self, intake: Intake, jobs: JobRunner) -> Services:
        return Services(
            units=self.database,
            files=self.files,
            directory=self.directory,
            capture=self.capture,
            intake=intake,
            limits=Limits(body_bytes=self.settings.max_body_bytes, records=self.settings.max_records),
            origin=self.instance.origin,
            base_url=self.settings.base_url,
            registrar=self.own_keys.registrar,
            trust=self._held_trust,
            callers=self.callers,
            wake_jobs=jobs.wake,
            metrics=self.metrics,
            names_members=read_sharing(self.instance.sector).names_members,
            balance_rules=read_balance_rules(self.instance.sector),
        )

    def _workers(self, stop: threading.Event) -> Workers:
        if self.is_scratch:
            return Workers()
        relay = self.relay()
        bodies = {
            "publisher": self.publisher().run,
            "relay": relay.run,
            "retention": self.retention_keeper().run,
            "chains": self.chain_follower().run,
            "links": self.link_follower().run,
            "mandates": self.mandate_follower().run,
            "ownership": self.ownership_follower().run,
        }
        bodies |= broker_workers(self.settings, self.database)
        return Workers.of(bodies, stop, wake=relay.wake)
