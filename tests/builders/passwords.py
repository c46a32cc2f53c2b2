"""Passwords that cost little to try, for tests in which many sign in; what ours cost is tested among the units."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from argon2 import PasswordHasher

from filiere_platform.domain import password

_CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # the least that there is, in kibibytes


@contextmanager
def cheap_passwords() -> Iterator[None]:
    """Keep and compare passwords at the least cost, which is microseconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(password, "_HASHER", _CHEAP)
        password._nobodys.cache_clear()
        yield
    password._nobodys.cache_clear()
