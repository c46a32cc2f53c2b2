"""Passwords: what is accepted, how it is kept, and that checking one takes as long where there is no account.

Source: RFC 9106, 4 (Argon2id, second recommended option); NIST SP 800-63B-4, 3.1.1 (length, no composition rules).
"""

from __future__ import annotations

import functools
import unicodedata
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from filiere_platform.domain.person_sentences import PASSWORD_GUESSABLE, PASSWORD_LENGTH
from filiere_schemas.problems import Problem, Refusal

LEAST: Final = 12  # characters
MOST: Final = 200  # beyond, somebody wants our processor and not an account
_HASHER: Final = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)  # kibibytes
_LEAST_DIFFERENT: Final = 5  # characters
_SHORTEST_NAME: Final = 4  # characters of an address that a password may not repeat; fewer stand in any sentence


def check_password(password: str, *, login: str) -> None:
    """Check a password that somebody chooses.

    Raises:
        Refusal: it is too short, too long, or the first that a stranger would try.
    """
    text = _normal(password)
    if not LEAST <= len(text) <= MOST:
        raise Refusal([Problem(sentence=PASSWORD_LENGTH, values={"least": LEAST, "most": MOST})])
    name = login.partition("@")[0]
    repeats_name = len(name) >= _SHORTEST_NAME and name in text.casefold()
    if len(set(text)) < _LEAST_DIFFERENT or repeats_name:
        raise Refusal([Problem(sentence=PASSWORD_GUESSABLE)])


def digest_password(password: str) -> str:
    """Give what is kept of a password; some fifty milliseconds, on purpose."""
    return _HASHER.hash(_normal(password))


def is_password(password: str, kept: str | None) -> bool:
    """Whether this is the password; where none is kept the answer is no, and takes as long."""
    try:
        matches = _HASHER.verify(kept or _nobodys(), _normal(password[: MOST + 1]))
    except (VerificationError, InvalidHashError):
        return False
    return matches and kept is not None


def _normal(password: str) -> str:
    return unicodedata.normalize("NFC", password)


@functools.cache
def _nobodys() -> str:
    return _HASHER.hash("of nobody")
