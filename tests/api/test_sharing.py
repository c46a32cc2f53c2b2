"""What an owner decides of who sees its records, and everything that somebody else would try to decide for it."""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from builders.access_tale import tell_tale
from builders.events import CONTEXT
from builders.house import House, open_house
from builders.instance import Instance, Sender
from conftest import Backend
from filiere_platform.domain.principal import Role
from filiere_platform.usecases.grants import differing_grants

NUMBERS = itertools.count()
HANDLE = re.compile(r'name="handle" value="([^"]+)"')
REQUEST = re.compile(r'name="request" value="([^"]+)"')


@pytest.fixture
def house(backend: Backend) -> Iterator[House]:
    with open_house(backend.folder, backend.database_url) as opened:
        yield opened


def tell(sender: Sender, lot: str, sharing: str | None = "private") -> int:
    """Declare a lot; gives the log index."""
    event: dict[str, Any] = {
        "@context": [*CONTEXT, {"filiere": "urn:filiere:ns:"}],
        "type": "ObjectEvent",
        "action": "ADD",
        "bizStep": "commissioning",
        "eventID": f"urn:uuid:00000000-0000-4000-a100-{next(NUMBERS):012d}",
        "eventTime": "2026-03-02T06:00:00+01:00",
        "eventTimeZoneOffset": "+01:00",
        "quantityList": [{"epcClass": lot, "quantity": 10, "uom": "KGM"}],
    }
    answer = sender.send_events(event | ({} if sharing is None else {"filiere:sharing": sharing}))
    assert answer.status_code == 200, answer.text
    index: int = answer.json()["records"][0]["index"]
    return index


def a_lot() -> str:
    return f"urn:filiere:lot:siret:73282932000074:SHARED:{next(NUMBERS)}"


def ask(sender: Sender, method: str, path: str, **json: Any) -> httpx.Response:
    return sender.client.request(method, path, json=json or None, headers=sender.headers)


def grants_to(instance: Instance, sender: Sender) -> list[tuple[int, int]]:
    """What a member's stream is made of: number and record."""
    with instance.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(sender.uri)
        assert member is not None
        return [(g.grant_no, g.log_index) for g in uow.grants.for_audiences([member.id], 0, 10_000)]


def differences(instance: Instance) -> int:
    with instance.platform.database.unit_of_work() as uow:
        return sum(block.count for block in differing_grants(uow, below=uow.log.head().size))


def test_a_members_default_holds_for_later_records_that_say_nothing(instance: Instance) -> None:
    owner, other = instance.admit("owner"), instance.admit("other")
    before = ask(owner, "GET", "/api/v1/sharing").json()
    assert (before["mode"], before["named"]) == (None, None)
    assert ask(owner, "PUT", "/api/v1/sharing", mode="private", named=None).status_code == 200
    early = tell(owner, a_lot(), sharing=None)
    changed = ask(owner, "PUT", "/api/v1/sharing", mode="sector", named=True)
    assert changed.json() == before | {"mode": "sector", "named": True}
    late, said = tell(owner, a_lot(), sharing=None), tell(owner, a_lot(), sharing="private")
    assert [other.get(f"/api/v1/records/{index}").status_code for index in (early, late, said)] == [404, 200, 404]
    assert ask(owner, "PUT", "/api/v1/sharing", mode="sector", named=True).status_code == 200  # changes nothing
    acts = [(act["act"], act["details"]) for act in owner.get("/api/v1/audit").json()["acts"]]
    assert acts == [
        ("sharing.set", {"mode": "private"}),
        ("sharing.set", {"mode": "sector"}),
        ("naming.set", {"named": "true"}),
    ]
    assert ask(owner, "PUT", "/api/v1/sharing", mode="everyone", named=None).status_code == 400
    assert ask(other, "GET", "/api/v1/sharing").json()["mode"] is None


def test_a_partner_named_afterwards_is_granted_the_record_once_and_keeps_it(instance: Instance) -> None:
    owner, partner, other = (instance.admit(name) for name in ("owner", "partner", "other"))
    index = tell(owner, a_lot())
    before = grants_to(instance, partner)
    path = f"/api/v1/records/{index}/grants"
    assert partner.get(f"/api/v1/records/{index}").status_code == 404
    named = ask(owner, "POST", path, member=partner.uri)
    assert {each["member"]: each["cause"] for each in named.json()["shown"]} == {
        owner.uri: "owner",
        partner.uri: "access_given",
    }
    assert partner.get(f"/api/v1/records/{index}").status_code == 200
    assert other.get(f"/api/v1/records/{index}").status_code == 404
    (new,) = set(grants_to(instance, partner)) - set(before)
    assert new[1] == index
    assert new[0] > max(number for number, _ in grants_to(instance, owner) if number != new[0])
    again = ask(owner, "POST", path, member=partner.uri)
    assert again.json() == named.json()
    assert len(grants_to(instance, partner)) == len(before) + 1
    assert differences(instance) == 0  # derived again, it is the same
    act = owner.get("/api/v1/audit").json()["acts"][-1]
    assert (act["act"], act["object"], act["details"]) == (
        *("record.share", f"record:{index}"),
        {"to": partner.uri, "records": "1"},
    )
    assert "record.share" not in partner.get("/api/v1/audit").text
    assert instance.fsck().holds


def test_a_partner_of_a_lot_sees_the_owners_records_about_it_and_nobody_elses(instance: Instance) -> None:
    owner, partner, third = (instance.admit(name) for name in ("owner", "partner", "third"))
    lot = a_lot()
    mine = [tell(owner, lot), tell(owner, lot)]
    theirs, elsewhere = tell(third, lot), tell(owner, a_lot())
    named = ask(owner, "POST", "/api/v1/records/grants", object=lot, member=partner.uri)
    assert (named.status_code, named.json()["records"]) == (200, 2)
    seen = {index: partner.get(f"/api/v1/records/{index}").status_code for index in (*mine, theirs, elsewhere)}
    assert seen == {mine[0]: 200, mine[1]: 200, theirs: 404, elsewhere: 404}
    assert differences(instance) == 0


def test_nobody_names_a_partner_for_records_of_others(instance: Instance) -> None:
    owner, partner, rival = (instance.admit(name) for name in ("owner", "partner", "rival"))
    lot = a_lot()
    index = tell(owner, lot)
    shared = tell(owner, a_lot(), sharing="sector")
    for place in (index, shared, index + 1_000):
        for method in ("GET", "POST"):
            refused = ask(
                rival, method, f"/api/v1/records/{place}/grants", **({"member": rival.uri} if method == "POST" else {})
            )
            assert refused.status_code == 404
    hidden = ask(rival, "POST", "/api/v1/records/grants", object=lot, member=partner.uri)
    never = ask(rival, "POST", "/api/v1/records/grants", object=a_lot(), member=partner.uri)
    assert [answer.json()["code"] for answer in (hidden, never)] == ["nothing-to-share"] * 2
    for wrong in (owner.uri, "urn:filiere:party:duns:000000000", "nobody", ""):
        refused = ask(owner, "POST", f"/api/v1/records/{index}/grants", member=wrong)
        assert (refused.status_code, refused.json()["code"]) == (400, "no-such-partner")
    assert grants_to(instance, rival) == [grant for grant in grants_to(instance, rival) if grant[1] != index]


def test_sharing_is_kept_and_partners_are_named_on_pages(house: House) -> None:
    instance = house.instance
    owner, partner = instance.admit("Laiterie"), instance.admit("Crémerie")
    lot = a_lot()
    index = tell(owner, lot)
    person = house.person("s@example.org", Role.SUPERVISOR, member=owner.uri)
    person.get("/sharing")
    assert person.post("/sharing", mode="sector", named="no").status_code == 303
    assert owner.get("/api/v1/sharing").json()["mode"] == "sector"
    assert person.post("/sharing", mode="everyone", named="no").status_code == 400
    person.get(f"/record/{index}")
    named = person.post("/sharing/partners", record=str(index), partner=partner.uri)
    assert named.status_code == 200
    assert "Crémerie" in named.text
    assert partner.get(f"/api/v1/records/{index}").status_code == 200
    assert "Crémerie" in person.get(f"/record/{index}").text  # the owner reads to whom it is shown
    stranger = house.person("p@example.org", Role.SUPERVISOR, member=partner.uri)
    assert "/sharing/partners" not in stranger.get(f"/record/{index}").text
    stranger.get("/sharing")
    assert stranger.post("/sharing/partners", record=str(index), partner=partner.uri).status_code == 404


def test_access_is_asked_for_at_a_sealed_node_and_granted_on_pages(house: House) -> None:
    instance = house.instance
    members = {name: instance.admit(name) for name in ("house", "mill", "carrier", "gone")}
    objects = tell_tale(instance, members)
    asker = house.person("c@example.org", Role.QUALITY, member=members["carrier"].uri)
    owner = house.person("h@example.org", Role.QUALITY, member=members["house"].uri)
    page = asker.get(f"/lot?object={objects['asked']['address']}")
    handle = HANDLE.findall(page.text)[0]
    hostile = "rappel <script>alert(1)</script>\nlot A"
    assert asker.post("/access-requests/ask", handle=handle, purpose=hostile).status_code == 303
    received = owner.get("/access-requests")
    assert "<script>" not in received.text
    (request,) = set(REQUEST.findall(received.text))
    assert asker.get(f"/record/{objects['asked']['index']}").status_code == 404
    asker.get("/access-requests")
    assert asker.post("/access-requests/answer", request=request, answer="grant").status_code == 404  # not his to grant
    owner.get("/access-requests")
    assert owner.post("/access-requests/answer", request=request, answer="grant").status_code == 303
    assert asker.get(f"/record/{objects['asked']['index']}").status_code == 200
    asker.get("/access-requests")
    assert asker.post("/access-requests/ask", handle="A" * 60, purpose="x").status_code == 404
    assert asker.post("/access-requests/ask", handle=handle, purpose=" ").status_code == 400
