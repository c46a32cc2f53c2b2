"""What every door for signed records shares: how records come in, and how the answer is laid out.

HTTP and AMQP carry the same bodies and give the same answers. Statuses and problem documents are the HTTP edge's
(`api.record_exchange`); a door that is not HTTP is handed that implementation through this port.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from filiere_platform.domain.capture import Outcome
from filiere_schemas.problems import Language, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer as it goes out: `status` is HTTP's word for it, whatever carries it."""

    status: int
    media_type: str
    body: bytes


class RecordExchange(Protocol):
    """Takes records out of a body and lays out what became of them."""

    def take_out(self, body: bytes, content_type: str) -> tuple[bytes, ...]:
        """Take the records out of a body, unread.

        Raises:
            Refusal: too large, not a media type of records, not of that form, none, or too many.
        """

    def answer(self, outcomes: Sequence[Outcome], receipt: bytes | None, language: Language) -> Answer:
        """Lay out what became of each record of a request."""

    def refuse(self, problems: Sequence[Problem], language: Language) -> Answer:
        """Lay out why nothing of a request was looked at."""

    def letter(self, outcome: Outcome, record: bytes, *, position: int, language: Language) -> bytes:
        """Lay out one refused record for its sender: every reason, where it stood, and the record itself."""

    def letter_of_message(self, problems: Sequence[Problem], body: bytes, *, language: Language) -> bytes:
        """Lay out a message that was refused as a whole: every reason, and the message itself."""
