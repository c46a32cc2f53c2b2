"""The bus of an instance that is one process: messages reach the subscribers that are there, in order.

A subscriber is called on the publisher's thread and takes the message over before it returns, as a broker does before
it confirms. It keeps nothing for those who are not there: the store is the truth, and a reader that must not miss
anything while it is away keeps its own cursor on grants.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Collection, Sequence

from filiere_platform.domain.message import BusUnavailable, Copy, Message

logger = logging.getLogger(__name__)


Receive = Callable[[Copy], None]


class EmbeddedBus:
    """Calls subscribers in the process. Safe to use from several threads; one publishes at a time."""

    def __init__(self) -> None:
        self._subscribers: dict[int | None, list[Receive]] = {}  # None: those who watch everything
        self._registry = threading.Lock()
        self._publishing = threading.Lock()
        self._closed = False

    def subscribe(self, receive: Receive, *, member_id: int | None = None) -> Callable[[], None]:
        """Receive every copy for a member, or for None watch every message; returns what ends the subscription.

        A member's subscriber that raises has not taken the message: the publisher is told, and will offer it again.
        One that only watches is cut off when it raises, since nobody's delivery may depend on it.
        """
        with self._registry:
            self._subscribers.setdefault(member_id, []).append(receive)
        return lambda: self._unsubscribe(receive, member_id)

    def publish(self, messages: Sequence[Message]) -> None:
        """Hand each message to its recipients' subscribers.

        A failing subscriber keeps no other from its copy. It is offered nothing more of the same call, so that it never
        receives a later message before an earlier one.

        Raises:
            BusUnavailable: the bus is closed, or a subscriber failed.
        """
        failing: set[int] = set()  # members
        refused = set()
        with self._publishing:
            if self._closed:
                raise BusUnavailable("the bus is closed", failed=range(len(messages)))
            for position, message in enumerate(messages):
                copy = Copy(id=message.id, kind=message.kind, body=message.body)
                self._show(copy)
                for member_id in message.recipients:
                    if member_id not in failing and not self._hand_over(copy, member_id):
                        failing.add(member_id)
                if not failing.isdisjoint(message.recipients):
                    refused.add(position)
        if refused:
            raise BusUnavailable("a subscriber did not take a message", refused=refused)

    def _hand_over(self, copy: Copy, member_id: int) -> bool:
        """Offer a copy to a member's subscribers; says whether every one of them took it."""
        for receive in tuple(self._subscribers.get(member_id, ())):
            try:
                receive(copy)
            except Exception:
                logger.exception("bus.subscriber_failed", extra={"message_id": copy.id, "member": member_id})
                return False
        return True

    def _show(self, copy: Copy) -> None:
        for receive in tuple(self._subscribers.get(None, ())):
            try:
                receive(copy)
            except Exception:
                logger.exception("bus.watcher_failed", extra={"message_id": copy.id})
                self._unsubscribe(receive, None)

    def _unsubscribe(self, receive: Receive, member_id: int | None) -> None:
        with self._registry:
            if receive in self._subscribers.get(member_id, ()):
                self._subscribers[member_id].remove(receive)

    def missing(self, members: Collection[int]) -> set[int]:  # noqa: ARG002 - the port's
        """Nothing is kept here for a member, so nothing can be gone."""
        return set()

    def close(self) -> None:
        """Take no more messages; returns when the one under way is handed over."""
        with self._publishing:
            self._closed = True
        with self._registry:
            self._subscribers.clear()
