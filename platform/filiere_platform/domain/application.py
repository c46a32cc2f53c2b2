"""An application to become a member: what is asked of everybody, and how much is taken from strangers."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum

from filiere_platform.domain import admission_sentences as say
from filiere_platform.domain.request_sentences import FIELD_UNREADABLE
from filiere_schemas.problems import Problem, Refusal

LONGEST = {"uri": 500, "name": 200, "contact": 320, "message": 2_000, "version": 50}  # characters
MOST_IDENTIFIERS = 20
# An application costs a stranger nothing: what may wait is bounded in all, per applicant, and per hour.
MOST_WAITING = 500
MOST_WAITING_OF_ONE = 3
MOST_PER_HOUR = 60
HOUR = 3_600_000_000  # microseconds


class ApplicationState(StrEnum):
    """What became of an application."""

    PENDING = "pending"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Charter:
    """A version of the charter: its text lies with the sector body, its SHA-256 is what was accepted.

    Whether the sector body may give mandates over those who accept it is said where it is published.
    """

    version: str
    sha256: bytes
    allows_mandates: bool = field(default=False, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Application:
    """Who asks, under which URI, with which identifiers, having accepted which charter; instants in microseconds."""

    id: str
    uri: str  # canonical
    name: str
    contact: str
    message: str
    identifiers: tuple[str, ...]
    charter: Charter | None
    asked_at: int
    state: ApplicationState = ApplicationState.PENDING
    decided_at: int | None = None
    reason: str | None = None


def read_words(text: str, field: str, *, least: int = 1) -> str:
    """Read one field of an application as it is kept; a message alone has lines.

    Raises:
        Refusal: code `field-unreadable`: it is empty, too long, or holds what is not printed.
    """
    words = text.replace("\r\n", "\n").strip()
    plain = words.replace("\n", "").replace("\t", "") if field == "message" else words
    if not least <= len(words) <= LONGEST[field] or not (plain.isprintable() or not plain):
        raise Refusal([Problem(sentence=FIELD_UNREADABLE, pointer=f"/{field}", values={"name": field})])
    return words


def read_name(text: str) -> str:
    """Read the name of an organisation.

    Raises:
        Refusal: code `field-unreadable`.
    """
    return read_words(text, "name")


def read_charter(version: str, sha256: str, *, allows_mandates: bool = False) -> Charter:
    """Read a version of the charter as a form gives it.

    Raises:
        Refusal: code `field-unreadable`.
    """
    if re.fullmatch("[0-9a-f]{64}", sha256.strip()) is None:
        raise Refusal([Problem(sentence=FIELD_UNREADABLE, pointer="/sha256", values={"name": "sha256"})])
    digest = bytes.fromhex(sha256.strip())
    return Charter(version=read_words(version, "version"), sha256=digest, allows_mandates=allows_mandates)


def require_charter(accepted: Charter | None, in_force: Charter | None) -> None:
    """Check that what was accepted is what is in force, to the byte.

    Raises:
        Refusal: code `charter-not-accepted`.
    """
    if in_force is not None and accepted != in_force:
        values = {"version": in_force.version, "sha256": in_force.sha256.hex()}
        raise Refusal([Problem(sentence=say.CHARTER_NOT_ACCEPTED, pointer="/charter", values=values)])


def require_room(*, waiting: int, of_one: int, in_last_hour: int) -> None:
    """Check that one more application may wait; the answer does not say which limit was met.

    Raises:
        Refusal: code `too-many-applications`.
    """
    if waiting >= MOST_WAITING or of_one >= MOST_WAITING_OF_ONE or in_last_hour >= MOST_PER_HOUR:
        raise Refusal([Problem(sentence=say.TOO_MANY_APPLICATIONS)])
