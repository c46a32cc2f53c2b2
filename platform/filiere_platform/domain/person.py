"""People of a member: who they are, what they do, how their accounts begin.

A person is known in the log and to other members by an opaque id alone. The address that they sign in with is theirs in
the whole instance: somebody who works for two members has two addresses.
"""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from filiere_platform.domain.person_sentences import PERSON_LOGIN, PERSON_NAME, ROLE_UNKNOWN
from filiere_platform.domain.principal import Role
from filiere_schemas.problems import Problem, Refusal

LONGEST_LOGIN: Final = 254  # characters; RFC 5321, 4.5.3.1.3
LONGEST_NAME: Final = 100
LINK_LIFETIME: Final = 72 * 3_600_000_000  # microseconds
FIRST_LINK_LIFETIME: Final = 30 * 60_000_000  # of the link that is printed at the console
LINK_FORM: Final = re.compile(r"[0-9A-Za-z_-]{43}")
_LOGIN: Final = re.compile(r"[^\s@<>\x00-\x1f]{1,64}@[^\s@<>\x00-\x1f]{1,253}")


class PersonStatus(StrEnum):
    """Whether a person may sign in."""

    INVITED = "invited"  # has not chosen a password yet
    ACTIVE = "active"
    SUSPENDED = "suspended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who acts for a member."""

    id: str  # opaque
    member_id: int
    login: str
    name: str
    roles: frozenset[Role]
    status: PersonStatus
    has_totp: bool = False

    @property
    def is_administrator(self) -> bool:
        """Whether the person administers its member, and may do so now."""
        return Role.ADMINISTRATOR in self.roles and self.status is not PersonStatus.SUSPENDED


def new_person_id() -> str:
    """Make the opaque id of a person."""
    return secrets.token_hex(8)


def new_link() -> tuple[str, bytes]:
    """Make the secret of a one-time link, which is shown once, and the digest that is kept of it."""
    secret = secrets.token_urlsafe(32)
    return secret, hashlib.sha256(secret.encode()).digest()


def read_link(secret: str) -> bytes | None:
    """Reduce the secret of a presented link to its digest; None for what is not one of ours."""
    return hashlib.sha256(secret.encode()).digest() if LINK_FORM.fullmatch(secret) else None


def read_login(text: str) -> str:
    """Read an address to sign in with; case does not matter.

    Raises:
        Refusal: it is none.
    """
    login = fold_login(text)
    if len(login) > LONGEST_LOGIN or not _LOGIN.fullmatch(login):
        values = {"found": text[:LONGEST_LOGIN], "expected": LONGEST_LOGIN}
        raise Refusal([Problem(sentence=PERSON_LOGIN, values=values)])
    return login


def fold_login(text: str) -> str:
    """Fold what somebody typed as an address into the form in which addresses are compared."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def read_name(text: str) -> str:
    """Read a person's name.

    Raises:
        Refusal: it is empty, too long, or holds what is not printed.
    """
    name = " ".join(unicodedata.normalize("NFC", text).split(" ")).strip()
    if not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
        raise Refusal([Problem(sentence=PERSON_NAME, values={"expected": LONGEST_NAME})])
    return name


def read_roles(names: Iterable[str]) -> frozenset[Role]:
    """Read roles by their names.

    Raises:
        Refusal: one of them is none.
    """
    wanted = frozenset(names)
    for name in sorted(wanted - set(Role)):
        values = {"found": name[:LONGEST_NAME], "expected": ", ".join(Role)}
        raise Refusal([Problem(sentence=ROLE_UNKNOWN, values=values)])
    return frozenset(Role(name) for name in wanted)
