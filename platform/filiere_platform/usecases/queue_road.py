"""The dead letters of members' queues on the broker, as one of the roads (usecases/dead_letters.py)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Protocol

from filiere_platform.domain import queue_sentences as say
from filiere_platform.domain.audit import Act
from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.message import BusUnavailable
from filiere_platform.domain.queue_letter import QueueLetter, indexes_of, letter_as_json, owner_of, says_what_is_erased
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.webhooks import Doing, read_reason
from filiere_schemas.problems import Problem, Refusal

RETRY_SECONDS: Final = 5
MOST_LOOKED_AT: Final = 200  # letters of one queue: each is fetched to be looked at, and given back


class LetterQueues(Protocol):
    """The dead letter queues on the broker (`bus.dead_letters`)."""

    def browse(self, owners: Sequence[int | None], *, most: int) -> list[QueueLetter]:
        """Look at some letters of each owner, the oldest where nobody looked before, and leave them there.

        Raises:
            BusUnavailable: the broker is away, or somebody else looks at them at this moment.
        """

    def settle(
        self,
        letter_id: str,
        owner: int | None,
        *,
        is_sent: Callable[[QueueLetter], bool],
        record: Callable[[QueueLetter], None],
    ) -> bool:
        """Remove a letter once `record` is through with it; False where there is none of that name.

        Where `is_sent` says so, the broker has confirmed it in its member's queue before. If anything fails, it is
        still there.

        Raises:
            BusUnavailable: the broker is away, the member's queue did not take it, or somebody else looks at them.
        """


@dataclass(frozen=True, slots=True)
class QueueRoad:
    """The road over the broker."""

    queues: LetterQueues
    units: UnitsOfWork

    def listed(self, *, member_id: int | None, limit: int) -> list[dict[str, Any]]:
        """List dead letters; of a queue with very many, some."""
        if member_id is None:
            with self.units.unit_of_work() as uow:
                owners: list[int | None] = [None, *(member.id for member in uow.members.all())]
        else:
            owners = [member_id]
        with _refused_where_away():
            found = self.queues.browse(owners, most=min(limit, MOST_LOOKED_AT))
        return [letter_as_json(letter) for letter in found]

    def shown(self, letter_id: str, *, member_id: int | None) -> dict[str, Any] | None:
        """Show one, with what it says."""
        owner = _owner(letter_id, member_id)
        if owner is None:
            return None
        with _refused_where_away():
            found = [letter for letter in self.queues.browse(owner, most=MOST_LOOKED_AT) if letter.id == letter_id]
        return {**letter_as_json(found[0]), "content": found[0].content} if found else None

    def retry(self, letter_id: str, doing: Doing, *, member_id: int | None) -> bool:
        """Send one to its member's queue again; it is removed once the broker has confirmed it there.

        Raises:
            Refusal: code `dead-letter-not-sent-again`: it never was on its way to a member; `dead-letter-erased`: it
                says what was erased since; `dead-letter-member-inactive`.
        """

        def is_sent(letter: QueueLetter) -> bool:
            self._require_due(letter)
            return True

        record = functools.partial(self._record, verb="dead-letter.retry", doing=doing)
        return self._settle(letter_id, member_id, is_sent=is_sent, record=record)

    def discard(self, letter_id: str, doing: Doing, *, member_id: int | None, reason: str) -> bool:
        """Forget one, for a reason that stays in the log."""
        given = read_reason(reason)
        record = functools.partial(self._record, verb="dead-letter.discard", doing=doing, reason=given)
        return self._settle(letter_id, member_id, is_sent=lambda _letter: False, record=record)

    def _require_due(self, letter: QueueLetter) -> None:
        values = {"letter": letter.id}
        if not letter.is_delivery or letter.member_id is None:
            raise Refusal([Problem(sentence=say.NOT_SENT_AGAIN, values=values)])
        with self.units.unit_of_work() as uow:
            member = uow.members.by_id(letter.member_id)
            known = uow.grants.records(set(indexes_of(letter)))
        if member is None or member.status is not MemberStatus.ACTIVE:
            raise Refusal([Problem(sentence=say.MEMBER_INACTIVE, values=values)])
        # A queue keeps the bytes of then; what was erased since leaves the instance no more.
        if says_what_is_erased(letter, {index for index, record in known.items() if record.jws is None}):
            raise Refusal([Problem(sentence=say.ERASED_SINCE, values=values)])

    def _settle(
        self,
        letter_id: str,
        member_id: int | None,
        *,
        is_sent: Callable[[QueueLetter], bool],
        record: Callable[[QueueLetter], None],
    ) -> bool:
        owner = _owner(letter_id, member_id)
        if owner is None:
            return False
        with _refused_where_away():
            return self.queues.settle(letter_id, owner[0], is_sent=is_sent, record=record)

    def _record(self, letter: QueueLetter, *, verb: str, doing: Doing, **details: str) -> None:
        act = Act(act=verb, author=doing.author, member_id=letter.member_id, object=letter.id, details=details)
        with self.units.unit_of_work() as uow:
            record_act(uow, act, signer=doing.signer, now=doing.now)


@contextmanager
def _refused_where_away() -> Iterator[None]:
    """Tell whoever asks that the bus is away, in his language.

    Raises:
        Refusal: code `bus-unavailable`.
    """
    try:
        yield
    except BusUnavailable as error:
        raise Refusal([Problem(sentence=say.BUS_UNAVAILABLE, values={"seconds": RETRY_SECONDS})]) from error


def _owner(letter_id: str, member_id: int | None) -> tuple[int | None] | None:
    """Whose letter is asked for, if it is on this road and the asker's: the console asks for anybody's."""
    owner = owner_of(letter_id)
    if owner is None or (member_id is not None and owner != (member_id,)):
        return None
    return owner
