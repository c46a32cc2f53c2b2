"""A message of records as the broker handed it over, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass

from filiere_schemas.problems import Language


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A message that a member's program sent to the capture queue; it is the broker's until it is settled.

    `member_id` follows from the user that the broker itself has checked; None: it named none, or nobody's.
    """

    tag: int
    channel: int  # which of the channels that were open one after the other; a tag means nothing on another
    member_id: int | None
    user: str
    content_type: str
    language: Language
    body: bytes
    reply_to: str = ""  # empty where the sender waits for no answer, or named a queue that is not its own connection's
    correlation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """What was refused, for the dead letters of its sender; `member_id` None: for the operator's."""

    member_id: int | None
    body: bytes
