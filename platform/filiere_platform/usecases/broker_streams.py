"""A member's stream on the broker: its own choice, one event per message, kept for a while whether or not it was read.

Who has chosen one has a cursor here, and only he: it says how far his stream is written. Nothing else knows of streams.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from filiere_platform.domain import stream_sentences as say
from filiere_platform.domain.audit import Act, ActSigner, Author
from filiere_platform.domain.deliveries import message_id_of
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.message import Message
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_platform.usecases.audit import record_act
from filiere_platform.usecases.stream import read_stream
from filiere_schemas.problems import Problem, Refusal

CURSOR: Final = "stream.member."  # followed by the member's id
ROUND: Final = 500  # events of one member before the next one's turn


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamPlan:
    """What is written next to one member's stream, and where its cursor stands before and after."""

    member_id: int
    after: int
    reach: int
    messages: tuple[Message, ...]
    has_more: bool


def has_stream(uow: UnitOfWork, member_id: int) -> bool:
    """Whether a member has chosen a stream."""
    return uow.cursors.is_set(f"{CURSOR}{member_id}")


def streaming_members(uow: UnitOfWork) -> dict[int, int]:
    """Read who has chosen a stream, and up to which grant it is written."""
    return {int(name.removeprefix(CURSOR)): at for name, at in uow.cursors.named(CURSOR).items()}


def begin_stream(
    uow: UnitOfWork,
    member: Member,
    *,
    has_broker: bool,
    from_beginning: bool,
    author: Author,
    signer: ActSigner,
    now: int,
) -> None:
    """Write a member's events to a stream from now on, or from the first on; one that is there goes on as it is.

    Raises:
        Refusal: code `stream-without-broker`.
    """
    if not has_broker:
        raise Refusal([Problem(sentence=say.NO_BROKER)])
    if has_stream(uow, member.id):
        return
    uow.cursors.move(f"{CURSOR}{member.id}", 0 if from_beginning else uow.log.head().grants)
    details = {"from": "the beginning" if from_beginning else "now"}
    act = Act(act="delivery-stream.begin", author=author, member_id=member.id, details=details)
    record_act(uow, act, signer=signer, now=now)


def end_stream(uow: UnitOfWork, member: Member, *, author: Author, signer: ActSigner, now: int) -> None:
    """Write nothing more to a member's stream; what it has stays for as long as the broker keeps it."""
    if has_stream(uow, member.id):
        uow.cursors.remove(f"{CURSOR}{member.id}")
        act = Act(act="delivery-stream.end", author=author, member_id=member.id)
        record_act(uow, act, signer=signer, now=now)


def plan_stream(uow: UnitOfWork, member: Member, *, after: int, origin: str, now: int) -> StreamPlan:
    """Read what is written next; of a member that is not active nothing is, and its cursor waits."""
    if member.status is not MemberStatus.ACTIVE:
        return StreamPlan(member_id=member.id, after=after, reach=after, messages=(), has_more=False)
    page = read_stream(uow, member, after=after, origin=origin, now=now, most=ROUND)
    messages = tuple(
        Message(id=message_id_of(event.body), kind=event.kind, recipients=(member.id,), body=event.body)
        for event in page.events
    )
    return StreamPlan(member_id=member.id, after=after, reach=page.reach, messages=messages, has_more=page.has_more)


def settle_stream(uow: UnitOfWork, plan: StreamPlan) -> bool:
    """Move a stream's cursor over what is written; False where it was ended, or moved by somebody else, meanwhile."""
    # Who has ended his stream has no cursor, and gets none by this: one statement, between whose parts nobody ends it.
    return uow.cursors.follow(f"{CURSOR}{plan.member_id}", plan.after, plan.reach)
