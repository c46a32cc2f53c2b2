from __future__ import annotations

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders.key_log import (
    DAIRY,
    NOW,
    ORIGIN,
    REGISTRAR,
    SHOP,
    a_key,
    a_registration,
    a_revocation,
    a_rotation,
)
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.key_history import (
    KeyEntryRefused,
    KeyHistory,
    KeyStanding,
    read_key_history,
)
from filiere_schemas.provenance.key_statements import (
    ROTATION_TYP,
    RevocationReason,
    read_key_change,
    read_key_revocation,
    read_key_rotation,
)
from filiere_schemas.provenance.keys import Algorithm, SigningKey
from filiere_schemas.provenance.statements import KEY_TYP, sign_statement, verify_statement

OLD, NEW, NEWEST, THIEF = (a_key(name) for name in ("old", "new", "newest", "thief"))
ACTIVE, DISPUTED, NOT_YET, ENDED = KeyStanding.ACTIVE, KeyStanding.DISPUTED, KeyStanding.NOT_YET, KeyStanding.ENDED


def history(*entries: tuple[int, bytes]) -> KeyHistory:
    return read_key_history(entries, registrar=REGISTRAR.public, origin=ORIGIN)


def standings(found: KeyHistory, key: SigningKey, *indexes: int) -> list[KeyStanding]:
    return [found.standing_at(key.public.thumbprint, index) for index in indexes]


def refused(*entries: tuple[int, bytes]) -> list[str]:
    """The codes of what is wrong with the last entry; those before it hold."""
    before = history(*entries[:-1])
    with pytest.raises(KeyEntryRefused) as caught:
        before.after(entries[-1:])
    problem = caught.value.problems[0]
    assert problem.values["index"] == entries[-1][0]
    assert problem.message("fr") != problem.message("en")
    return [problem.code, problem.values["reason"].code]


def test_a_key_signs_after_its_registration_and_not_at_it() -> None:
    found = history((3, a_registration(OLD)))
    assert standings(found, OLD, 0, 3, 4, 10**9) == [NOT_YET, NOT_YET, ACTIVE, ACTIVE]
    assert standings(found, NEW, 4) == [KeyStanding.UNKNOWN]
    assert [each for each in KeyStanding if each.holds] == [ACTIVE, DISPUTED]


def test_after_a_rotation_the_new_key_signs_and_the_old_one_has_ended() -> None:
    found = history((3, a_registration(OLD)), (7, a_rotation(OLD, NEW)))
    assert standings(found, OLD, 6, 7, 8) == [ACTIVE, ENDED, ENDED]
    assert standings(found, NEW, 6, 7, 8) == [NOT_YET, NOT_YET, ACTIVE]
    life = found.lives[NEW.public.thumbprint]
    assert (life.predecessor, life.issuer, life.registered_at) == (OLD.public.thumbprint, DAIRY, 7)


def test_a_rotation_may_lead_to_a_key_in_hardware() -> None:
    hardware = SigningKey.generate(Algorithm.ES256)
    found = history((0, a_registration(OLD)), (1, a_rotation(OLD, hardware)), (2, a_rotation(hardware, NEW)))
    assert standings(found, hardware, 1, 2) == [NOT_YET, ENDED]
    assert standings(found, NEW, 3) == [ACTIVE]


def test_between_the_suspicion_and_the_revocation_a_record_holds_and_is_disputed() -> None:
    found = history((3, a_registration(OLD)), (9, a_revocation(OLD, suspect_from=6)))
    assert standings(found, OLD, 3, 5, 6, 8, 9, 10) == [NOT_YET, ACTIVE, DISPUTED, DISPUTED, ENDED, ENDED]
    life = found.lives[OLD.public.thumbprint]
    assert (life.revoked_at, life.suspect_from, life.reason) == (9, 6, RevocationReason.KEY_COMPROMISE)


def test_a_revocation_without_suspicion_disputes_nothing() -> None:
    found = history((3, a_registration(OLD)), (9, a_revocation(OLD, reason=RevocationReason.SUPERSEDED)))
    assert standings(found, OLD, 4, 8, 9) == [ACTIVE, ACTIVE, ENDED]


def test_a_key_revokes_itself_while_it_is_active() -> None:
    found = history((3, a_registration(OLD)), (9, a_revocation(OLD, signer=OLD, suspect_from=3)))
    assert standings(found, OLD, 4, 9) == [DISPUTED, ENDED]


def test_revoking_a_key_ends_what_was_rotated_from_it_while_it_was_suspect() -> None:
    entries = [(0, a_registration(OLD)), (5, a_rotation(OLD, NEW)), (7, a_rotation(NEW, NEWEST))]
    found = history(*entries, (9, a_revocation(OLD, suspect_from=5)))
    assert standings(found, OLD, 4, 5) == [ACTIVE, ENDED]
    assert standings(found, NEW, 6, 7) == [DISPUTED, ENDED]
    assert standings(found, NEWEST, 8, 9) == [DISPUTED, ENDED]
    assert refused(*entries, (9, a_revocation(OLD, suspect_from=5)), (10, a_rotation(NEWEST, THIEF)))[1] == (
        "key-entry-not-active"
    )


def test_what_was_rotated_before_the_suspicion_stays() -> None:
    found = history((0, a_registration(OLD)), (5, a_rotation(OLD, NEW)), (9, a_revocation(OLD, suspect_from=6)))
    assert standings(found, NEW, 6, 9, 10) == [ACTIVE, ACTIVE, ACTIVE]
    assert found.lives[OLD.public.thumbprint].revoked_at == 9


def test_the_registrar_may_move_a_suspicion_back_and_nobody_may_move_it_forward() -> None:
    entries = [(0, a_registration(OLD)), (5, a_rotation(OLD, NEW)), (9, a_revocation(OLD, suspect_from=6))]
    found = history(*entries, (12, a_revocation(OLD, suspect_from=5)))
    assert standings(found, NEW, 6, 11, 12) == [DISPUTED, DISPUTED, ENDED]
    assert found.lives[OLD.public.thumbprint].revoked_at == 9
    for suspect_from in (None, 6, 7):
        again = (12, a_revocation(OLD, suspect_from=suspect_from))
        assert refused(*entries, again) == ["key-entry-refused", "key-entry-revoked"]


ATTACKS: dict[str, tuple[list[tuple[int, bytes]], str]] = {
    "a rotation is replayed": (
        [(0, a_registration(OLD)), (1, a_rotation(OLD, NEW)), (2, a_rotation(OLD, NEW))],
        "key-entry-not-active",
    ),
    "a rotated key rotates once more, to the thief's": (
        [(0, a_registration(OLD)), (1, a_rotation(OLD, NEW)), (2, a_rotation(OLD, THIEF))],
        "key-entry-not-active",
    ),
    "a revoked key rotates": (
        [(0, a_registration(OLD)), (1, a_revocation(OLD)), (2, a_rotation(OLD, THIEF))],
        "key-entry-not-active",
    ),
    "a rotated key ends its follower by revoking itself": (
        [(0, a_registration(OLD)), (1, a_rotation(OLD, NEW)), (2, a_revocation(OLD, signer=OLD, suspect_from=0))],
        "key-entry-not-active",
    ),
    "a rotation names another member": (
        [(0, a_registration(OLD)), (1, a_rotation(OLD, NEW, issuer=SHOP))],
        "key-entry-other-member",
    ),
    "a rotation brings back an old key": (
        [(0, a_registration(OLD)), (1, a_rotation(OLD, NEW)), (2, a_rotation(NEW, OLD))],
        "key-entry-known",
    ),
    "a registration is replayed": ([(0, a_registration(OLD)), (1, a_registration(OLD))], "key-entry-known"),
    "a revoked key is registered again": (
        [(0, a_registration(OLD)), (1, a_revocation(OLD)), (2, a_registration(OLD))],
        "key-entry-known",
    ),
    "a rotation from a key that nobody registered": (
        [(0, a_registration(OLD)), (1, a_rotation(THIEF, NEW))],
        "key-entry-unknown",
    ),
    "a stranger's key revokes": ([(0, a_registration(OLD)), (1, a_revocation(OLD, signer=THIEF))], "wrong-key"),
    "another member's key revokes": (
        [(0, a_registration(OLD)), (1, a_registration(NEW, issuer=SHOP)), (2, a_revocation(OLD, signer=NEW))],
        "wrong-key",
    ),
    "a revocation names another member": (
        [(0, a_registration(OLD)), (1, a_revocation(OLD, issuer=SHOP))],
        "key-entry-other-member",
    ),
    "a revocation suspects what is not there yet": (
        [(0, a_registration(OLD)), (1, a_revocation(OLD, suspect_from=2))],
        "key-entry-suspect-ahead",
    ),
    "another log's revocation": (
        [(0, a_registration(OLD)), (1, a_revocation(OLD, origin="log.other.example/x"))],
        "issuer-mismatch",
    ),
    "another log's rotation": (
        [(0, a_registration(OLD)), (1, a_rotation(OLD, NEW, origin="log.other.example/x"))],
        "wrong-audience",
    ),
    "another registrar": ([(0, a_registration(OLD)), (1, a_registration(NEW, registrar=THIEF))], "wrong-key"),
    "entries in another order": ([(5, a_registration(OLD)), (5, a_registration(NEW))], "key-entry-order"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_the_history_refuses_at_its_index(name: str) -> None:
    entries, code = ATTACKS[name]
    assert refused(*entries) == ["key-entry-refused", code]


def test_a_rotation_needs_the_new_keys_own_proof() -> None:
    """A member who names somebody else's key as its next one would claim what that key signs."""
    rotation = a_rotation(OLD, NEW)
    payload = verify_statement(rotation, OLD.public, typ=KEY_TYP, issuer=DAIRY).payload
    stolen = {**payload, "jwk": THIEF.public.jwk, "kid": THIEF.public.thumbprint}
    elsewhere = sign_statement(
        {"jwk": NEW.public.jwk, "previous": NEWEST.public.thumbprint},
        key=NEW,
        typ=ROTATION_TYP,
        issuer=DAIRY,
        audience=ORIGIN,
    )
    for changed, pointer in (
        (stolen, "/protected/kid"),
        ({**payload, "proof": elsewhere.decode()}, "/proof"),
        ({**payload, "previous": NEWEST.public.thumbprint}, "/previous"),
    ):
        raw = sign_statement(changed, key=OLD, typ=KEY_TYP, issuer=DAIRY, audience=ORIGIN)
        with pytest.raises(Refusal) as caught:
            read_key_rotation(raw, OLD.public, issuer=DAIRY, origin=ORIGIN)
        assert [problem.pointer for problem in caught.value.problems] == [pointer]


def test_a_change_says_what_it_is_about_before_it_is_verified() -> None:
    change = read_key_change(a_rotation(OLD, NEW))
    assert (change.operation, change.kid, change.previous) == (
        "rotate",
        NEW.public.thumbprint,
        OLD.public.thumbprint,
    )
    assert (change.signer, change.issuer) == (OLD.public.thumbprint, DAIRY)
    change = read_key_change(a_revocation(OLD))
    assert (change.operation, change.signer, change.previous) == ("revoke", REGISTRAR.public.thumbprint, None)


@pytest.mark.parametrize("reason", RevocationReason)
@pytest.mark.parametrize("suspect_from", [None, 0, 17])
def test_a_revocation_comes_back(reason: RevocationReason, suspect_from: int | None) -> None:
    raw = a_revocation(OLD, reason=reason, suspect_from=suspect_from)
    kid = OLD.public.thumbprint
    found = read_key_revocation(raw, REGISTRAR.public, kid=kid, issuer=DAIRY, origin=ORIGIN)
    assert (found.reason, found.suspect_from, found.revoked_at) == (reason, suspect_from, NOW)


# A company's life: any mixture of changes, of which the history takes those that it allows.
KEYS = [a_key(f"key {number}") for number in range(5)]
AT = st.integers(0, len(KEYS) - 1)
CHANGES = st.lists(
    st.one_of(
        st.tuples(st.just("register"), AT),
        st.tuples(st.just("rotate"), AT, AT),
        st.tuples(st.just("revoke"), AT, st.none() | st.integers(0, 40)),
        st.tuples(st.just("revoke itself"), AT, st.none() | st.integers(0, 40)),
    ),
    max_size=14,
)


def _statement(change: tuple[Any, ...]) -> bytes:
    match change:
        case ("register", key):
            return a_registration(KEYS[key])
        case ("rotate", key, following):
            return a_rotation(KEYS[key], KEYS[following])
        case ("revoke", key, suspect_from):
            return a_revocation(KEYS[key], suspect_from=suspect_from)
        case (_, key, suspect_from):
            return a_revocation(KEYS[key], signer=KEYS[key], suspect_from=suspect_from)


def _taken(changes: list[tuple[Any, ...]]) -> list[tuple[int, bytes]]:
    """The entries that hold, three indexes apart, so that records stand between them."""
    found, entries = history(), []
    for number, change in enumerate(changes):
        entry = (3 * number, _statement(change))
        try:
            found = found.after([entry])
        except KeyEntryRefused:
            continue
        entries.append(entry)
    return entries


@settings(max_examples=60)
@given(CHANGES)
def test_what_holds_when_it_is_recorded_holds_for_ever(changes: list[tuple[Any, ...]]) -> None:
    """No later entry decides on admission: it can only make disputed what was active."""
    entries = _taken(changes)
    whole = history(*entries)
    for kid, index in itertools.product(whole.lives, range(3 * len(changes) + 3)):
        then = history(*(entry for entry in entries if entry[0] <= index)).standing_at(kid, index)
        now = whole.standing_at(kid, index)
        assert then.holds == now.holds
        assert then is now or (then, now) in {(ACTIVE, DISPUTED), (KeyStanding.UNKNOWN, NOT_YET)}


@settings(max_examples=60)
@given(CHANGES)
def test_a_life_goes_one_way(changes: list[tuple[Any, ...]]) -> None:
    order = [NOT_YET, ACTIVE, DISPUTED, ENDED]
    found = history(*_taken(changes))
    for kid in found.lives:
        places = [order.index(found.standing_at(kid, index)) for index in range(3 * len(changes) + 3)]
        assert places == sorted(places)


@settings(max_examples=60)
@given(CHANGES, st.integers(0, 14))
def test_a_history_read_in_two_parts_is_the_same(changes: list[tuple[Any, ...]], cut: int) -> None:
    entries = _taken(changes)
    assert history(*entries[:cut]).after(entries[cut:]) == history(*entries)


@settings(max_examples=60)
@given(CHANGES)
def test_of_a_chain_of_rotations_at_most_one_key_is_active_anywhere(changes: list[tuple[Any, ...]]) -> None:
    found = history(*_taken(changes))
    for index in range(3 * len(changes) + 3):
        for life in found.lives.values():
            if life.predecessor is not None and life.standing_at(index).holds:
                assert found.standing_at(life.predecessor, index) is ENDED
