"""Every route says which right it needs, and asks for it: the list is read by the edge, not only by this test."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.routing import iter_route_contexts

from builders.instance import Instance
from filiere_platform.domain.member import Scope
from filiere_platform.domain.permissions import OF_ANYBODY
from filiere_platform.domain.routes import ROUTES
from filiere_platform.usecases.members import add_member, create_api_token

GUARDED = [(method, path) for (method, path), needed in ROUTES.items() if needed is not None]
PLACES = {"{index}": "0", "{prefix}": "0a1b2c3d4e5f", "{kid}": "x", "{job_id}": "x", "{event_id:path}": "urn:x"} | {
    "{member_id}": "1",
    "{application_id}": "x",
    "{dispute}": "1",
    "{finding}": "1",
}


def address(path: str) -> str:
    for place, value in PLACES.items():
        path = path.replace(place, value)
    return path


@pytest.fixture(scope="module")
def powerless(shared: Instance) -> dict[str, str]:
    """A token that was given no scope at all."""
    with shared.platform.database.unit_of_work() as uow:
        add_member(uow, uri="urn:filiere:party:duns:123456789", name="Sans droit")
        token = create_api_token(uow, uri="urn:filiere:party:duns:123456789", scopes=frozenset[Scope]())
    return {"Authorization": f"Bearer {token}"}


def test_every_route_declares_what_it_needs_and_every_declaration_has_its_route(shared: Instance) -> None:
    served = {
        (method, route.path)
        for route in iter_route_contexts(shared.platform.application().routes)
        # A websocket begins as a GET, for which the address has a route of its own.
        for method in (getattr(route, "methods", None) or {"GET"}) - {"HEAD"}
    }
    assert served == set(ROUTES)


@pytest.mark.parametrize(("method", "path"), GUARDED)
def test_a_route_asks_for_the_right_that_it_declares(
    method: str, path: str, shared: Instance, powerless: dict[str, str]
) -> None:
    needed = {"object": "urn:x", "subject": "urn:x", "direction": "up", "member": "1"}
    period = {"from": "2026-01-01T00:00:00Z", "until": "2026-02-01T00:00:00Z"}
    asked: dict[str, Any] = {"params": needed | period, "json": {}}
    if path.startswith(("/api/", "/epcis/")):
        refused = shared.client.request(method, address(path), headers=powerless, **asked)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope-missing")
    if ROUTES[method, path] not in OF_ANYBODY:
        assert shared.client.request(method, address(path), **asked).status_code == 401
        # Who asks is decided before anything of what he sends is: its media type, its form.
        unreadable = {"params": asked["params"], "content": b"\xff", "headers": {"Content-Type": "x/y"}}
        assert shared.client.request(method, address(path), **unreadable).status_code == 401
