"""Whoever flips one rule of who may do what fails a cell of the matrix: no expectation is there for show.

Each rule is flipped inside the process, and the cells that it concerns are played until one differs.
"""

from __future__ import annotations

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

import pytest

from builders.access_house import House
from builders.access_matrix import Cell, read_matrix
from builders.access_tale import Places, tell_tale
from filiere_platform.domain import links, permissions, routes, visibility
from filiere_platform.domain.audience import SharingMode as Mode
from filiere_platform.domain.links import LinkFact
from filiere_platform.domain.member import Scope
from filiere_platform.domain.permissions import Permission
from filiere_platform.domain.principal import NOBODY, Principal
from filiere_platform.domain.principal import Role as PersonRole
from filiere_platform.domain.record import Role
from filiere_platform.domain.routes import ROUTES

Patch = pytest.MonkeyPatch
# What the instance says of itself is answered before anybody asks the table; so are forms that find out by themselves.
OPEN_BY_THEMSELVES = {
    "/api/v1/keys", "/api/v1/keys/rotation", "/api/v1/keys/revocation", "/api/v1/applications", "/api/v1/invitations",
    "/api/v1/charter", "/api/v1/openapi.json", "/api/v1/asyncapi.json", "/api/v1/instance", "/log/checkpoint",
    "/log/tile/entries/{place:path}", "/log/tile/{place:path}", "/log/keys/", "/log/keys/{kid}", "/metrics", "/healthz",
    "/readyz", "/static/filiere.css", "/static/passkey.js", "/favicon.ico", "/.well-known/gs1resolver",
    "/guest/{secret}", "/epcis/{rest:path}",
}  # fmt: skip
# Routes behind which somebody asks again, so that some flips change nothing: capture under the lock, people, tokens
# and guests where they are changed.
SECOND_DOORS = {
    "POST /api/v1/records", "GET /people", "POST /people/invite", "POST /people/change", "GET /tokens",
    "POST /tokens/give", "POST /tokens/revoke", "GET /api/v1/mandates/{mandate_id}/guests",
    "POST /api/v1/mandates/{mandate_id}/guests", "DELETE /api/v1/mandates/{mandate_id}/guests/{number}",
    "POST /mandates/invite", "POST /mandates/end-link",
}  # fmt: skip


# Refused alike to whom it is not open and to whoever sends a form that no page of his has made.
REFUSED_ALIKE = {"POST /account/app"}


@pytest.fixture(scope="module")
def cells(house: House) -> list[Cell]:
    return read_matrix(house.everybody)


def fails(house: House, cells: list[Cell]) -> bool:
    return any(house.difference(cell) for cell in cells)


def concerned(cells: list[Cell], permission: Permission, actors: set[str]) -> list[Cell]:
    """The cells that a right of some actors decides, the ones that are asked for over HTTP first."""
    of_routes = {f"{method} {path}" for (method, path), needed in ROUTES.items() if needed is permission}
    asked = [cell for cell in cells if cell.actor in actors and (cell.route in of_routes or cell.route == permission)]
    return sorted(asked, key=lambda cell: (cell.surface == "right", cell.object not in {"-", "own", "public"}))


def flipped(given: frozenset[Permission], permission: Permission) -> frozenset[Permission]:
    return given ^ {permission}


def assert_each_flip_fails(house: House, cells: list[Cell], table: str, who: str, actors: set[str]) -> None:
    """Flip each permission of one row of a table of permissions."""
    rows = getattr(permissions, table)
    for permission in Permission:
        with Patch.context() as patch:
            patch.setattr(permissions, table, rows | {who: flipped(rows[who], permission)})
            assert fails(house, concerned(cells, permission, actors)), permission


@pytest.mark.parametrize("role", PersonRole)
def test_a_right_that_a_role_has_more_or_less_fails_a_cell(house: House, cells: list[Cell], role: PersonRole) -> None:
    assert_each_flip_fails(house, cells, "BY_ROLE", role, {role.value})


@pytest.mark.parametrize("scope", Scope)
def test_a_right_that_a_scope_has_more_or_less_fails_a_cell(house: House, cells: list[Cell], scope: Scope) -> None:
    assert_each_flip_fails(house, cells, "BY_SCOPE", scope, {f"token-{scope.value}", f"body-token-{scope.value}"})


@pytest.mark.parametrize(("table", "actor"), [("OF_ANYBODY", "stranger"), ("OF_GUEST", "guest")])
def test_a_right_of_strangers_and_guests_more_or_less_fails_a_cell(
    house: House, cells: list[Cell], table: str, actor: str
) -> None:
    for permission in Permission:
        with Patch.context() as patch:
            patch.setattr(permissions, table, flipped(getattr(permissions, table), permission))
            assert fails(house, concerned(cells, permission, {actor})), permission


def test_what_only_the_sector_body_administers_is_a_rule_that_a_cell_fails_for(house: House, cells: list[Cell]) -> None:
    actors = {"body-administrator", "token-administer", "body-token-administer"}
    for permission in permissions.OF_INSTANCE | {Permission.RECORD_CAPTURE, Permission.DISCLOSURE_GIVE}:
        with Patch.context() as patch:
            patch.setattr(permissions, "OF_INSTANCE", flipped(permissions.OF_INSTANCE, permission))
            assert fails(house, concerned(cells, permission, actors)), permission


@pytest.mark.parametrize("place", ROUTES, ids=" ".join)
def test_another_right_for_a_route_fails_a_cell(house: House, cells: list[Cell], place: tuple[str, str]) -> None:
    route, needed = " ".join(place), ROUTES[place]
    if route in REFUSED_ALIKE or (needed is None and place[1] in OPEN_BY_THEMSELVES):
        return
    of_route = [cell for cell in cells if cell.route == route]
    missed, caught = [], 0
    for other in (None, *Permission):
        deciding = [cell for cell in of_route if decides(house, cell, needed, other)]
        if other is needed or not deciding:
            continue  # all who are asked here have both of them, or neither
        with Patch.context() as patch:
            patch.setattr(routes, "ROUTES", MappingProxyType({**ROUTES, place: other}))
            if fails(house, deciding):
                caught += 1
            else:
                missed.append(other)
    assert caught > 0
    assert missed == [] or route in SECOND_DOORS


def decides(house: House, cell: Cell, one: Permission | None, other: Permission | None) -> bool:
    """Whether an actor has one right and not the other."""
    who = acting(house, cell)
    if who is NOBODY and one not in {None, Permission.RECORD_READ}:
        return False  # what is a member's own asks for a member in any case
    return who is not None and allows(who, one) != allows(who, other)


def acting(house: House, cell: Cell) -> Principal | None:
    """Who an actor is to a surface: by his token at the API, by his session on the pages."""
    asker = house.actors[cell.actor]
    if cell.surface != "page" or not asker.token:
        return house.principals.get(cell.actor if asker.token or cell.surface == "page" else "stranger")
    return house.principals["token-read"] if asker.cookie else NOBODY  # a session of a token reads, and no more


def allows(who: Principal, permission: Permission | None) -> bool:
    return permission is None or permissions.may(who, permission)


def taking(one: Mode, other: Mode) -> Callable[[Patch], None]:
    """Take one mode for another."""
    original = visibility.audiences_of_places

    def flip(patch: Patch) -> None:
        def taken(*arguments: Any, mode: Mode, **more: Any) -> Any:
            return original(*arguments, mode=other if mode is one else mode, **more)

        patch.setattr(visibility, "audiences_of_places", taken)

    return flip


def naming(role: Role) -> Callable[[Patch], None]:
    """Let a role name a partner that did not, or no more one that did."""
    (partners, cause), (listed, by_owner) = visibility._NAMED
    if role in listed:
        listed = listed - {role}
    else:
        partners = partners ^ {role}

    def flip(patch: Patch) -> None:
        patch.setattr(visibility, "NAMING_ROLES", partners | listed)
        patch.setattr(visibility, "_NAMED", ((partners, cause), (listed, by_owner)))

    return flip


def giving(role: Role) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(links, "GIVING_ROLES", links.GIVING_ROLES - {role})


def causing(mode: Mode) -> Callable[[Patch], None]:
    causes = {each: cause for each, cause in links.CAUSES.items() if each is not mode}
    return lambda patch: patch.setattr(links, "CAUSES", causes)


def saying(name: str, value: bool) -> Callable[[Patch], None]:  # noqa: FBT001 - what the rule says instead
    return lambda patch: patch.setattr(LinkFact, name, property(lambda _: value))


def replacing(name: str, other: Any) -> Callable[[Patch], None]:
    return lambda patch: patch.setattr(links._Graph, name, other)


# Each rule of who sees a record, flipped, and an object whose cells it decides.
SHARING: list[tuple[str, str, Callable[[Patch], None]]] = [
    ("private is partners", "secret", taking(Mode.PRIVATE, Mode.PARTNERS)),
    ("private is sector", "foreign", taking(Mode.PRIVATE, Mode.SECTOR)),
    ("partners is private", "partner", taking(Mode.PARTNERS, Mode.PRIVATE)),
    ("partners is sector", "elsewhere", taking(Mode.PARTNERS, Mode.SECTOR)),
    ("linked is sector", "beyond", taking(Mode.LINKED, Mode.SECTOR)),
    ("chain is public", "chain", taking(Mode.CHAIN, Mode.PUBLIC)),
    ("public-fields is private", "fields", taking(Mode.PUBLIC_FIELDS, Mode.PRIVATE)),
    ("public-fields is public", "fields", taking(Mode.PUBLIC_FIELDS, Mode.PUBLIC)),
    ("sector is partners", "sector", taking(Mode.SECTOR, Mode.PARTNERS)),
    ("sector is public", "sector", taking(Mode.SECTOR, Mode.PUBLIC)),
    ("public is sector", "public", taking(Mode.PUBLIC, Mode.SECTOR)),
    ("source owner", "from-owner", naming(Role.SOURCE_OWNING_PARTY)),
    ("source holder", "from-holder", naming(Role.SOURCE_POSSESSING_PARTY)),
    ("source place", "from-place", naming(Role.SOURCE_LOCATION)),
    ("destination owner", "partner", naming(Role.DESTINATION_OWNING_PARTY)),
    ("destination holder", "to-holder", naming(Role.DESTINATION_POSSESSING_PARTY)),
    ("destination place", "to-place", naming(Role.DESTINATION_LOCATION)),
    ("read point", "at-place", naming(Role.READ_POINT)),
    ("list", "listed", naming(Role.SHARED_WITH)),
    ("L1 owner", "linked", giving(Role.DESTINATION_OWNING_PARTY)),
    ("L1 holder", "linked-holder", giving(Role.DESTINATION_POSSESSING_PARTY)),
    ("L1 place", "linked-place", giving(Role.DESTINATION_LOCATION)),
    ("private links", "unlinked", saying("links", value=True)),
    ("L2 packing", "packed", saying("packs", value=False)),
    ("L2 unpacking", "unpacked", saying("unpacks", value=False)),
    ("L3 onward", "onward", replacing("_carry", lambda *_: None)),
    ("L4 becoming", "became", replacing("_lay_out_changes", lambda _: None)),
    ("L5 linked", "linked", causing(Mode.LINKED)),
    ("L5 one step", "beyond", replacing("takers", links._Graph.reached)),
    ("L6 chain", "chain", causing(Mode.CHAIN)),
    ("L6 all steps", "chain", replacing("reached", links._Graph.takers)),
]
RECORD = "GET /api/v1/records/{index}"
PROOF = "GET /api/v1/records/{index}/proof"  # of whom a view is shown, no proof is


@pytest.mark.parametrize(("rule", "name", "flip"), SHARING, ids=[rule for rule, _, _ in SHARING])
def test_a_flipped_rule_of_sharing_fails_a_cell(
    house: House, cells: list[Cell], rule: str, name: str, flip: Callable[[Patch], None]
) -> None:
    asked = [cell for cell in cells if cell.object == name and cell.route == (PROOF if name == "fields" else RECORD)]

    def told() -> dict[str, Places]:
        objects = tell_tale(house.instance, house.members, [name])
        house.members["mill"].get_published(PROOF[4:].format(**objects[name]))
        return objects

    with Patch.context() as patch:
        objects = told()
        assert [cell for cell in asked if house.answer(cell, objects) != cell.expected] == [], rule
        flip(patch)
        objects = told()
        assert any(house.answer(cell, objects) != cell.expected for cell in asked), rule
