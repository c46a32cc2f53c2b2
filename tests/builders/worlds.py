"""Two worlds that differ by what somebody did, and everything that one viewer is answered in each of them.

Whatever is not hidden from the viewer is the same in both: keys, instants, bodies. What he is answered is written with
names instead of places: what was told is called the same wherever it stands in the log. What else may differ is taken
out by the normaliser of a declassification, each by its id in docs/visibility.md.
"""

from __future__ import annotations

import base64
import itertools
import json
import re
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import httpx

from builders.access_tale import follow_links
from builders.events import CONTEXT
from builders.findings import follow_findings
from builders.instance import FixedClock, Instance, Sender
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audit import AT_CONSOLE, ActSigner
from filiere_platform.domain.finding_message import FINDING_KIND
from filiere_platform.domain.message import Copy
from filiere_platform.usecases.identifiers import add_identifier
from filiere_platform.usecases.members import member_by_uri
from filiere_schemas.provenance.bundle import read_bundle
from filiere_schemas.provenance.envelope import parse_envelope

NAMES: Final = ("viewer", "mill", "baker", "rival")
LOTS: Final = 4
BEGAN: Final = 1_772_600_000_000_000  # microseconds since 1970
STEP: Final = 3_600_000  # milliseconds between two things that are told
PUBLISH_SECONDS: Final = 20
# Members of JSON whose numbers are places in the log.
_PLACES: Final = {"index", "event", "other_event", "record", "firstIndex", "lastIndex", "indexes", "events"}
_SIZES: Final = {"as_of", "readTo", "nextPageToken", "size"}
_CREATED: Final = re.compile(r'"creationDate":"[^"]*"')
ALL: Final = frozenset(f"D{number}" for number in range(1, 19))
PREFIXES: Final = {"viewer": "9521001", "mill": "9521002"}  # whose lots are whose


@dataclass
class World:
    """Some members, some lots, and everything that was told of them, each by its name."""

    instance: Instance
    clock: FixedClock
    members: dict[str, Sender] = field(default_factory=dict)
    told: dict[str, tuple[str, dict[str, Any], int, str]] = field(default_factory=dict)  # by, event, index, jws
    heard: list[Copy] = field(default_factory=list)
    asked: dict[tuple[str, str], httpx.Response] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Admit everybody, unless they are there already; the viewer listens to the bus."""
        if self.members:
            client = self.instance.client
            self.members = {name: replace(sender, client=client) for name, sender in self.members.items()}
        else:
            self._admit()
        self.instance.platform.bus.subscribe(self.heard.append, member_id=self._viewer_id())  # type: ignore[union-attr]

    def _admit(self) -> None:
        for name in NAMES:
            self.members[name] = self.instance.admit(name, enrolment=f"file_{name}")
        platform = self.instance.platform
        signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
        for name, prefix in PREFIXES.items():
            with platform.database.unit_of_work() as uow:
                member = member_by_uri(uow, self.members[name].uri)
                add_identifier(uow, member, prefix, author=AT_CONSOLE, signer=signer, now=platform.clock())

    @property
    def viewer(self) -> Sender:
        """Who looks."""
        return self.members["viewer"]

    def _viewer_id(self) -> int:
        with self.instance.platform.database.unit_of_work() as uow:
            member = uow.members.by_uri(self.members["viewer"].uri)
        assert member is not None
        return member.id

    @staticmethod
    def lot(number: int) -> str:
        """The name of a lot."""
        return f"urn:filiere:lot:siret:73282932000074:W:{number}"

    def event(self, name: str, **members: Any) -> dict[str, Any]:
        """Make the event that a name stands for; what is None is left out."""
        number = int(name.partition("-")[2])
        event = {
            "@context": [*CONTEXT, {"filiere": "urn:filiere:ns:"}],
            "type": "ObjectEvent",
            "action": "OBSERVE",
            "eventID": f"urn:uuid:00000000-0000-4000-9200-{number:012d}",
            "eventTime": f"2026-03-0{1 + number % 9}T06:00:00+01:00",
            "eventTimeZoneOffset": "+01:00",
            **members,
        }
        return {key: value for key, value in event.items() if value is not None}

    def tell(self, name: str, by: str, **members: Any) -> int:
        """Tell something at the instant that its name stands for."""
        return self.send(name, by, self.event(name, **members))

    def send(self, name: str, by: str, event: dict[str, Any], disclosures: Sequence[bytes] = ()) -> int:
        """Send what a name stands for, with disclosures of what is sealed in it."""
        self.asked.clear()
        self.clock.now = BEGAN + int(name.partition("-")[2]) * STEP * 1_000
        envelope = self.members[by].sign(event)
        answer = self.members[by].send(b"~".join([envelope, *disclosures, b""]) if disclosures else envelope)
        assert answer.status_code == 200, answer.text
        index: int = answer.json()["records"][0]["index"]
        self.told[name] = (by, event, index, envelope.decode())
        return index

    def ask(self, path: str, **parameters: str) -> httpx.Response:
        """Ask as the viewer; what was asked before nothing more was told is not asked again."""
        place = (path, json.dumps(parameters, sort_keys=True))
        if place not in self.asked:
            self.asked[place] = self.viewer.get(path, **parameters)
        return self.asked[place]

    def settle(self) -> None:
        """Wait until links are followed and everything is published and delivered; all clocks then say the same."""
        self.clock.now = BEGAN + 1_000 * STEP * 1_000
        follow_links(self.instance)
        follow_findings(self.instance)
        deadline = time.monotonic() + PUBLISH_SECONDS
        while True:
            note = self.viewer.get("/log/checkpoint")
            with self.instance.platform.database.unit_of_work() as uow:
                behind = uow.grants.after(uow.cursors.read("relay"), 1)
            size = self.instance.log_size()
            chain = self.viewer.get(f"/api/v1/keys/{self.viewer.key.public.thumbprint}/chain").json()
            published = note.status_code == 200 and int(note.text.split("\n")[1]) == size
            if published and not behind and chain["readTo"] == size:
                return
            assert time.monotonic() < deadline, note.text
            time.sleep(0.02)

    def sees(self, name: str) -> bool:
        """Whether the viewer sees something that was told."""
        return name in self.told and self.viewer.get(f"/api/v1/records/{self.told[name][2]}").status_code in {200, 410}

    def knows_of(self, lot: str, name: str) -> bool:
        """Whether D2 and D3 let the viewer know that something hidden is there at a lot."""
        hidden = self.told[name][1]
        if lot not in objects_of(hidden):
            return False
        if self.viewer.uri in json.dumps([hidden.get("destinationList"), hidden.get("filiere:sharedWith")]):
            return True
        return any(
            by != "viewer" and lot in objects_of(event) and other != name and self.sees(other)
            for other, (by, event, _, _) in self.told.items()
        )


def objects_of(event: dict[str, Any]) -> set[str]:
    """The lots that an event is about."""
    lists = ("quantityList", "inputQuantityList", "outputQuantityList", "childQuantityList")
    return {each["epcClass"] for name in lists for each in event.get(name) or ()}


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Writes a world's answers with names; `allowed` are the declassifications that are normalised."""

    world: World
    common: Collection[str]  # what both worlds told
    allowed: Collection[str] = ALL
    known: Collection[str] = ()  # lots at which the viewer may know that something hidden is there
    apart: Collection[str] = ()  # what is withdrawn, erased or asked for in one world alone

    @property
    def _names(self) -> dict[int, str]:
        return {self.world.told[name][2]: name for name in self.common}

    def answers(self) -> dict[str, Any]:
        """Everything that the viewer is answered, by question."""
        return dict(itertools.chain(self._records(), self._lists(), self._lots(), self._pages(), self._bus()))

    def _records(self) -> Iterator[tuple[str, Any]]:
        for name in self.common:
            _, event, index, _ = self.world.told[name]
            for path in (f"/api/v1/records/{index}", f"/epcis/events/{event['eventID']}"):
                yield f"{path.rpartition('/')[0]}/{name}", self.read(path)
            proof = self.world.ask(f"/api/v1/records/{index}/proof")
            yield f"proof {name}", (proof.status_code, self._as_proof(proof))
            yield f"cose {name}", self.world.ask(f"/api/v1/cose-receipt/{index}").status_code

    def _as_proof(self, proof: httpx.Response) -> str:
        return "a proof" if "D1" in self.allowed and proof.status_code == 200 else self._text(proof.text)

    def _lists(self) -> Iterator[tuple[str, Any]]:
        for path in ("/api/v1/findings", "/api/v1/audit", "/api/v1/suppliers", "/api/v1/instance"):
            yield path, self.read(path)
        for side in ("asked", "received"):
            yield side, self.read("/api/v1/access-requests", side=side)
        for name, sender in self.world.members.items():
            yield f"chain {name}", self.read(f"/api/v1/keys/{sender.key.public.thumbprint}/chain")
            yield f"key {name}", self.read(f"/log/keys/{sender.key.public.thumbprint}")
        if "D6" not in self.allowed:
            yield "keys", self.read("/log/keys/")
        for query in ({}, {"EQ_bizStep": "shipping"}, {"MATCH_anyEPCClass": self.world.lot(1)}, {"eventType": "X"}):
            yield f"events {query}", list(self._events(query))

    def _events(self, query: dict[str, str]) -> Iterator[Any]:
        parameters = {**query, "perPage": "2"}
        while True:
            answer = self.world.ask("/epcis/events", **parameters)
            yield self._said(answer)
            token = answer.links.get("next", {}).get("url", "").partition("nextPageToken=")[2].partition("&")[0]
            if not token:
                return
            parameters["nextPageToken"] = token

    def _lots(self) -> Iterator[tuple[str, Any]]:
        for lot in (self.world.lot(number) for number in range(LOTS)):
            for direction in ("up", "down", "both"):
                yield f"trace {direction} {lot}", self.read("/api/v1/trace", object=lot, direction=direction)
            for direction in ("up", "down"):
                answer = self.world.ask("/api/v1/trace/stream", object=lot, direction=direction)
                lines = [self._json(json.loads(line)) for line in answer.text.splitlines()]
                yield f"stream {direction} {lot}", (answer.status_code, lines)
            bundle = self.world.ask("/api/v1/bundle", object=lot)
            yield f"bundle {lot}", (bundle.status_code, self._bundle(bundle))
            yield f"credential {lot}", self.world.ask("/api/v1/credential", object=lot).status_code

    def _bundle(self, answer: httpx.Response) -> Any:
        if answer.status_code != 200:
            return self._text(answer.text)
        bundle = read_bundle(answer.content)
        names = self._names
        entries = [
            (entry.kind, names.get(entry.index, "?"), self._text((entry.body or b"").decode()))
            for entry in bundle.entries
            if entry.kind != "key"
        ]
        hidden = [h for h in bundle.hidden if "D2" not in self.allowed or h.object not in self.known]
        chains = [] if "D14" in self.allowed else [(c.kid, c.first_seq, c.last_seq) for c in bundle.chains]
        return bundle.object, entries, hidden, chains

    def _pages(self) -> Iterator[tuple[str, Any]]:
        client = self.world.viewer.client
        came = client.post("/sign-in", data={"token": self.world.viewer.token}, follow_redirects=False)
        cookie = {"Cookie": came.headers["set-cookie"].partition(";")[0]}
        client.cookies.clear()
        yield "home", self._text(client.get("/", headers=cookie).text)
        for name in self.common:
            path = f"/record/{self.world.told[name][2]}"
            yield f"record page {name}", client.get(path, headers=cookie).status_code
        for lot in (self.world.lot(number) for number in range(LOTS)):
            answer = client.get("/lot.json", params={"object": lot}, headers=cookie)
            yield f"lot.json {lot}", self._said(answer)
            yield f"lot page {lot}", client.get("/lot", params={"object": lot}, headers=cookie).status_code

    def _bus(self) -> Iterator[tuple[str, Any]]:
        # Findings come when a worker has found them, sooner in one world than in the other: the list has the same.
        records = (copy for copy in self.world.heard if copy.kind != FINDING_KIND)
        batches = [each for copy in records for each in json.loads(copy.body)]
        for road, events in (("bus", batches), ("bus over HTTP", self.world.ask("/api/v1/deliveries").json())):
            told = [self._json(each) for each in events if each["data"]["kind"] == "event"]
            yield road, [{**each, "id": "?"} if "D1" in self.allowed else each for each in told]

    def read(self, path: str, **parameters: str) -> Any:
        """Ask, and write the answer with names."""
        return self._said(self.world.ask(path, **parameters))

    def _said(self, answer: httpx.Response) -> Any:
        if "json" not in answer.headers.get("content-type", ""):
            return answer.status_code, self._text(answer.text)
        body = self._json(json.loads(_CREATED.sub('"creationDate":""', answer.text)))
        links = "next" in answer.links
        return answer.status_code, self._declassified(body) if isinstance(body, dict) else body, links

    def _declassified(self, body: dict[str, Any]) -> dict[str, Any]:
        if "D2" in self.allowed and "nodes" in body and self.known:
            body["nodes"] = [
                {k: v for k, v in node.items() if k != "hidden_events" or node["key"] not in self.known}
                for node in body["nodes"]
            ]
            body["sealed"] = [each for each in body["sealed"] if each["object"] not in self.known]
        if "D3" in self.allowed and "findings" in body and "nodes" in body:
            body["findings"] = [each for each in body["findings"] if each["object"] not in self.known]
        if "findings" in body and "nodes" not in body:
            body["findings"] = [self._finding(each) for each in body["findings"] if not self._is_of_another(each)]
        if "D9" in self.allowed and "requests" in body:
            body["requests"] = [each for each in body["requests"] if each["purpose"] not in self.apart]
        return body

    def _is_of_another(self, finding: dict[str, Any]) -> bool:
        """Whether a finding tells that somebody else declared something under the viewer's identifiers (D15)."""
        named = finding["index"] in self._names.values() or finding["index"] in self._names
        return "D15" in self.allowed and finding["rule"] == "declared-by-another" and not named

    def _finding(self, finding: dict[str, Any]) -> dict[str, Any]:
        told = {**finding, "firstSeen": "", "openedAt": ""}  # when a worker came by
        if "D16" in self.allowed:
            told["id"] = "a number"
        if "D1" in self.allowed and not finding["rule"].startswith("chain"):
            told |= {"low": "a place", "high": "a place"}
        return told

    def _json(self, value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {name: self._json(each, name) for name, each in value.items()}
        if isinstance(value, list):
            return [self._json(each, key) for each in value]
        sized = isinstance(value, int | str) and not isinstance(value, bool) and "D1" in self.allowed
        if sized and (key == "handle" or key in _SIZES):
            return (
                "a handle" if key == "handle" else "a size"
            )  # a handle is of a viewer, an object and a record's place
        if sized and key in _PLACES and isinstance(value, int):
            return self._names.get(value, value)
        return self._text(value) if isinstance(value, str) else value

    def _text(self, text: str) -> str:
        """Replace what names a record by what the record is called."""
        for name in self.common:
            _, _, index, jws = self.world.told[name]
            if "D14" in self.allowed:
                text = text.replace(jws, f"«{_content(jws)}»").replace(parse_envelope(jws.encode()).sha256.hex(), name)
            if "D1" in self.allowed:
                text = re.sub(
                    rf"(records?/|record |enregistrement |nextPageToken=){index}(?![0-9])", rf"\g<1>{name}", text
                )
        return text


def _content(jws: str) -> str:
    """What a record says and who signed it, without its place in the chain of its key."""
    head, payload, _ = jws.split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
    return json.dumps({k: v for k, v in header.items() if k not in {"seq", "prev"}}) + payload


def differences(one: dict[str, Any], other: dict[str, Any], *, apart: Iterable[str] = ()) -> list[str]:
    """The questions that are answered otherwise in the two worlds, with both answers."""
    left_out = tuple(apart)
    return [
        f"{question}:\n  {one.get(question)}\n  {other.get(question)}"
        for question in one.keys() | other.keys()
        if one.get(question) != other.get(question) and not any(word in question for word in left_out)
    ]
