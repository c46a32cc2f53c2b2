"""What opens an account: codes by the RFC's own vectors, passwords, sessions, limits; with the time as an argument."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filiere_platform.domain.attempts import Attempts, Limit, TooMany
from filiere_platform.domain.password import check_password, digest_password, is_password
from filiere_platform.domain.person import read_login, read_name, read_roles
from filiere_platform.domain.person_session import (
    ABSOLUTE_LIMIT,
    HALF_LIMIT,
    IDLE_LIMIT,
    Stage,
    form_mark,
    is_form_mark,
    new_session,
    open_secret,
    seal_secret,
)
from filiere_platform.domain.totp import STEP_MICROSECONDS, code_at, step_of_code
from filiere_platform.web.sign_in_pages import here_or_home
from filiere_schemas.problems import Refusal

RFC_SECRET = b"12345678901234567890"


# RFC 6238, appendix B: the last six digits of the eight that it prints.
@pytest.mark.parametrize(
    ("seconds", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str) -> None:
    assert code_at(RFC_SECRET, seconds // 30) == code
    assert step_of_code(RFC_SECRET, code, now=seconds * 1_000_000, after=0) == seconds // 30


def test_a_code_is_taken_once_and_a_clock_may_be_off_by_one_step() -> None:
    now = 1_000 * STEP_MICROSECONDS
    for step in (999, 1_000, 1_001):
        assert step_of_code(RFC_SECRET, code_at(RFC_SECRET, step), now=now, after=998) == step
        assert step_of_code(RFC_SECRET, code_at(RFC_SECRET, step), now=now, after=step) is None
    for step in (998, 1_002):
        assert step_of_code(RFC_SECRET, code_at(RFC_SECRET, step), now=now, after=0) is None
    for text in ("", "abcdef", "12345", "é" * 6, "1" * 10_000):
        assert step_of_code(RFC_SECRET, text, now=now, after=0) is None


def test_a_password_is_kept_as_argon2id_and_compared_in_any_unicode_form() -> None:
    kept = digest_password("un été à la ferme")
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")  # what it costs to try one
    assert is_password("un e\u0301te\u0301 a\u0300 la ferme", kept)
    assert not is_password("un ete a la ferme", kept)
    assert not is_password("of nobody", None)


@pytest.mark.parametrize("password", ["", "short", "x" * 201, "aaaaaaaaaaaaaaa", "jeanne.martin-2026"])
def test_a_password_that_is_guessed_first_is_refused(password: str) -> None:
    with pytest.raises(Refusal):
        check_password(password, login="jeanne.martin@example.org")


def test_sessions_end_by_age_by_rest_and_sooner_while_half() -> None:
    _, full = new_session("p", stage=Stage.FULL, now=0)
    _, half = new_session("p", stage=Stage.HALF, now=0)
    assert not full.is_over(IDLE_LIMIT - 1)
    assert full.is_over(IDLE_LIMIT)
    assert full.ends_at == ABSOLUTE_LIMIT
    assert (half.is_over(HALF_LIMIT - 1), half.is_over(HALF_LIMIT)) == (False, True)


def test_a_mark_is_of_one_session() -> None:
    assert is_form_mark(form_mark("a"), "a")
    for given_mark in ("", form_mark("b"), form_mark("a")[:-1], "é"):
        assert not is_form_mark(given_mark, "a")


def test_an_apps_secret_opens_for_its_owner_on_its_instance() -> None:
    sealed = seal_secret(b"secret", key=b"k" * 32, owner="p1")
    assert b"secret" not in sealed
    assert open_secret(sealed, key=b"k" * 32, owner="p1") == b"secret"
    assert open_secret(sealed, key=b"k" * 32, owner="p2") is None
    assert open_secret(sealed, key=b"j" * 32, owner="p1") is None
    assert open_secret(b"x", key=b"k" * 32, owner="p1") is None


@given(st.integers(1, 20), st.integers(1, 1_000), st.lists(st.integers(0, 2_000), max_size=60))
def test_no_window_holds_more_attempts_than_the_limit_says(at_once: int, pause: int, gaps: list[int]) -> None:
    attempts, now, taken = Attempts(Limit(at_once=at_once, pause=pause)), 0, []
    for gap in gaps:
        now += gap
        try:
            attempts.take("somebody", now=now)
            taken.append(now)
        except TooMany:
            continue
    for first, start in enumerate(taken):
        for last in range(first, len(taken)):
            assert last - first + 1 <= at_once + (taken[last] - start) // pause


def test_one_name_does_not_use_up_anothers_attempts() -> None:
    attempts = Attempts(Limit(at_once=1, pause=10))
    attempts.take("a", now=0)
    attempts.take("b", now=0)
    with pytest.raises(TooMany):
        attempts.take("a", now=9)
    attempts.take("a", now=10)


@pytest.mark.parametrize(
    "elsewhere",
    ["//evil.example", "/\\evil.example", "https://evil.example", "/\t/evil.example", "\n//evil.example",
     "javascript:alert(1)", "evil.example", "", "/\r\nSet-Cookie: a=b", "///evil.example", "/é"],
)  # fmt: skip
def test_signing_in_leads_nowhere_else(elsewhere: str) -> None:
    assert here_or_home(elsewhere) == "/"


def test_signing_in_leads_on() -> None:
    assert here_or_home("/lot?object=https://id.gs1.org/01/1&x=//y") == "/lot?object=https://id.gs1.org/01/1&x=//y"


def test_who_and_what_is_read_strictly() -> None:
    assert read_login(" Jeanne@Example.ORG ") == "jeanne@example.org"
    assert read_name("  Jeanne   Martin ") == "Jeanne   Martin"
    for login in ("", "jeanne", "a@b@c", "a b@c", "<a>@b", "x" * 300 + "@b"):
        with pytest.raises(Refusal):
            read_login(login)
    for name in ("", " ", "a\nb", "x" * 101):
        with pytest.raises(Refusal):
            read_name(name)
    with pytest.raises(Refusal):
        read_roles(["administrator", "root"])
