"""One run of a workspace: map and sign what is new, send what waits, follow what was stored."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime

from filiere_connectors.broker_address import BrokerAddress
from filiere_connectors.client import Client, ServerAway, ServerOdd, ServerRefused
from filiere_connectors.delivery import Clock, Delivery, Disbelieved, RecordSender
from filiere_connectors.giving_back import give_back
from filiere_connectors.spool import Spool, open_spool
from filiere_connectors.spooling import Signer, Spooling, Summary, load_signer
from filiere_connectors.templates.workbook_file import Source
from filiere_connectors.workspace import Workspace, sole_runner
from filiere_schemas.problems import Refusal

_SHORTEST_PAUSE = 0.05  # seconds between two looks at the log


def system_clock() -> datetime:
    """The machine's clock, UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """Who is told how a run goes; each is called often and must return at once."""

    rows: Callable[[str, int], None] = lambda _flow, _rows: None
    sent: Callable[[int, int], None] = lambda _sent, _waiting: None
    waiting: Callable[[Refusal, float], None] = lambda _why, _seconds: None


@dataclass(slots=True, kw_only=True)
class RunReport:
    """What a run did. `stopped_by` is why it ended with records still waiting."""

    flows: list[Summary] = field(default_factory=list)
    stored: int = 0
    refused: int = 0
    published: int = 0
    queued: int = 0
    given_back: int = 0
    refused_sources: list[Refusal] = field(default_factory=list)
    stopped_by: Refusal | None = None

    @property
    def problems(self) -> int:
        """How many things a person should look at."""
        return sum(each.quarantined for each in self.flows) + self.refused + len(self.refused_sources)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """How a run should go.

    Attributes:
        corrections: declare changed rows erroneous and send what they say now.
        patience: seconds for which an instance that is away is tried again before the run ends.
        publish_patience: seconds for which the run waits for the log's next head.
    """

    corrections: bool = False
    patience: float = 60.0
    publish_patience: float = 0.0


def run_once(
    workspace: Workspace,
    flows: Sequence[Source],
    *,
    wishes: Wishes = Wishes(),
    watch: Watch = Watch(),
    clock: Clock = system_clock,
    sleep: Callable[[float], None] = time.sleep,
) -> RunReport:
    """Run every flow once and send what the spool holds.

    A source that cannot be read does not keep the others from being read, nor the spool from being sent.

    Raises:
        WorkspaceProblem: the workspace lacks something, another run holds it, or the disk is full.
        UnreadablePrivateKey: the signing key cannot be read.
    """
    signer = load_signer(workspace)
    token = workspace.read_token()
    trust = workspace.trust()
    broker = workspace.broker_address()
    report = RunReport()
    with sole_runner(workspace), open_spool(workspace.spool_path) as spool:
        spool.identify(member=signer.member, kid=signer.key.public.thumbprint, origin=signer.origin)
        _spool_all(spool, signer, flows, report, corrections=wishes.corrections, watch=watch, clock=clock)
        batch = min((flow.batch for flow in flows), default=100)
        with Client(workspace.url, token=token) as client, _sender(broker, client) as sender:
            report.given_back = _give_back(spool, client)
            delivery = Delivery(spool, client, trust, clock=clock, batch=batch, sender=sender)
            _deliver(spool, delivery, report, wishes=wishes, watch=watch, sleep=sleep)
        report.queued = spool.counts()["queued"]
    return report


def _sender(broker: BrokerAddress | None, client: Client) -> AbstractContextManager[RecordSender]:
    """Choose the way of the records: the broker where one is set, else the client."""
    if broker is None:
        return nullcontext(client)
    from filiere_connectors.broker_sending import BrokerSender

    return BrokerSender(broker, client)


def _spool_all(
    spool: Spool,
    signer: Signer,
    flows: Sequence[Source],
    report: RunReport,
    *,
    corrections: bool,
    watch: Watch,
    clock: Clock,
) -> None:
    from filiere_connectors.sources.csv_file import SourceRefused

    for flow in flows:
        spooling = Spooling(
            flow,
            spool,
            signer,
            clock=clock,
            corrections=corrections,
            on_row=functools.partial(watch.rows, flow.name),
        )
        try:
            spooling.run()
        except SourceRefused as refused:
            report.refused_sources.append(refused)
        report.flows.append(spooling.summary)


def _give_back(spool: Spool, client: Client) -> int:
    """Give back what the instance has lost, before anything new; what keeps it from answering, sending will meet."""
    try:
        return give_back(spool, client)
    except (ServerAway, ServerRefused, ServerOdd):
        return 0


def _deliver(
    spool: Spool,
    delivery: Delivery,
    report: RunReport,
    *,
    wishes: Wishes,
    watch: Watch,
    sleep: Callable[[float], None],
) -> None:
    """Send until nothing waits, then look whether the log proves it; stop where a person has to act."""
    ends_at = time.monotonic() + wishes.patience
    while True:
        wait = delivery.wait_seconds()
        if wait > 0:
            if report.stopped_by is not None and time.monotonic() + wait > ends_at:
                return
            if report.stopped_by is not None:
                watch.waiting(report.stopped_by, wait)
                sleep(wait)
        try:
            sent = delivery.send_next()
        except ServerAway as away:
            report.stopped_by = away
            continue
        except (ServerRefused, ServerOdd, Disbelieved) as refused:
            report.stopped_by = refused
            return
        report.stopped_by = None
        if sent is None:
            break
        report.stored += sent.stored
        report.refused += sent.refused
        watch.sent(report.stored, spool.counts()["queued"])
    _follow(spool, delivery, report, patience=wishes.publish_patience, sleep=sleep)


def _follow(
    spool: Spool, delivery: Delivery, report: RunReport, *, patience: float, sleep: Callable[[float], None]
) -> None:
    ends_at = time.monotonic() + patience
    while True:
        try:
            report.published += delivery.follow()
        except (ServerAway, ServerRefused, ServerOdd, Disbelieved) as refused:
            report.stopped_by = refused
            return
        if not spool.counts()["stored"] or time.monotonic() >= ends_at:
            return
        sleep(_SHORTEST_PAUSE)
