"""What the HTTP edge is handed by the composition root: every router is a function of these."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from filiere_platform.api.metrics import Metrics
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.callers import Callers
from filiere_platform.domain.page_token import page_key
from filiere_platform.domain.sealed_node import handle_key
from filiere_platform.usecases.capture import Capture, Intake
from filiere_platform.usecases.collection import KnownMembers
from filiere_platform.usecases.dead_letters import DeadLetters
from filiere_platform.usecases.directory import DirectoryCache
from filiere_platform.usecases.keys import Registrar
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.open_streams import OpenStreams
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.report import Reporting
from filiere_platform.usecases.tokens import TokenUses
from filiere_platform.usecases.webhooks import WebhookKeeping
from filiere_schemas.provenance.trust import Trust
from filiere_schemas.sectors.balance import NO_RULES, BalanceRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a stranger may send at most."""

    body_bytes: int
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a router may use."""

    units: UnitsOfWork
    files: LogFiles
    directory: DirectoryCache
    capture: Capture
    intake: Intake
    limits: Limits
    origin: str
    base_url: str
    registrar: Callable[[], Registrar | None]  # loaded on demand; None where nobody is known to be one
    trust: Callable[[], Trust | None]  # loaded on demand; None where one of the instance's keys is kept elsewhere
    callers: Callers
    wake_jobs: Callable[[], None]
    metrics: Metrics
    streams: OpenStreams
    webhooks: WebhookKeeping
    dead_letters: DeadLetters
    stream_name: Callable[[int], str] | None  # of a member, on the broker; None: there is none
    reporting: Callable[[], Reporting]  # the sector's reports, read when somebody first asks for one
    names_members: bool = False  # behind sealed nodes, where a member says nothing of it: the sector's word
    balance_rules: BalanceRules = NO_RULES  # the sector's: tolerances, yields, equivalences
    token_uses: TokenUses = field(default_factory=TokenUses)
    known_members: KnownMembers = field(default_factory=KnownMembers)

    @property
    def handle_key(self) -> bytes:
        """With what the handles of sealed nodes are made."""
        return handle_key(self.capture.receipt_key.to_pem())

    @property
    def page_key(self) -> bytes:
        """With what the tokens of next pages are made."""
        return page_key(self.capture.receipt_key.to_pem())

    @property
    def act_signer(self) -> ActSigner:
        """With what acts of administration are signed."""
        return ActSigner(key=self.capture.receipt_key, origin=self.origin)
