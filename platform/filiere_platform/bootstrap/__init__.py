"""The composition root: the only place that builds objects and knows which implementation stands behind a port."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from filiere_platform.api import asyncapi, exports, metrics
from filiere_platform.api import instance as instance_routes
from filiere_platform.api import log as log_routes
from filiere_platform.api import recovery as recovery_routes
from filiere_platform.api.app import create_app
from filiere_platform.api.instance import PublicKeys
from filiere_platform.api.services import Services
from filiere_platform.blobs.key_files import Duty
from filiere_platform.bootstrap.broker import broker_keeping, broker_workers, stream_name
from filiere_platform.bootstrap.capturing import capture_workers, limits_of
from filiere_platform.bootstrap.deliveries import InstanceDeliveries
from filiere_platform.bootstrap.founding import Founded, found, open_database, system_clock
from filiere_platform.bootstrap.sector import handed_of, judging_profile, refusing_profile, watch_of
from filiere_platform.bootstrap.sign_in import provider_door
from filiere_platform.bootstrap.watching import Process, shown, watching_routers
from filiere_platform.bus.asyncapi import asyncapi_document
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.callers import Callers, Rates
from filiere_platform.domain.instant import moment
from filiere_platform.domain.standing import State
from filiere_platform.settings import RetentionMode, Settings, SettingsError
from filiere_platform.tiles.folder import TileFolder
from filiere_platform.tiles.statements import StatementFolder
from filiere_platform.usecases.capture import Capture, Clock
from filiere_platform.usecases.closing import close_if_behind
from filiere_platform.usecases.directory import DirectoryCache, directory_of
from filiere_platform.usecases.log_state import log_state_reader
from filiere_platform.usecases.open_streams import OpenStreams
from filiere_platform.usecases.passkeys import Passkeys
from filiere_platform.usecases.recovery import Recovery
from filiere_platform.usecases.sign_in import Door
from filiere_platform.web import pages
from filiere_platform.web.visit import PageServices
from filiere_platform.worker.chains import ChainFollower
from filiere_platform.worker.findings import FindingFollower
from filiere_platform.worker.intake import Intake
from filiere_platform.worker.jobs import JobRunner
from filiere_platform.worker.links import LinkFollower
from filiere_platform.worker.mandates import MandateFollower
from filiere_platform.worker.publisher import Publisher
from filiere_platform.worker.retention import RetentionKeeper
from filiere_platform.worker.threads import Workers
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.sectors.sector_policies import SectorPolicies

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
class Platform(InstanceDeliveries):
    """An open instance: builds what a process needs, each part once."""

    is_scratch: bool = False  # a restored copy to look at: no worker of it ever runs

    @functools.cached_property
    def files(self) -> TileFolder:
        """The log's files."""
        return TileFolder(self.settings.data_dir)

    @functools.cached_property
    def statements(self) -> StatementFolder:
        """What is kept of the log's statements beside its files."""
        return StatementFolder(self.settings.data_dir)

    def asyncapi(self) -> dict[str, Any]:
        """Describe what passes on the broker and beside it."""
        return asyncapi_document(self.topology, origin=self.instance.origin, base_url=self.settings.base_url)

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
            sealable=self.policies.sealable,
            profile=refusing_profile(self.settings, self.instance.sector),
            promised=self.database.promised,
        )

    @property
    def policies(self) -> SectorPolicies:
        """What the sector says of balances, sharing, keeping and sealing."""
        return self.database.policies_of(self.instance.sector)

    @property
    def default_sharing(self) -> SharingMode:
        """How far an event is shared when neither it nor its member says so: as set, else as the sector says."""
        return self.settings.default_sharing or SharingMode(self.policies.sharing.default)

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
            sealable=self.policies.sealable,
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

    def link_follower(self) -> LinkFollower:
        """Build the worker that extends grants."""
        return LinkFollower(units=self.database, leadership=self.database.leadership)

    def mandate_follower(self) -> MandateFollower:
        """Build the worker that turns mandates into grants."""
        units, signer = self.database, self.act_signer()
        return MandateFollower(units=units, leadership=units.leadership, clock=self.clock, signer=signer)

    def retention_keeper(self) -> RetentionKeeper:
        """Build what applies the sector's retention rules; where the setting only reports, without a key."""
        applies = self.settings.retention is RetentionMode.APPLY
        return RetentionKeeper(
            store=self.database,
            leadership=self.database.leadership,
            retention=self.policies.retention,
            receipt_key=self.key(Duty.RECEIPT) if applies else None,
            origin=self.instance.origin,
            clock=self.clock,
        )

    def chain_follower(self) -> ChainFollower:
        """Build the worker that follows keys' chains."""
        return ChainFollower(units=self.database, leadership=self.database.leadership, grace=self.settings.chain_grace)

    def finding_follower(self) -> FindingFollower:
        """Build the worker that judges declarations under identifiers of others, event hashes, the sector's rules."""
        profile = judging_profile(self.settings, self.instance.sector)
        watch = watch_of(self.settings, self.instance.sector)
        return FindingFollower(units=self.database, leadership=self.database.leadership, profile=profile, watch=watch)

    def run_workers(self, stop: threading.Event, *, listen: tuple[str, int] | None = None) -> None:
        """Run the workers until told to stop; shows at an address, where one is given, how the process is.

        Raises:
            SettingsError: this is a scratch copy, or nobody can listen there.
        """
        if self.is_scratch:
            raise SettingsError("this is a scratch copy: it neither signs nor delivers")
        workers = self._workers(stop)
        intake = self._intake(on_commit=workers.wake)
        workers = workers.beside(self._consumers(intake), stop)
        process = Process(intake=intake, workers=workers, stop=stop)
        with shown(watching_routers(self.metrics, self.settings, self.database, self.files, process), listen):
            intake.start()
            workers.start()
            stop.wait()
            workers.join()
            intake.stop()  # after the consumer, which waits for what it has handed over
            self.bus.close()

    def application(self, *, with_workers: bool | None = None) -> FastAPI:
        """Build the ASGI application with its intake and jobs; embedded, the publisher and the relay run inside."""
        inside = self.is_embedded if with_workers is None else with_workers
        stop = threading.Event()
        workers = self._workers(stop) if inside else Workers()
        intake = self._intake(on_commit=workers.wake)
        if inside:
            workers = workers.beside(self._consumers(intake), stop)
        signer = ActSigner(key=self.capture.receipt_key, origin=self.instance.origin)
        jobs = JobRunner(self.database, self.database.leadership, intake, self.clock, signer)

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

        process = Process(intake=intake, workers=workers)
        services = self._services(intake, jobs)
        sharing = self.policies.sharing
        public_keys = PublicKeys.held(self.own_keys, self.instance.origin)
        signers = exports.Signers.held(self.own_keys, self.instance.name, trust=self._held_trust, clock=self.clock)
        return create_app(
            services,
            extra_routers=(
                exports.router(services, signers),
                pages.router(self._page_services()),
                recovery_routes.router(services, self.recovery),
                log_routes.router(self.database, self.files),
                instance_routes.router(self.instance, public_keys, self.policies.sealable, sharing.public_fields),
                asyncapi.router(self.asyncapi()),
                *watching_routers(self.metrics, self.settings, self.database, self.files, process),
            ),
            on_start=start,
            on_stop=end,
        )

    def _intake(self, *, on_commit: Callable[[], None]) -> Intake:
        return Intake(
            self.capture,
            self.database,
            self.directory,
            group_size=self.settings.group_size,
            max_queued=self.settings.max_queued,
            observer=self.metrics,
            on_commit=on_commit,
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
            provider=None
            if door is None or secret is None
            else provider_door(self.settings, self.database, door, secret=secret),
            passkeys=passkeys,
            callers=self.callers,
            act_signer=self.act_signer,
            trust=self._held_trust(),
            handle_key=self.handle_key(),
            default_sharing=self.default_sharing,
            **handed_of(self.settings, self.instance.sector, self.policies),
            is_secure=self.settings.base_url.startswith("https://"),
            base_url=self.settings.base_url,
            webhooks=self.webhook_keeping,
            dead_letters=self.dead_letters,
            stream_name=stream_name(self.settings),
            broker_keeping=broker_keeping(self.settings),
        )

    def _services(self, intake: Intake, jobs: JobRunner) -> Services:
        return Services(
            units=self.database,
            files=self.files,
            directory=self.directory,
            capture=self.capture,
            intake=intake,
            limits=limits_of(self.settings),
            origin=self.instance.origin,
            base_url=self.settings.base_url,
            registrar=self.own_keys.registrar,
            trust=self._held_trust,
            callers=self.callers,
            wake_jobs=jobs.wake,
            metrics=self.metrics,
            streams=OpenStreams(self.database),
            webhooks=self.webhook_keeping,
            dead_letters=self.dead_letters,
            stream_name=stream_name(self.settings),
            **handed_of(self.settings, self.instance.sector, self.policies),
        )

    def _consumers(self, intake: Intake) -> dict[str, Callable[[threading.Event], None]]:
        if self.is_embedded or self.is_scratch:
            return {}
        return capture_workers(self.settings, self.database, self.capture, intake=intake, metrics=self.metrics)

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
            "findings": self.finding_follower().run,
        }
        bodies |= self.webhook_workers() | self.recall_workers()
        bodies["finding-news"] = self.finding_teller().run
        bodies |= broker_workers(self.settings, self.database, origin=self.instance.origin, clock=self.clock)
        return Workers.of(bodies, stop, wake=relay.wake)
