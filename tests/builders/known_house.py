"""A house that knows itself: who asks in which role, and the ids of what there is, by the names of the API's places.

Much smaller than the house of the access matrix: nobody has to sign in.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx

from builders.access_tale import tell_tale
from builders.events import DAIRY, an_object_event
from builders.findings import do, explain, found_of
from builders.instance import Instance, Sender
from filiere_platform.api.openapi_examples import BODIES
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audit import AT_CONSOLE, ActSigner
from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.mandate import DAY
from filiere_platform.domain.member import MemberStatus, Scope
from filiere_platform.domain.principal import Actor, Principal
from filiere_platform.domain.recall import RecallAct
from filiere_platform.domain.webhook import DeadLetter, new_id
from filiere_platform.usecases.members import add_member, create_api_token, set_status
from filiere_platform.usecases.recall import Recalling, approve_recall
from filiere_schemas.provenance.disclosures import seal

PATIENCE = 20  # seconds, until what a worker does is done
MEMBERS = ("house", "mill", "carrier", "rival", "gone", "auditor")
NOWHERE = "http://127.0.0.1:9/hook"  # nobody listens
PREFIX = "9521001"  # of the numbers of `builders.events`


@dataclass
class KnownHouse:
    """An instance, whose token asks in which role, and what there is."""

    instance: Instance
    members: dict[str, Sender] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)  # by role; empty: no credential
    objects: dict[str, dict[str, str]] = field(default_factory=dict)  # as of the access matrix
    places: dict[str, Any] = field(default_factory=dict)  # by name of a parameter
    sealed: tuple[int, bytes] = (0, b"")  # a record, and a disclosure that its sender kept
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    def ask(self, role: str, method: str, path: str, **request: Any) -> httpx.Response:
        """Ask in a role."""
        token = self.tokens[role]
        headers = {**request.pop("headers", {}), **({"Authorization": f"Bearer {token}"} if token else {})}
        return self.instance.client.request(method, path, headers=headers, **request)

    def made(self, path: str, *, by: str = "administrator", **changes: Any) -> Any:
        """Make what an example of the document makes, changed; gives what was answered."""
        answer = self.ask(by, "POST", path, json={**BODIES.get(f"POST {path}", {}), **changes})
        assert answer.status_code in {201, 202}, answer.text
        return answer.json()

    def in_days(self, days: int) -> str:
        return iso_instant(self.instance.platform.clock() + days * DAY)

    def new_code(self) -> str:
        return f"N-{next(self._numbers)}"

    def new_uri(self) -> str:
        return f"urn:filiere:party:duns:9{next(self._numbers):08d}"

    def newcomer(self, *, named: bool = False) -> int:
        """Admit a member with no record, and with an identifier of its own or none; gives its id."""
        identifiers = ()
        if named:
            self.places["identifier"] = f"urn:x:{self.new_code()}"
            identifiers = (self.places["identifier"],)
        with self.instance.platform.database.unit_of_work() as uow:
            return add_member(uow, uri=self.new_uri(), name="Newcomer", identifiers=identifiers).id

    def invitation(self) -> str:
        text: str = self.made(f"/api/v1/admin/members/{self.newcomer()}/invite", by="body")["invitation"]
        return text

    def partner(self) -> str:
        made: str = self.made("/api/v1/suppliers", code=self.new_code())["id"]
        return made

    def webhook(self) -> str:
        """Give a webhook of the house's that is paused; a member may not have many."""
        with self.instance.platform.database.unit_of_work() as uow:
            queries = uow.subscriptions.query_names(member_id=self.member_id("house"))
            streams = [each for each in uow.webhooks.of_member(self.member_id("house")) if each.id not in queries]
            for old in streams[1:]:
                uow.webhooks.remove(old.id)
        made: str = self.made("/api/v1/webhooks", url=NOWHERE, kinds=["void"])["id"]
        return made

    def query(self) -> str:
        """Give a new named query of the house's."""
        name = self.new_code()
        self.made("/epcis/queries", name=name)
        return name

    def subscription(self) -> dict[str, str]:
        """Give a subscription of a query of the house's: its own one, since its removal takes it along."""
        name = self.query()
        with self.instance.platform.database.unit_of_work() as uow:
            for old in uow.subscriptions.query_names(member_id=self.member_id("house")):
                if old != self.places.get("subscription_id"):
                    uow.webhooks.remove(old)
        made = self.made(f"/epcis/queries/{name}/subscriptions", dest=NOWHERE, stream=True)
        return {"query_name": name, "subscription_id": made["subscriptionID"]}

    def letter(self) -> str:
        """Give a dead letter of a webhook of the house's: one made at the beginning may be removed by now."""
        webhook = self.webhook()
        with self.instance.platform.database.unit_of_work() as uow:
            letter = DeadLetter(
                id=new_id(), webhook_id=webhook, member_id=self.member_id("house"),
                log_index=self.places["index"], kind="event", after=0, position=1,
                died_at=self.instance.platform.clock(), attempts=5, said="HTTP 422",
            )  # fmt: skip
            uow.webhooks.bury(letter)
        return letter.id

    def member_id(self, name: str) -> int:
        with self.instance.platform.database.unit_of_work() as uow:
            member = uow.members.by_uri(self.members[name].uri)
        assert member is not None
        return member.id

    def mandate(self) -> str:
        """Let the auditor look at a lot of the house's."""
        scope = {"objects": [self.objects["own"]["lot"]]}
        holder = self.members["auditor"].uri
        given: str = self.made("/api/v1/mandates", holder=holder, scope=scope, until=self.in_days(30))["id"]
        return given

    def charter(self) -> dict[str, Any]:
        """Give the charter in force, as an applicant accepts it."""
        in_force = self.ask("stranger", "GET", "/api/v1/charter").json()
        return {name: in_force[name] for name in ("version", "sha256")}

    def application(self) -> str:
        """Give an application that waits; strangers may not make many."""
        waiting = self.ask("body", "GET", "/api/v1/admin/applications", params={"state": "pending"})
        for each in waiting.json()["applications"]:
            return str(each["id"])
        made: str = self.made(
            "/api/v1/applications", by="stranger", uri=self.new_uri(), charter=self.charter(), identifiers=[]
        )["id"]
        return made

    def handle(self, role: str, name: str) -> str:
        """Give the handle of what is sealed to somebody at an object."""
        asked = self.ask(role, "GET", "/api/v1/trace", params={"object": self.objects[name]["lot"]})
        handle: str = asked.json()["sealed"][0]["handle"]
        return handle

    def access_request(self, role: str, handle: str) -> str:
        made: str = self.made("/api/v1/access-requests", by=role, handle=handle)["id"]
        return made

    def recall(self) -> dict[str, str]:
        """Let two people of the house send a recall of a lot of its own; gives it, and what it has to answer for."""
        made = self.made("/api/v1/recalls", objects=[self.objects["own"]["lot"]])["id"]
        platform = self.instance.platform
        signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
        with platform.database.unit_of_work() as uow:
            member_id = self.member_id("house")
            doing = Recalling(member_id=member_id, author=AT_CONSOLE, signer=signer, now=platform.clock())
            for name in ("a", "b"):
                person = Principal(actor=Actor.PERSON, actor_id=name, member_id=member_id)
                approve_recall(uow, doing, made, RecallAct.SEND, version=1, by=person)
            (notice,) = uow.recalls.notices(made)
        return {"recall_id": made, "notice_id": notice.id}

    def case(self) -> str:
        """Give a notice to the carrier, about a lot of the house's own, that is not sent."""
        about = {"receiver": self.members["carrier"].uri, "subjects": [self.objects["own"]["lot"]]}
        made: str = self.made("/api/v1/cases", **about)["id"]
        return made

    def dispute(self) -> int:
        """Let the mill declare under the house's numbers; gives the number of what is found."""
        event = an_object_event(quantityList=[{"epcClass": f"urn:epc:class:lgtin:{PREFIX}.000017.{self.new_code()}"}])
        assert self.members["mill"].send_events(event).status_code == httpx.codes.OK
        wait_until(lambda: bool(self._disputes()))
        number: int = self._disputes()[0]["id"]
        return number

    def finding(self, *steps: str) -> int:
        """Let something be found of the house's, and let it be explained or closed."""
        sender = self.members["house"]
        number = found_of(self.instance, sender)
        for step in steps:
            done = explain(sender, number) if step == "explanation" else do(sender, number, step, reason="x")
            assert done.is_success, done.text
        return number

    def _disputes(self) -> list[dict[str, Any]]:
        asked = self.ask("body", "GET", "/api/v1/admin/disputes", params={"state": "open"})
        found: list[dict[str, Any]] = asked.json()["findings"]
        return found


def build_known_house(instance: Instance) -> KnownHouse:
    """Admit everybody, tell the tale of the access matrix, and make one of each thing that has an id."""
    house = KnownHouse(instance)
    house.members = {name: instance.admit(f"{name} that is known") for name in MEMBERS}
    house.objects = tell_tale(instance, house.members)
    _give_tokens(house)
    house.made("/api/v1/admin/charter", by="body", version="2025-1")
    with instance.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(house.members["house"].uri)
        assert member is not None
    given = house.ask("body", "POST", f"/api/v1/admin/members/{member.id}/identifiers", json={"identifier": PREFIX})
    assert given.is_success, given.text
    house.sealed = _seal(house)
    own, asked = house.objects["own"], house.handle("carrier", "asked")
    house.places = {
        "index": int(own["index"]),
        "event_id": own["event_id"],
        "object": own["lot"],
        "job_id": house.made("/epcis/capture")["captureID"],
        "kid": house.members["house"].key.public.thumbprint,
        "prefix": house.made("/api/v1/tokens")["prefix"],
        "partner_id": house.partner(),
        "mandate_id": house.mandate(),
        "number": "1",
        "handle": asked,
        "request_id": house.access_request("carrier", asked),
        "declined": house.access_request("administrator", house.handle("administrator", "beyond")),
        "application_id": house.application(),
        "member_id": house.newcomer(),
        "member": house.members["mill"].uri,
        "dispute": 1,
        "finding": house.finding(),
        "direction": "up",
        "webhook_id": house.webhook(),
        "case_id": house.case(),
        **house.subscription(),
    }
    house.places |= house.recall()
    house.places |= {"event_type": "ObjectEvent", "biz_step": "shipping", "disposition": "active", "read_point": DAIRY}
    house.places["epc"] = house.places["object"]
    house.places["letter_id"] = house.letter()
    house.made(f"/api/v1/mandates/{house.places['mandate_id']}/guests", label="expert")
    with instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=house.members["gone"].uri, status=MemberStatus.SUSPENDED)
    # Until the auditor is shown what the mandate covers, and the newest record is published.
    wait_until(lambda: house.ask("auditor", "GET", f"/api/v1/records/{own['index']}").is_success)
    house.members["house"].get_published(f"/api/v1/records/{house.sealed[0]}/proof")
    size = instance.client.get("/log/checkpoint").text.splitlines()[1]
    house.places["place"] = f"0/000.p/{size}"
    return house


def _give_tokens(house: KnownHouse) -> None:
    reading = frozenset({Scope.READ})
    with house.instance.platform.database.unit_of_work() as uow:
        body = uow.members.sector_body()
        assert body is not None
        house.tokens = {
            **{name: sender.token for name, sender in house.members.items()},
            "administrator": house.members["house"].token,
            "reader": create_api_token(uow, uri=house.members["house"].uri, scopes=reading),
            "body": create_api_token(uow, uri=body.uri, scopes=frozenset(Scope)),
            "auditor": create_api_token(uow, uri=house.members["auditor"].uri, scopes=reading),
            "stranger": "",
        }


def _seal(house: KnownHouse) -> tuple[int, bytes]:
    owner = house.members["house"]
    event = an_object_event(bizTransactionList=[{"type": "po", "bizTransaction": "urn:x:1"}])
    sealed, (kept,) = seal(event, ["/bizTransactionList"])
    answer = owner.send_events(sealed)
    assert answer.status_code == httpx.codes.OK, answer.text
    return answer.json()["records"][0]["index"], kept


def wait_until(is_done: Callable[[], bool]) -> None:
    """Give the workers time."""
    deadline = time.monotonic() + PATIENCE
    while not is_done():
        assert time.monotonic() < deadline, "the workers do not come to it"
        time.sleep(0.02)


def quoted(value: object) -> str:
    """Write a value as a piece of a path."""
    return quote(str(value), safe="/.:")
