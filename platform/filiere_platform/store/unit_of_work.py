"""The unit of work: every store of one transaction; the edge that opened it commits."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property

from sqlmodel import Session

from filiere_platform.domain.member import Directory
from filiere_platform.domain.standing import require_open, require_whole
from filiere_platform.store.access_requests import AccessRequestStore
from filiere_platform.store.acts import ActStore
from filiere_platform.store.admission import AdmissionStore
from filiere_platform.store.capture_postgresql import PostgresqlCapture
from filiere_platform.store.capture_sqlite import SqliteCapture
from filiere_platform.store.case import CaseStore
from filiere_platform.store.chains import ChainStore
from filiere_platform.store.collection import CollectionStore
from filiere_platform.store.counter_entries import CounterEntryStore
from filiere_platform.store.cursors import CursorStore
from filiere_platform.store.directory import lock_head, read_directory, read_version
from filiere_platform.store.erasures import ErasureStore
from filiere_platform.store.event_gate import EventGate
from filiere_platform.store.findings import FindingStore
from filiere_platform.store.given_access import GivenAccessStore
from filiere_platform.store.grants import GrantStore
from filiere_platform.store.graph_memory import GraphMemory, GraphStore
from filiere_platform.store.graph_rebuild import GraphRebuildStore
from filiere_platform.store.guest_links import GuestLinkStore
from filiere_platform.store.identities import IdentityStore
from filiere_platform.store.instance import InstanceStore
from filiere_platform.store.jobs import JobStore
from filiere_platform.store.key_requests import KeyRequestStore
from filiere_platform.store.keys import KeyStore
from filiere_platform.store.links import LinkStore
from filiere_platform.store.log import LogStore
from filiere_platform.store.looks import LookStore
from filiere_platform.store.mandates import MandateStore
from filiere_platform.store.master_data import MasterDataStore
from filiere_platform.store.members import MemberStore
from filiere_platform.store.named_queries import NamedQueryStore
from filiere_platform.store.nodes import NodeStore
from filiere_platform.store.passkeys import PasskeyStore
from filiere_platform.store.people import PersonStore
from filiere_platform.store.person_sessions import PersonSessionStore
from filiere_platform.store.recall import RecallStore
from filiere_platform.store.recovery import RecoveryStore
from filiere_platform.store.sealed import DisclosureStore
from filiere_platform.store.standing import StandingStore
from filiere_platform.store.subscriptions import SubscriptionStore
from filiere_platform.store.supplier_invitations import PartnerInvitationStore
from filiere_platform.store.suppliers import SupplierStore
from filiere_platform.store.tokens import TokenStore
from filiere_platform.store.views import ViewGate
from filiere_platform.store.webhooks import WebhookStore
from filiere_schemas.sectors.sector_policies import SectorPolicies

Capture = PostgresqlCapture | SqliteCapture


class UnitOfWork:
    """What one transaction may read and write. Used by one thread, within `Database.unit_of_work`."""

    def __init__(
        self,
        session: Session,
        join_capture: Callable[[], Capture],
        memory: GraphMemory,
        promised: Callable[[], int],
        policies_of: Callable[[str], SectorPolicies],
    ) -> None:
        self._session = session
        self._join_capture = join_capture
        self._promised = promised
        self._policies_of = policies_of
        self.instance = InstanceStore(session)
        self.members = MemberStore(session)
        self.keys = KeyStore(session)
        self.key_requests = KeyRequestStore(session)
        self.tokens = TokenStore(session)
        self.events = EventGate(session)
        self.views = ViewGate(session, self.events, self.policies)
        self.disclosures = DisclosureStore(session)
        self.nodes = NodeStore(session)
        self.graph = GraphStore(session, memory, self.events)
        self.graph_rebuild = GraphRebuildStore(session)
        self.log = LogStore(session)
        self.grants = GrantStore(session)
        self.links = LinkStore(session)
        self.access_requests = AccessRequestStore(session)
        self.given_access = GivenAccessStore(session)
        self.mandates = MandateStore(session)
        self.guest_links = GuestLinkStore(session)
        self.looks = LookStore(session)
        self.collections = CollectionStore(session)
        self.jobs = JobStore(session)
        self.cursors = CursorStore(session)
        self.erasures = ErasureStore(session)
        self.standing = StandingStore(session)
        self.chains = ChainStore(session)
        self.findings = FindingStore(session)
        self.counter_entries = CounterEntryStore(session)
        self.people = PersonStore(session)
        self.identities = IdentityStore(session)
        self.passkeys = PasskeyStore(session)
        self.person_sessions = PersonSessionStore(session)
        self.recovery = RecoveryStore(session)
        self.acts = ActStore(session)
        self.admission = AdmissionStore(session)
        self.suppliers = SupplierStore(session)
        self.partner_invitations = PartnerInvitationStore(session)
        self.webhooks = WebhookStore(session)
        self.master_data = MasterDataStore(session)
        self.named_queries = NamedQueryStore(session)
        self.subscriptions = SubscriptionStore(session)
        self.recalls = RecallStore(session)
        self.cases = CaseStore(session)

    def policies(self) -> SectorPolicies:
        """Read what the instance's sector decides of balances, sharing, keeping and sealing."""
        return self._policies_of(self.instance.sector())

    def hand_out(self, now: int) -> None:
        """Write down for good what mandates have shown so far, for an answer that is handed out in parts.

        Raises:
            MandateOver: one of them is in force no longer; the rest must not be handed out.
        """
        if self.events.keep_looks(now):
            self._session.commit()

    def directory(self) -> Directory:
        """Read a snapshot of all members, keys and tokens."""
        return read_directory(self._session)

    def directory_version(self) -> int:
        """Read the version that a current snapshot has; one row."""
        return read_version(self._session)

    @cached_property
    def capture(self) -> Capture:
        """A capture joined to this unit: its records are committed with whatever else the unit changes, or not at all.

        For what is both in the log and in a table, as a key and its registration. `begin` takes the log head's lock
        until the unit ends.

        Raises:
            InstanceClosed: the instance takes no records now, or its database has lost what was signed.
        """
        lock_head(self._session)  # before the look, so that nobody closes the instance between it and the commit
        require_open(self.standing.read())
        require_whole(self.log.head().size, self._promised())
        return self._join_capture()

    @cached_property
    def readmission(self) -> Capture:
        """A capture joined to this unit, for what gives records back to the log while the instance is closed."""
        return self._join_capture()
