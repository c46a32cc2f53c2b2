"""The worker of webhooks: sends each its stream, a slow one never in the way of the others.

Every process that runs it delivers; of a webhook one at a time, by a lease in the database that ends by itself when
its process is gone. Within a process so many requests are under way at once, and endpoints that have lately failed or
been slow share half of the places: the others always find one.
"""

from __future__ import annotations

import logging
import random
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final, Protocol

from filiere_platform.domain.audit import BY_ITSELF, ActSigner
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.storage import RowsRefused, StoreUnavailable
from filiere_platform.domain.webhook import Form, Webhook, WebhookState
from filiere_platform.domain.webhook_attempt import Attempt, Patience
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.webhook_delivery import Parcel, has_news, keep_outcome, take_parcel
from filiere_platform.usecases.webhooks import Doing, WebhookKeeping

log = logging.getLogger(__name__)

PLACES: Final = 16  # requests under way at once
SLOW_PLACES: Final = 8  # of them, for endpoints that are slow or failing
# All in seconds.
PAUSE: Final = 0.25  # until it is looked again what is due
FAILURE_PAUSE: Final = 2.0
SLOW: Final = 1.0  # an endpoint that took longer for its last request is slow
TURN: Final = 5.0  # for which one webhook holds its place while it has more
LEASE_MARGIN: Final = 5.0  # beyond the time of a request: for reading and keeping
_draw = random.SystemRandom().random


class Sender(Protocol):
    """Sends a signed body once."""

    @property
    def seconds(self) -> float:
        """The longest that one request takes."""

    def send(self, url: str, body: bytes, *, form: Form, message_id: str, secrets: list[bytes]) -> Attempt:
        """Send it; whatever happens is an answer of a kind."""


class WebhookDeliverer:
    """Delivers as long as it runs; `run` is a thread's body."""

    def __init__(
        self,
        *,
        units: UnitsOfWork,
        keeping: WebhookKeeping,
        sender: Sender,
        signer: ActSigner,
        origin: str,
        clock: Callable[[], int],
        patience: Patience,
        places: int = PLACES,
        slow_places: int = SLOW_PLACES,
    ) -> None:
        """Build a deliverer; `clock` gives microseconds since 1970."""
        self._units = units
        self._keeping = keeping
        self._sender = sender
        self._signer = signer
        self._origin = origin
        self._clock = clock
        self._patience = patience
        self._places = places
        self._slow_places = slow_places
        self._holder = secrets.token_hex(8)
        self._lease = sender.seconds + LEASE_MARGIN
        self._wake = threading.Event()
        self._lock = threading.Lock()
        self._busy: dict[str, bool] = {}  # webhook -> whether it takes a place of the slow ones
        self._slow: set[str] = set()
        self._seen: dict[str, int] = {}  # webhook -> the grant behind which nothing was there for it
        self._cursors: dict[str, int] = {}  # webhook -> its cursor when it was looked at last
        self._members: dict[int, Member] = {}
        self._directory_version = -1

    def run(self, stop: threading.Event) -> None:
        """Deliver until told to stop; requests that are under way are waited for."""
        with ThreadPoolExecutor(self._places, thread_name_prefix="webhook") as pool:
            while not stop.is_set():
                try:
                    for webhook in self._due():
                        pool.submit(self._turn, webhook, stop)
                except (StoreUnavailable, RowsRefused) as error:
                    log.warning("webhooks.wait", extra={"reason": str(error) or type(error).__name__})
                    stop.wait(FAILURE_PAUSE)
                except Exception:
                    # A worker that ended would be missed by nobody until a member asks; one that goes on is heard.
                    log.exception("webhooks.failed")
                    stop.wait(FAILURE_PAUSE)
                self._pause(stop)

    def _pause(self, stop: threading.Event) -> None:
        # Who has nothing under way is woken by nobody: then it is the end that is waited for, and not slept over.
        if self._busy or self._wake.is_set():
            self._wake.wait(PAUSE)
            self._wake.clear()
        else:
            stop.wait(PAUSE)

    def _due(self) -> list[Webhook]:
        """Choose whom something may be sent now, and take a place for each."""
        now = self._clock()
        with self._units.unit_of_work() as uow:
            found = uow.webhooks.due(now)
            if not found:
                return []
            head, letters = uow.log.head(), uow.webhooks.with_due_letters()
            if head.directory_version != self._directory_version:
                self._members = {member.id: member for member in uow.members.all()}
                self._directory_version = head.directory_version
            reached = {webhook.id: self._reached(webhook) for webhook in found}
            scheduled = uow.subscriptions.scheduled(reached)
            holders = uow.mandates.holders(now) if min(reached.values()) < head.grants else {}
            due = []
            for webhook in found:
                after = reached[webhook.id]
                member = self._members.get(webhook.member_id)
                if member is None or member.status is not MemberStatus.ACTIVE or webhook.id in self._busy:
                    continue
                runs = scheduled.get(webhook.id)
                if runs is not None:
                    is_due = runs.is_due(now)
                else:
                    is_due = after < head.grants and has_news(uow, webhook, holders, after=after)
                if is_due or webhook.id in letters:
                    due.append(webhook)
                else:
                    self._seen[webhook.id] = head.grants
        return [webhook for webhook in due if self._take_place(webhook)]

    def _reached(self, webhook: Webhook) -> int:
        """Say behind which grant something may be there; what was seen before a webhook was set back is forgotten."""
        if webhook.position < self._cursors.get(webhook.id, 0):
            self._seen.pop(webhook.id, None)
        self._cursors[webhook.id] = webhook.position
        return max(webhook.position, self._seen.get(webhook.id, 0))

    def _take_place(self, webhook: Webhook) -> bool:
        is_slow = webhook.failures > 0 or webhook.id in self._slow
        with self._lock:
            taken = sum(self._busy.values())
            if len(self._busy) >= self._places or (is_slow and taken >= self._slow_places):
                return False
            self._busy[webhook.id] = is_slow
            return True

    def _turn(self, webhook: Webhook, stop: threading.Event) -> None:
        """Deliver to one webhook until there is nothing more, it fails, or its turn is over."""
        ends = time.monotonic() + TURN
        try:
            while not stop.is_set() and time.monotonic() < ends and self._deliver(webhook.id):
                pass
            with self._units.unit_of_work() as uow:
                uow.webhooks.release(webhook.id, self._holder)
        except (StoreUnavailable, RowsRefused) as error:
            log.warning("webhooks.wait", extra={"reason": str(error) or type(error).__name__})
        except Exception:
            log.exception("webhooks.failed", extra={"webhook": webhook.id})
        finally:
            with self._lock:
                del self._busy[webhook.id]
            self._wake.set()

    def _deliver(self, webhook_id: str) -> bool:
        """Send one parcel and keep what came of it; says whether to go on at once."""
        now = self._clock()
        with self._units.unit_of_work() as uow:
            taken = take_parcel(
                uow,
                self._keeping,
                webhook_id,
                holder=self._holder,
                lease=self._lease,
                origin=self._origin,
                now=now,
            )
        if not isinstance(taken, Parcel):
            if taken is not None:
                self._seen[webhook_id] = taken.position
            return False
        began = time.monotonic()
        attempt = self._sender.send(
            taken.webhook.url,
            taken.body,
            form=taken.form,
            message_id=taken.message_id,
            secrets=list(taken.secrets),
        )
        (self._slow.add if time.monotonic() - began > SLOW else self._slow.discard)(webhook_id)
        doing = Doing(author=BY_ITSELF, signer=self._signer, now=self._clock())
        with self._units.unit_of_work() as uow:
            kept = keep_outcome(
                uow, taken, attempt, holder=self._holder, patience=self._patience, doing=doing, draw=_draw()
            )
        if kept is None:
            return False
        if kept.state is WebhookState.PAUSED:
            log.warning("webhooks.paused", extra={"webhook": webhook_id, "reason": kept.said})
        return kept.state is WebhookState.ACTIVE and kept.due_at <= doing.now
