"""A dead letter of a member's queue on the broker: what its program gave up, or sent to be captured and was refused."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final

import orjson

from filiere_platform.domain.instant import iso_instant

REFUSAL_KIND: Final = "refusal"  # of what a member sent to be captured
OPERATOR: Final = "c"  # in the place of a member, in the id of a letter that is nobody's
_ID: Final = re.compile(r"(c|[1-9][0-9]{0,17})-[0-9a-f]{16}", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLetter:
    """A message among the dead letters of a member, or of the operator (None)."""

    member_id: int | None
    kind: str
    died_at: int  # microseconds since 1970; 0 where the broker does not know
    attempts: int
    said: str  # why: rejected, delivery_limit, or the code of the problem
    message_id: str
    content_type: str
    body: bytes
    is_delivery: bool  # whether it was on its way to its member, and may be sent again

    @property
    def id(self) -> str:
        """Name it by where it lies and what it says; a copy of it has the same name."""
        digest = hashlib.sha256(self.message_id.encode() + b"\n" + self.body).hexdigest()[:16]
        return f"{OPERATOR if self.member_id is None else self.member_id}-{digest}"

    @property
    def content(self) -> Any:
        """What it says, as JSON; text where it is none."""
        try:
            return orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return self.body.decode("utf-8", "replace")


def owner_of(letter_id: str) -> tuple[int | None] | None:
    """Read whose dead letters one is among; None where that is no name of such a letter."""
    if _ID.fullmatch(letter_id) is None:
        return None
    owner = letter_id.partition("-")[0]
    return (None if owner == OPERATOR else int(owner),)


def indexes_of(letter: QueueLetter) -> list[int]:
    """Read the log indexes of the records in a letter, in their order."""
    events = letter.content
    found = [event.get("data", {}).get("index") for event in events] if letter.is_delivery else []
    return [index for index in found if isinstance(index, int)]


def says_what_is_erased(letter: QueueLetter, erased: Collection[int]) -> bool:
    """Whether a letter has the content of a record that is erased by now."""
    events = letter.content if letter.is_delivery else []
    return any(event["data"].get("index") in erased and not event["data"].get("erased") for event in events)


def letter_as_json(letter: QueueLetter) -> dict[str, Any]:
    """Lay out a letter for programs and people, without what it says."""
    indexes = indexes_of(letter)
    return {
        "id": letter.id,
        "road": "queue",
        "member": letter.member_id,
        "webhook": None,
        "index": indexes[0] if indexes else None,
        "indexes": indexes,
        "kind": letter.kind,
        "died": iso_instant(letter.died_at),
        "attempts": letter.attempts,
        "said": letter.said,
        "state": "dead",
    }
