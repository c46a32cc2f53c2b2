"""A request for access to what is behind a sealed node, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from filiere_platform.domain.request_sentences import FIELD_UNREADABLE
from filiere_schemas.problems import Problem, Refusal

LONGEST_PURPOSE = 2_000  # characters
LONGEST_HANDLE = 200  # characters


def read_purpose(text: str) -> str:
    """Read the purpose of a request; it may have lines.

    Raises:
        Refusal: code `field-unreadable`: it is empty, too long, or holds what is not printed.
    """
    purpose = text.replace("\r\n", "\n").strip()
    plain = purpose.replace("\n", "").replace("\t", "")
    if not 0 < len(purpose) <= LONGEST_PURPOSE or not plain.isprintable():
        raise Refusal([Problem(sentence=FIELD_UNREADABLE, pointer="/purpose", values={"name": "purpose"})])
    return purpose


class AccessState(StrEnum):
    """What became of a request."""

    OPEN = "open"
    GRANTED = "granted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRequest:
    """Who asks for which record, met at which object, for what purpose. Times are microseconds since 1970."""

    id: str  # random: it tells nothing of how many there are
    asker_id: int
    owner_id: int
    log_index: int
    node_id: int
    purpose: str
    asked_at: int
    state: AccessState = AccessState.OPEN
    answered_at: int | None = None
