"""A guest link: a time-boxed, read-only way to what one mandate shows, for somebody without an account.

The secret is in the link alone: of it a digest is kept, and the session that it opens is sealed over the numbers of
mandate and link, so that neither a database nor a browser's history of a later day opens anything.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from typing import Final

from filiere_platform.domain import guest_sentences as say
from filiere_platform.domain.mandate import DAY
from filiere_schemas.problems import Problem, Refusal

HOUR: Final = 3_600_000_000  # microseconds
DEFAULT_HOURS: Final = 72
LONGEST_LIFE_DAYS: Final = 30
LONGEST_LABEL: Final = 100  # characters
MOST_LINKS: Final = 50  # of one mandate, ended ones too
_COOKIE: Final = re.compile(r"([0-9]{1,18})\.([0-9]{1,18})\.([0-9]{1,17})\.([0-9a-f]{64})")


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestLink:
    """A link that was made; instants in microseconds since 1970."""

    mandate: int
    number: int  # counts from 1 within the mandate: who looked is known as this guest of it
    label: str
    made_at: int
    ends_at: int
    revoked_at: int | None = None

    def is_open(self, now: int) -> bool:
        """Whether it lets in."""
        return self.revoked_at is None and now < self.ends_at


def decide_link(*, label: str, ends_at: int, mandate_ends_at: int, existing: int, now: int) -> str:
    """Decide whether a link may be made; gives its label as it is kept.

    Raises:
        Refusal: codes `guest-link-label`, `guest-link-life`, `too-many-guest-links`.
    """
    problems = []
    kept = label.strip()
    if not 0 < len(kept) <= LONGEST_LABEL or not kept.isprintable():
        problems.append(Problem(sentence=say.GUEST_LINK_LABEL, pointer="/label", values={"limit": LONGEST_LABEL}))
    if not now < ends_at <= min(now + LONGEST_LIFE_DAYS * DAY, mandate_ends_at):
        values = {"limit": LONGEST_LIFE_DAYS}
        problems.append(Problem(sentence=say.GUEST_LINK_LIFE, pointer="/until", values=values))
    if existing >= MOST_LINKS:
        problems.append(Problem(sentence=say.TOO_MANY_GUEST_LINKS, values={"limit": MOST_LINKS}))
    if problems:
        raise Refusal(problems)
    return kept


def seal_guest(link: GuestLink, *, secret: bytes) -> str:
    """Seal the session of a guest: which link of which mandate, until when."""
    content = f"{link.mandate}.{link.number}.{link.ends_at}"
    return f"{content}.{_mac(content, secret)}"


def open_guest(sealed: str, *, secret: bytes, now: int) -> tuple[int, int, int] | None:
    """Read the session of a guest: numbers of mandate and link, and its end; None for what is not ours, or over."""
    match = _COOKIE.fullmatch(sealed)
    if match is None or not hmac.compare_digest(_mac(f"{match[1]}.{match[2]}.{match[3]}", secret), match[4]):
        return None
    ends_at = int(match[3])
    return None if now >= ends_at else (int(match[1]), int(match[2]), ends_at)


def _mac(content: str, secret: bytes) -> str:
    # A name of its own, so that no other seal of the same key is one of these.
    return hmac.new(secret, b"guest\n" + content.encode(), hashlib.sha256).hexdigest()
