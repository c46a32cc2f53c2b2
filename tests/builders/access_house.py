"""The house: a member whose people, machines and rivals ask for everything that there is.

An actor is somebody of the house unless its name says otherwise, and holds all that he ever was given: a token, or a
session of the pages. Which of the two a surface takes is the surface's business.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from fastapi.testclient import TestClient

from builders.access_commands import OPERATOR, run_command
from builders.access_matrix import PEOPLE, Cell
from builders.access_tale import Places, tell_tale
from builders.access_ways import ask
from builders.asking import Asker
from builders.findings import found_of
from builders.instance import Instance, Sender
from filiere_platform.blobs.key_files import Duty
from filiere_platform.bus.embedded import EmbeddedBus
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.credential import principal_of_token, read_token
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.mandate import DAY
from filiere_platform.domain.member import MemberStatus, Scope
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.domain.principal import CONSOLE, NOBODY, Actor, Principal, Role
from filiere_platform.usecases.looks import state_looks
from filiere_platform.usecases.members import create_api_token, set_status
from filiere_platform.usecases.people import Administration, invite_person, suspend_person
from filiere_platform.usecases.sign_in import principal_of_session

# Whose rights are asked for, of those who act: nobody who is suspended has any.
RIGHTFUL = {*PEOPLE, "body-administrator", "body-auditor", "body-reader"}
DELIVERY_SECONDS = 20
PASSWORD = "trois vaches au pré"
SCOPES = {
    "token-none": frozenset[Scope](),
    "token-capture": frozenset({Scope.CAPTURE}),
    "token-read": frozenset({Scope.READ}),
    "token-manage": frozenset({Scope.MANAGE}),
    "token": frozenset(Scope),
}


@dataclass
class House:
    """Everybody, and everything."""

    instance: Instance
    members: dict[str, Sender] = field(default_factory=dict)
    actors: dict[str, Asker] = field(default_factory=dict)
    objects: dict[str, Places] = field(default_factory=dict)
    people: dict[str, str] = field(default_factory=dict)  # id by actor
    heard: dict[str, list[str]] = field(default_factory=dict)  # by member, the messages of its queue
    principals: dict[str, Principal] = field(default_factory=dict)  # as the doors know them: surface `right`

    def asker(self, name: str, *, token: str = "", cookie: str = "") -> Asker:
        client = self.instance.client
        assert isinstance(client, TestClient)
        self.actors[name] = Asker(name=name, client=client, token=token, cookie=cookie)
        return self.actors[name]

    def person(self, name: str, uri: str, *roles: Role) -> Asker:
        """Somebody who has joined and signed in."""
        platform = self.instance.platform
        with platform.database.unit_of_work() as uow:
            member = uow.members.by_uri(uri)
            assert member is not None
            made = invite_person(
                uow, self.doing(), member, login=f"{name}@{member.id}.example", name=name, roles=frozenset(roles)
            )
        self.people[name] = made.person.id
        asker = self.asker(name)
        joined = asker.ask("POST", "/join", form={"t": made.secret, "password": PASSWORD})
        assert joined.status_code == 303, joined.text
        came = asker.ask("POST", "/sign-in", form={"login": made.person.login, "password": PASSWORD})
        assert came.status_code == 303, came.text
        asker.cookie = _session_of(came)
        return asker

    def machine(self, name: str, token: str) -> Asker:
        """A token, signed in at the pages too, where it may."""
        asker = self.asker(name)
        came = asker.ask("POST", "/sign-in", form={"token": token})
        asker.token, asker.cookie = token, _session_of(came)
        return asker

    def suspend_person(self, name: str) -> None:
        with self.instance.platform.database.unit_of_work() as uow:
            suspend_person(uow, self.doing(), self.people[name])

    def token(self, uri: str, scopes: frozenset[Scope], *, expires_at: int | None = None) -> str:
        with self.instance.platform.database.unit_of_work() as uow:
            return create_api_token(uow, uri=uri, scopes=scopes, expires_at=expires_at)

    @property
    def everybody(self) -> dict[str, tuple[str, ...]]:
        """Who is played, by surface."""
        askers = tuple(self.actors)
        heard = tuple(self.heard)
        rights = tuple(self.principals)
        return {"http": askers, "page": askers, "right": rights, "bus": heard, "command": (*heard, OPERATOR)}

    def answer(self, cell: Cell, objects: Mapping[str, Places] | None = None) -> str:
        """Play a cell, on the house's objects or on others of their names."""
        if cell.surface == "right":
            return "may" if may(self.principals[cell.actor], Permission(cell.route)) else "may not"
        found = self.objects if objects is None else objects
        if cell.surface == "bus":
            named = f'"{found[cell.object]["event_id"]}"'
            return "delivered" if any(named in message for message in self.heard[cell.actor]) else "hidden"
        if cell.surface == "command":
            return run_command(self.instance, cell.route, self._uri(cell.actor), found[cell.object])
        return ask(self.actors[cell.actor], cell.route, found.get(cell.object, {}))

    def _uri(self, name: str) -> str:
        if name == "body":
            return _sector_body(self)
        member = self.members.get("gone" if name == "gone-member" else name)
        return member.uri if member else name

    def difference(self, cell: Cell) -> str:
        """Play a cell; gives a line of a table where it is answered otherwise."""
        answered = self.answer(cell)
        return "" if answered == cell.expected else f"{cell}, and was answered {answered}"

    def differences(self, cells: Iterable[Cell]) -> str:
        """Play cells; gives a table of those that are answered otherwise, empty where none is."""
        return "\n".join(difference for cell in cells if (difference := self.difference(cell)))

    def doing(self) -> Administration:
        platform = self.instance.platform
        signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
        return Administration(by=CONSOLE, signer=signer, now=platform.clock())


def _session_of(response: httpx.Response) -> str:
    given = [value.partition(";")[0] for value in response.headers.get_list("set-cookie")]
    return next((cookie for cookie in given if cookie.partition("=")[2].strip('"')), "")


def build_house(instance: Instance) -> House:
    """Admit everybody, tell the tale, let everybody sign in, then suspend who is suspended."""
    house = House(instance)
    for name in ("house", "mill", "carrier", "rival", "gone"):
        house.members[name] = instance.admit(f"{name} of the matrix")
    _listen(house)
    house.objects = tell_tale(instance, house.members)
    _wait_for_delivery(house)
    _admit_people(house)
    _admit_machines(house)
    _add_nouns(house)
    _let_a_guest_in(house)
    with instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=house.members["gone"].uri, status=MemberStatus.SUSPENDED)
    house.suspend_person("suspended-person")
    house.principals |= _principals(house)
    house.members["house"].get_published(f"/api/v1/records/{house.objects['own']['index']}/proof")
    house.members["mill"].get_published(f"/api/v1/records/{house.objects['public']['index']}/proof")
    return house


def _listen(house: House) -> None:
    """Let each member, and the sector body, take what the bus has for it."""
    bus, body = house.instance.platform.bus, _sector_body(house)
    assert isinstance(bus, EmbeddedBus)
    for name, uri in {**{name: sender.uri for name, sender in house.members.items()}, "body": body}.items():
        heard = house.heard.setdefault("gone-member" if name == "gone" else name, [])
        with house.instance.platform.database.unit_of_work() as uow:
            member = uow.members.by_uri(uri)
        assert member is not None
        bus.subscribe(lambda copy, heard=heard: heard.append(copy.body.decode()), member_id=member.id)  # type: ignore[misc]


def _wait_for_delivery(house: House) -> None:
    deadline = time.monotonic() + DELIVERY_SECONDS
    while True:
        with house.instance.platform.database.unit_of_work() as uow:
            if not uow.grants.after(uow.cursors.read("relay"), 1):
                return
        assert time.monotonic() < deadline, "the relay keeps something back"
        time.sleep(0.02)


def _admit_people(house: House) -> None:
    uri = house.members["house"].uri
    for role in PEOPLE:
        house.person(role, uri, Role(role))
    house.person("suspended-person", uri, Role.QUALITY)
    house.person("rival-administrator", house.members["rival"].uri, Role.ADMINISTRATOR)
    house.person("gone-administrator", house.members["gone"].uri, Role.ADMINISTRATOR)
    body = _sector_body(house)
    for role in (Role.ADMINISTRATOR, Role.AUDITOR, Role.READER):
        house.person(f"body-{role.value}", body, role)


def _admit_machines(house: House) -> None:
    instance, uri = house.instance, house.members["house"].uri
    house.asker("stranger")
    house.asker("wrong-token", token="fil_000000000000_" + "A" * 43)
    for name, scopes in SCOPES.items():
        house.machine(name, house.token(uri, scopes))
    expired = house.token(uri, frozenset(Scope), expires_at=instance.platform.clock() - 1)
    house.machine("expired-token", expired)
    revoked = house.token(uri, frozenset(Scope))
    house.machine("revoked-token", revoked)
    with instance.platform.database.unit_of_work() as uow:
        uow.tokens.revoke(revoked.split("_")[1])
    for name in ("mill", "carrier", "rival", "gone"):
        house.machine(f"{name}-token", house.members[name].token)
    house.machine("body-token", house.token(_sector_body(house), frozenset(Scope)))


def _principals(house: House) -> dict[str, Principal]:
    """Who acts, found by what he presents."""
    platform, now = house.instance.platform, house.instance.platform.clock()
    found = {"stranger": NOBODY, "console": CONSOLE, "guest": Principal(actor=Actor.GUEST, actor_id="g", member_id=1)}
    for name, asker in house.actors.items():
        if name in house.people and name in RIGHTFUL:
            directory = platform.directory.current()
            with platform.database.unit_of_work() as uow:
                who = principal_of_session(uow, asker.cookie.partition("=")[2], directory, now=now)
            assert who is not None
            found[name] = who
    uri, body = house.members["house"].uri, _sector_body(house)
    tokens = {f"token-{scope.value}": house.token(uri, frozenset({scope})) for scope in Scope}
    tokens |= {name: house.actors[name].token for name in ("token", "token-none", "body-token")}
    tokens["body-token-administer"] = house.token(body, frozenset({Scope.ADMINISTER}))
    directory = platform.directory.current()
    return found | {name: principal_of_token(read_token(text), directory, now=now) for name, text in tokens.items()}


def _sector_body(house: House) -> str:
    with house.instance.platform.database.unit_of_work() as uow:
        body = uow.members.sector_body()
    assert body is not None
    return body.uri


def _add_nouns(house: House) -> None:
    """What is not a record: keys, tokens, jobs, requests for access, of the house and of the mill."""
    house.objects["own"]["request_id"] = _declined_request(
        house.members["carrier"], house.objects["asked"]["lot"], house
    )
    house.objects["foreign"]["request_id"] = _declined_request(
        house.members["house"], house.objects["beyond"]["lot"], house
    )
    for name, owner in (("own", "house"), ("foreign", "mill")):
        sender, places = house.members[owner], house.objects[name]
        places["kid"] = sender.key.public.thumbprint
        places["prefix"] = _given_token(sender)
        places["job_id"] = _job(sender)
        places["partner_code"] = f"F-{name}"
        places["partner_id"] = _partner(sender, places["partner_code"])
        places["entry_id"] = _described(sender)
        places["recall_id"] = _recalled(sender, places["lot"])
        places["case_id"] = _drafted(sender, places["lot"], house.members["carrier"].uri)
        places["mandate_id"] = _revoked_mandate(sender, house)
        places["finding"] = str(found_of(house.instance, sender))
    for places in house.objects.values():
        places.setdefault("kid", "A" * 43)
        places.setdefault("prefix", "0a1b2c3d4e5f")
        places.setdefault("job_id", "00000000-0000-4000-8000-000000000000")
        places.setdefault("request_id", "A" * 22)
        places.setdefault("partner_id", "0" * 16)
        places.setdefault("entry_id", "0" * 24)
        places.setdefault("recall_id", "0" * 16)
        places.setdefault("case_id", "0" * 16)
        places.setdefault("mandate_id", "0" * 16)
        places.setdefault("finding", "999999")


def _declined_request(asker: Sender, lot: str, house: House) -> str:
    """Ask for what is sealed at a lot; whoever is asked declines, so that nothing changes by asking again."""
    node, *_ = asker.get("/api/v1/trace", object=lot).json()["sealed"]
    wanted = {"handle": node["handle"], "purpose": "rappel"}
    asked = asker.client.post("/api/v1/access-requests", json=wanted, headers=asker.headers)
    assert asked.status_code == 201, asked.text
    request: str = asked.json()["id"]
    for owner in (house.members["house"], house.members["mill"]):
        owner.client.post(f"/api/v1/access-requests/{request}/decline", headers=owner.headers)
    return request


def _revoked_mandate(sender: Sender, house: House) -> str:
    """A mandate over nothing that there is, with a guest link, both revoked."""
    wanted: dict[str, Any] = {
        "purpose": "audit",
        "reason": "audit",
        "holder": house.members["gone"].uri,
        "scope": {"objects": ["urn:x:nothing"]},
        "until": iso_instant(house.instance.platform.clock() + DAY),
    }
    client, headers = sender.client, sender.headers
    given = client.post("/api/v1/mandates", json=wanted, headers=headers)
    assert given.status_code == 201, given.text
    mandate: str = given.json()["id"]
    linked = client.post(f"/api/v1/mandates/{mandate}/guests", json={"label": "expert"}, headers=headers)
    assert linked.status_code == 201, linked.text
    assert client.delete(f"/api/v1/mandates/{mandate}/guests/1", headers=headers).status_code == 204
    assert client.delete(f"/api/v1/mandates/{mandate}", headers=headers).status_code == 204
    return mandate


def _let_a_guest_in(house: House) -> None:
    """Somebody without an account, who came by a link under a mandate over the house's own lot."""
    sender, own = house.members["house"], house.objects["own"]
    until = iso_instant(house.instance.platform.clock() + DAY)
    wanted: dict[str, Any] = {"purpose": "audit", "reason": "audit", "scope": {"objects": [own["lot"]]}, "until": until}
    given = sender.client.post("/api/v1/mandates", json=wanted, headers=sender.headers)
    assert given.status_code == 201, given.text
    guests = f"/api/v1/mandates/{given.json()['id']}/guests"
    made = sender.client.post(guests, json={"label": "expert"}, headers=sender.headers)
    assert made.status_code == 201, made.text
    guest = house.asker("guest")
    guest.cookie = _session_of(guest.ask("GET", urlsplit(made.json()["address"]).path))
    deadline = time.monotonic() + DELIVERY_SECONDS
    while guest.ask("GET", f"/record/{own['index']}").status_code != httpx.codes.OK:
        assert time.monotonic() < deadline, "nobody follows the mandate"
        time.sleep(0.02)
    # The first looks at a member are stated in the log within a minute, by a worker: in the middle of some test.
    doing = house.doing()
    with house.instance.platform.database.unit_of_work() as uow:
        state_looks(uow, signer=doing.signer, now=doing.now)
        assert uow.looks.unstated(stated_before=doing.now) == []


def _partner(sender: Sender, code: str) -> str:
    wanted: dict[str, Any] = {"code": code, "name": "Laiterie", "relations": ["supplier"]}
    answer = sender.client.post("/api/v1/suppliers", json=wanted, headers=sender.headers)
    assert answer.status_code == 201, answer.text
    partner: str = answer.json()["id"]
    return partner


def _recalled(sender: Sender, lot: str) -> str:
    """A draft of a recall: it warns nobody."""
    answer = sender.client.post("/api/v1/recalls", json={"objects": [lot], "reason": "x"}, headers=sender.headers)
    assert answer.status_code == 201, answer.text
    recall: str = answer.json()["id"]
    return recall


def _drafted(sender: Sender, lot: str, receiver: str) -> str:
    """A case that is not sent: its receiver does not know of it."""
    said = {"text": "x", "fields": {"defect": "other"}}
    wanted = {"machine": "nonconformity", "receiver": receiver, "subjects": [lot], **said}
    answer = sender.client.post("/api/v1/cases", json=wanted, headers=sender.headers)
    assert answer.status_code == 201, answer.text
    case: str = answer.json()["id"]
    return case


def _described(sender: Sender) -> str:
    """What somebody says of a place, and shares with nobody."""
    wanted = {"vocabulary": "urn:epcglobal:epcis:vtype:ReadPoint", "id": "urn:x:place"}
    answer = sender.client.put("/api/v1/master-data", json=wanted, headers=sender.headers)
    assert answer.status_code == 200, answer.text
    entry: str = answer.json()["entry"]
    return entry


def _given_token(sender: Sender) -> str:
    wanted: dict[str, Any] = {"name": "spare", "scopes": ["read"]}
    answer = sender.client.post("/api/v1/tokens", json=wanted, headers=sender.headers)
    assert answer.status_code == 201, answer.text
    prefix: str = answer.json()["prefix"]
    return prefix


def _job(sender: Sender) -> str:
    document = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-03-02T06:00:00Z",
        "epcisBody": {"eventList": []},
    }
    headers = {**sender.headers, "Content-Type": "application/json"}
    answer = sender.client.post("/epcis/capture", content=json.dumps(document), headers=headers)
    assert answer.status_code == 202, answer.text
    job: str = answer.json()["captureID"]
    return job
