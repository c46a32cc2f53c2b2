"""Who may do what: the tables, and the one look at them."""

from __future__ import annotations

import pytest

from filiere_platform.domain.credential import Forbidden, Unauthenticated
from filiere_platform.domain.member import Scope
from filiere_platform.domain.permissions import OF_INSTANCE, Permission, may, permissions_of, require
from filiere_platform.domain.principal import CONSOLE, NOBODY, Actor, Principal, Role


def person(*roles: Role, of_sector_body: bool = False) -> Principal:
    return Principal(
        actor=Actor.PERSON, actor_id="p1", member_id=7, roles=frozenset(roles), of_sector_body=of_sector_body
    )


def token(*scopes: Scope) -> Principal:
    return Principal(actor=Actor.TOKEN, actor_id="0" * 12, member_id=7, scopes=frozenset(scopes))


@pytest.mark.parametrize("role", Role)
def test_no_role_of_a_member_administers_the_instance(role: Role) -> None:
    assert permissions_of(person(role)) & OF_INSTANCE == set()


def test_only_administrators_of_the_sector_body_and_the_console_administer_the_instance() -> None:
    for role in Role:
        governs = permissions_of(person(role, of_sector_body=True)) >= OF_INSTANCE
        assert governs == (role is Role.ADMINISTRATOR)
    assert permissions_of(CONSOLE) == set(Permission)


def test_a_token_of_the_sector_body_alone_administers_the_instance_where_its_scope_says_so() -> None:
    for scopes in (frozenset(Scope), frozenset(Scope) - {Scope.ADMINISTER}):
        for of_sector_body in (True, False):
            bearer = Principal(actor=Actor.TOKEN, member_id=1, of_sector_body=of_sector_body, scopes=scopes)
            given = permissions_of(bearer) & OF_INSTANCE
            assert given == (OF_INSTANCE if of_sector_body and Scope.ADMINISTER in scopes else set())
    with pytest.raises(Forbidden) as refused:
        require(token(*Scope), Permission.MEMBER_SUSPEND)
    assert refused.value.problems[0].code == "permission-missing"


def test_roles_add_up_and_no_role_is_no_right() -> None:
    both = permissions_of(person(Role.OPERATOR, Role.AUDITOR))
    assert both == permissions_of(person(Role.OPERATOR)) | permissions_of(person(Role.AUDITOR))
    assert permissions_of(person()) == set()


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.AUTHORITY, Role.READER])
def test_who_looks_changes_nothing(role: Role) -> None:
    changing = {Permission.RECORD_CAPTURE, Permission.DISCLOSURE_GIVE} | {
        each for each in Permission if each.value.endswith((".manage", ".grant", ".invite"))
    }
    assert permissions_of(person(role)) & changing == set()


def test_a_scope_is_said_by_name_where_a_token_lacks_it() -> None:
    require(token(Scope.READ), Permission.RECORD_READ)
    with pytest.raises(Forbidden) as refused:
        require(token(Scope.READ), Permission.RECORD_CAPTURE)
    assert refused.value.problems[0].code == "scope-missing"
    with pytest.raises(Forbidden) as refused:
        require(token(*Scope), Permission.PERSON_MANAGE)
    assert refused.value.problems[0].code == "permission-missing"


def test_nobody_is_asked_to_sign_in_and_reads_what_is_public() -> None:
    require(NOBODY, Permission.RECORD_READ)
    for permission in set(Permission) - {Permission.RECORD_READ}:
        with pytest.raises(Unauthenticated):
            require(NOBODY, permission)


def test_a_guest_reads_and_does_nothing_else() -> None:
    guest = Principal(actor=Actor.GUEST, actor_id="g1", member_id=7)
    assert may(guest, Permission.RECORD_READ)
    assert not any(may(guest, each) for each in Permission if each is not Permission.RECORD_READ)
