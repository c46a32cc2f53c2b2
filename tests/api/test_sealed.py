"""Sealed fields over HTTP: who is shown them, what the others are told, and what an owner hands over later.

The attacker looks for the values, in every spelling that he can think of, in everything that the platform answers.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import time
import zipfile
from collections.abc import Iterator
from io import BytesIO
from typing import Any

import httpx
import pytest

from builders.envelopes import b64
from builders.events import CONTEXT, an_object_event
from builders.instance import Instance, Sender
from filiere_platform.domain.audience import SharingMode
from filiere_schemas.provenance.canonical import canonicalize
from filiere_schemas.provenance.disclosures import seal
from filiere_schemas.provenance.envelope import parse_envelope, verify_envelope
from filiere_schemas.provenance.erasure import Erased

OWNER, PARTNER, OTHER, ANYBODY = "owner", "partner", "other", "anybody"
PUBLISH_SECONDS = 20
SHOWN_TO = {OWNER, PARTNER}
SECRETS = {
    "/quantityList/0/quantity": 8_173_355_219,
    "/quantityList/0/uom": "TNE",
    "/bizTransactionList": "urn:epcglobal:cbv:bt:9521002000010:PO-SECRET-5512",
    "/ilmd/dairy:price": "price-4417-secret",
}
NUMBERS = iter(range(1_000_000))


class Story:
    """An owner that seals, the partner that it names, another member of the sector, and anybody."""

    def __init__(self, instance: Instance) -> None:
        mark = next(NUMBERS)
        self.instance = instance
        self.members: dict[str, Sender] = {
            name: instance.admit(f"sealed {name} {mark}") for name in (OWNER, PARTNER, OTHER)
        }
        self.lot = f"urn:filiere:lot:duns:{mark:09d}:MILK:L{mark}"

    def an_event(self, mode: SharingMode, **changes: Any) -> dict[str, Any]:
        return an_object_event(
            **{
                "@context": [*CONTEXT, {"filiere": "urn:filiere:ns:"}],
                "eventID": f"urn:uuid:00000000-0000-4000-c000-{next(NUMBERS):012d}",
                "destinationList": [{"type": "owning_party", "destination": self.members[PARTNER].uri}],
                "filiere:sharing": mode.value,
                "quantityList": [{"epcClass": self.lot, "quantity": 8_173_355_219, "uom": "TNE"}],
                "bizTransactionList": [{"type": "po", "bizTransaction": SECRETS["/bizTransactionList"]}],
                "ilmd": {"dairy:price": SECRETS["/ilmd/dairy:price"]},
            }
            | changes
        )

    def send(self, event: dict[str, Any], disclosures: tuple[bytes, ...]) -> int:
        owner = self.members[OWNER]
        answer = owner.send(owner.sign(event, disclosures=disclosures))
        assert answer.status_code == 200, answer.text
        index: int = answer.json()["records"][0]["index"]
        return index

    def get(self, name: str, path: str, **parameters: str) -> httpx.Response:
        headers = {} if name == ANYBODY else self.members[name].headers
        return self.instance.client.get(path, params=parameters, headers=headers)

    def give(self, name: str, index: int, *given: bytes) -> httpx.Response:
        return self.instance.client.post(
            f"/api/v1/records/{index}/disclosures",
            json={"disclosures": [each.decode() for each in given]},
            headers=self.members[name].headers if name != ANYBODY else {},
        )

    def everything(self, name: str, event_id: str, index: int) -> Iterator[tuple[str, bytes]]:
        """Every answer in which a record could show up."""
        for path, parameters in (
            (f"/api/v1/records/{index}", {}),
            (f"/epcis/events/{event_id}", {}),
            ("/epcis/events", {"EQ_eventID": event_id}),
            ("/epcis/events", {"MATCH_anyEPCClass": self.lot}),
            ("/api/v1/trace", {"object": self.lot}),
            ("/api/v1/bundle", {"object": self.lot}),
            ("/api/v1/credential", {"object": self.lot}),
            (f"/api/v1/records/{index}/proof", {}),
            (f"/api/v1/cose-receipt/{index}", {}),
            ("/api/v1/trace", {"object": self.lot, "as_of": str(index + 1)}),
        ):
            yield path, self.get(name, path, **parameters).content
        headers = {} if name == ANYBODY else {"Cookie": self.session_of(name)}
        for path, parameters in (
            ("/lot", {"object": self.lot}),
            ("/lot", {"object": self.lot, "draw": ""}),
            ("/lot.json", {"object": self.lot}),
            ("/lot.zip", {"object": self.lot}),
            (f"/record/{index}", {}),
            ("/", {}),
        ):
            yield path, self.instance.client.get(path, params=parameters, headers=headers).content

    def settle(self) -> None:
        """Wait until the log's head covers every record."""
        deadline = time.monotonic() + PUBLISH_SECONDS
        while int(self.instance.client.get("/log/checkpoint").text.split("\n")[1]) < self.instance.log_size():
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def session_of(self, name: str) -> str:
        form = {"token": self.members[name].token}
        origin = {"Origin": str(self.instance.client.base_url)}
        answer = self.instance.client.post("/sign-in", data=form, headers=origin, follow_redirects=False)
        # The last one: signing in ends whatever session the browser had before.
        cookie = answer.headers.get_list("set-cookie")[-1].partition(";")[0]
        self.instance.client.cookies.clear()
        return cookie


@pytest.fixture
def story(shared: Instance) -> Story:
    return Story(shared)


def revealed(content: bytes) -> set[str]:
    """The sealed fields whose values can be read out of some bytes, also out of what they wrap."""
    texts = [content, *_unwrapped(content)]
    # A unit has three letters: as a word alone, since digests and signatures hold any three letters some day.
    spellings = {pointer: rb"(?<![\w-])%s(?![\w-])" % str(value).encode() for pointer, value in SECRETS.items()}
    return {pointer for pointer, value in spellings.items() if any(re.search(value, text) for text in texts)}


def _unwrapped(content: bytes) -> Iterator[bytes]:
    """What stands in base64 inside: payloads and disclosures of a JWS, files of a zip."""
    if content[:2] == b"PK":
        with zipfile.ZipFile(BytesIO(content)) as file:
            for name in file.namelist():
                inner = file.read(name)
                yield inner
                yield from _unwrapped(inner)
        return
    for separator in b'".~ \n<>&;':
        content = content.replace(bytes([separator]), b" ")
    for word in content.split():
        if len(word) > 40:
            try:
                yield base64.urlsafe_b64decode(word + b"=" * (-len(word) % 4))
            except ValueError:
                continue


@pytest.mark.parametrize("mode", SharingMode)
def test_no_output_shows_a_withheld_value_to_who_is_not_its_owner_or_partner(story: Story, mode: SharingMode) -> None:
    event, disclosures = seal(story.an_event(mode), SECRETS)
    index = story.send(event, disclosures)
    story.settle()
    for name in (OTHER, ANYBODY):
        found = {path: revealed(content) for path, content in story.everything(name, event["eventID"], index)}
        assert not any(found.values()), (name, {path: what for path, what in found.items() if what})
    readers = SHOWN_TO if mode is not SharingMode.PRIVATE else {OWNER}
    for name in readers:
        shown = {path: revealed(content) for path, content in story.everything(name, event["eventID"], index)}
        assert shown[f"/api/v1/records/{index}"] == set(SECRETS), "the attacker is able to see what is shown"
        assert shown[f"/epcis/events/{event['eventID']}"] == set(SECRETS)
        assert {"/quantityList/0/quantity"} <= shown["/api/v1/trace"]
        assert shown["/api/v1/bundle"] == shown["/lot.zip"] == shown[f"/record/{index}"] == set(SECRETS)


def test_who_is_not_shown_a_field_is_told_that_it_is_there(story: Story) -> None:
    event, disclosures = seal(story.an_event(SharingMode.SECTOR), SECRETS)
    index = story.send(event, disclosures)
    expected = [
        {"object": "", "fields": 1},
        {"object": "/ilmd", "fields": 1},
        {"object": "/quantityList/0", "fields": 2},
    ]
    told_of_record = story.get(OTHER, f"/api/v1/records/{index}").json()["withheld"]
    assert told_of_record == [{**each, "erased": 0} for each in expected]
    assert story.get(OWNER, f"/api/v1/records/{index}").json()["withheld"] == []
    document = story.get(OTHER, f"/epcis/events/{event['eventID']}").json()
    (read,) = document["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    told = [{"object": each["filiere:object"], "fields": each["filiere:fields"]} for each in read["filiere:withheld"]]
    assert told == expected
    assert read["quantityList"] == [{"epcClass": story.lot}]
    assert "_sd" not in json.dumps(read)


def test_a_sealed_amount_is_unknown_in_a_trace_and_never_zero(story: Story) -> None:
    event, disclosures = seal(story.an_event(SharingMode.SECTOR), SECRETS)
    story.send(event, disclosures)
    mine, others = (story.get(name, "/api/v1/trace", object=story.lot).json() for name in (OWNER, OTHER))
    assert mine["nodes"][0]["quantities"]["made"] == {"amounts": [{"quantity": "8173355219", "uom": "TNE"}], "open": 0}
    assert others["nodes"][0]["quantities"]["made"] == {"amounts": [], "open": 1}
    assert [event["fields_withheld"] for event in mine["events"]] == [0]
    assert [event["fields_withheld"] for event in others["events"]] == [4]


def test_the_signature_holds_for_every_reader(story: Story) -> None:
    owner = story.members[OWNER]
    event, disclosures = seal(story.an_event(SharingMode.PUBLIC), SECRETS)
    index = story.send(event, disclosures)
    digests = set()
    for name in (OWNER, PARTNER, OTHER, ANYBODY):
        envelope = parse_envelope(story.get(name, f"/api/v1/records/{index}").json()["jws"].encode())
        verify_envelope(envelope, owner.key.public, issuer=owner.uri, audience=owner.origin)
        assert len(envelope.disclosures) == (len(SECRETS) if name in SHOWN_TO else 0)
        digests.add(envelope.sha256)
    assert len(digests) == 1


@pytest.mark.parametrize("pointer", ["/disposition", "/readPoint", "/bizStep", "/readPoint/id"])
def test_what_the_profile_does_not_allow_is_refused(story: Story, pointer: str) -> None:
    owner = story.members[OWNER]
    event, disclosures = seal(story.an_event(SharingMode.SECTOR), [pointer])
    answer = owner.send(owner.sign(event, disclosures=disclosures))
    assert (answer.status_code, answer.json()["code"]) == (400, "sealed-field-not-in-profile")
    assert answer.json()["errors"][0]["pointer"] == pointer


def test_an_object_of_which_no_field_may_be_sealed_holds_no_digest(story: Story) -> None:
    owner = story.members[OWNER]
    place = {"id": "urn:x:1", "_sd": ["A" * 43]}
    event = story.an_event(SharingMode.SECTOR, readPoint=place, _sd_alg="sha-256")
    answer = owner.send(owner.sign(event))
    assert (answer.status_code, answer.json()["code"]) == (400, "sealed-field-not-in-profile")
    assert answer.json()["errors"][0]["pointer"] == "/readPoint"


def test_a_field_that_the_profile_does_not_allow_is_refused_when_it_is_handed_over(story: Story) -> None:
    """Nobody knows the name of a withheld field before."""
    event, disclosures = seal(story.an_event(SharingMode.SECTOR), ["/disposition"])
    refused = story.give(OWNER, story.send(event, ()), *disclosures)
    assert (refused.status_code, refused.json()["code"]) == (400, "sealed-field-not-in-profile")
    assert refused.json()["errors"][0]["pointer"] == "/disposition"


def test_an_owner_hands_over_later_what_it_kept(story: Story) -> None:
    event, disclosures = seal(story.an_event(SharingMode.SECTOR), SECRETS)
    index = story.send(event, ())
    before = story.instance.log_size()
    for name in (OWNER, PARTNER, OTHER):
        assert revealed(story.get(name, f"/api/v1/records/{index}").content) == set()
    first = story.give(OWNER, index, *disclosures[:2])
    assert first.status_code == 200, first.text
    assert (first.json()["added"], first.json()["known"]) == (2, 0)
    assert sum(each["fields"] for each in first.json()["withheld"]) == 2
    again = story.give(OWNER, index, *disclosures)
    assert (again.json()["added"], again.json()["known"], again.json()["withheld"]) == (2, 2, [])
    assert story.give(OWNER, index, *disclosures).json()["added"] == 0
    for name in (OWNER, PARTNER):
        for path in (f"/api/v1/records/{index}", f"/epcis/events/{event['eventID']}"):
            assert revealed(story.get(name, path).content) == set(SECRETS)
        made = story.get(name, "/api/v1/trace", object=story.lot).json()["nodes"][0]["quantities"]["made"]
        assert made == {"amounts": [{"quantity": "8173355219", "uom": "TNE"}], "open": 0}
    assert revealed(story.get(OTHER, f"/api/v1/records/{index}").content) == set()
    assert story.instance.log_size() == before, "a disclosure is no record"
    story.settle()
    assert story.instance.fsck().holds


def test_of_two_who_hand_over_at_once_neither_undoes_the_other(story: Story) -> None:
    """What is written takes the place of what was read, or of nothing."""
    event, disclosures = seal(story.an_event(SharingMode.SECTOR), SECRETS)
    index = story.send(event, disclosures[:1])
    with story.instance.platform.database.unit_of_work() as uow:
        assert not uow.disclosures.replace(index, before=None, after=disclosures[1])
        assert not uow.disclosures.replace(index, before=disclosures[2], after=disclosures[1])
        assert uow.disclosures.replace(index, before=disclosures[0], after=b"~".join(disclosures[:2]))
    assert story.give(OWNER, index, *disclosures).json()["added"] == 2


def test_nobody_else_hands_over_anything(story: Story) -> None:
    event, disclosures = seal(story.an_event(SharingMode.SECTOR), SECRETS)
    index = story.send(event, ())
    for name in (PARTNER, OTHER):
        answer = story.give(name, index, *disclosures)
        assert (answer.status_code, answer.json()["code"]) == (403, "not-the-owner")
    assert story.give(ANYBODY, index, *disclosures).status_code == 401
    hidden, given = seal(story.an_event(SharingMode.PRIVATE), SECRETS)
    answer = story.give(OTHER, story.send(hidden, ()), *given)
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")
    assert revealed(story.get(OWNER, f"/api/v1/records/{index}").content) == set()


def test_only_what_was_sealed_in_the_record_is_taken(story: Story) -> None:
    event, disclosures = seal(story.an_event(SharingMode.SECTOR), SECRETS)
    _, strange = seal(story.an_event(SharingMode.SECTOR), SECRETS)
    index = story.send(event, ())
    forged = b64(canonicalize(["A" * 22, "quantity", 1]))
    for given, code, pointer in (
        ((disclosures[0], strange[0]), "unreferenced-disclosure", "/disclosures/1"),
        ((forged,), "unreferenced-disclosure", "/disclosures/0"),
        ((disclosures[0], disclosures[0]), "duplicate-digest", "/disclosures/1"),
        ((b"!!",), "disclosure-malformed", "/disclosures/0"),
        ((), "no-disclosures", "/disclosures"),
        ((b"",), "bad-disclosure-list", "/disclosures"),
    ):
        answer = story.give(OWNER, index, *given)
        assert (answer.status_code, answer.json()["code"]) == (400, code), (given, answer.text)
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert story.give(OWNER, index, disclosures[0]).status_code == 200
    answer = story.give(OWNER, index, disclosures[1], strange[1])
    assert answer.json()["errors"][0]["pointer"] == "/disclosures/1"
    assert sum(each["fields"] for each in story.get(OWNER, f"/api/v1/records/{index}").json()["withheld"]) == 3


def test_a_request_of_another_form_is_refused(story: Story) -> None:
    event, _ = seal(story.an_event(SharingMode.SECTOR), SECRETS)
    index = story.send(event, ())
    path, headers = f"/api/v1/records/{index}/disclosures", story.members[OWNER].headers
    client = story.instance.client
    for body in ("[]", "{}", '{"disclosures": "x"}', '{"disclosures": [1]}'):
        answer = client.post(path, content=body, headers={**headers, "Content-Type": "application/json"})
        assert (answer.status_code, answer.json()["code"]) == (400, "no-disclosures")
    assert client.post(path, content="x", headers={**headers, "Content-Type": "text/plain"}).status_code == 415
    large = json.dumps({"disclosures": ["x" * 600_000]})
    answer = client.post(path, content=large, headers={**headers, "Content-Type": "application/json"})
    assert answer.status_code == 413


def test_two_statements_of_one_lot_stay_two_when_their_amounts_are_sealed(story: Story) -> None:
    event = story.an_event(
        SharingMode.SECTOR,
        quantityList=[{"epcClass": story.lot, "quantity": n, "uom": "KGM"} for n in (40, 2)],
    )
    sealed, disclosures = seal(event, ["/quantityList/0/quantity", "/quantityList/1/quantity"])
    story.send(sealed, disclosures)
    made = [
        story.get(name, "/api/v1/trace", object=story.lot).json()["nodes"][0]["quantities"]["made"]
        for name in (OWNER, PARTNER, OTHER)
    ]
    assert made[0] == made[1] == {"amounts": [{"quantity": "42", "uom": "KGM"}], "open": 0}
    assert made[2]["amounts"] == []
    assert made[2]["open"] >= 1


def test_what_was_erased_is_read_by_nobody_and_cannot_be_handed_over_again(story: Story) -> None:
    event, disclosures = seal(story.an_event(SharingMode.SECTOR), SECRETS)
    index = story.send(event, disclosures)
    for each in disclosures:
        (gone,) = revealed(each)
        digest = hashlib.sha256(each).digest()
        story.instance.erase(index, what=Erased.DISCLOSURES, disclosures=frozenset({digest}))
        assert gone not in revealed(story.get(OWNER, f"/api/v1/records/{index}").content)
        assert gone not in revealed(story.get(OWNER, "/api/v1/trace", object=story.lot).content)
        answer = story.give(OWNER, index, each)
        assert (answer.status_code, answer.json()["code"]) == (409, "disclosure-erased")
    for name in (OWNER, OTHER):
        told = story.get(name, f"/api/v1/records/{index}").json()["withheld"]
        assert [each["erased"] for each in told] == [each["fields"] for each in told] == [1, 1, 2]
    story.settle()
    assert story.instance.fsck().holds
    for name in (OWNER, PARTNER, OTHER):
        assert not any(revealed(content) for _, content in story.everything(name, event["eventID"], index))
    story.instance.erase(index)
    assert (story.give(OWNER, index, disclosures[0]).status_code, story.give(OTHER, index).status_code) == (410, 403)


def test_the_instance_says_what_its_sector_allows_to_seal(shared: Instance) -> None:
    told = shared.client.get("/api/v1/instance").json()
    assert told["sector"] == "food"
    assert {"/quantityList/*/quantity", "/bizTransactionList"} <= {
        p for each in told["sealable"] for p in each["pointers"]
    }
    assert all(each["fr"] and each["en"] for each in told["sealable"])
