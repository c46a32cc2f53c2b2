"""Who sees a record over HTTP: its owner, whom the owner named, and nobody else, in whatever way they ask."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from builders.envelopes import a_forgery, a_header
from builders.events import CONTEXT, an_object_event
from builders.instance import Instance, Sender
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import MemberStatus
from filiere_platform.usecases.members import set_status
from filiere_schemas.provenance.disclosures import seal

OWNER, PARTNER, OTHER, ANYBODY = "owner", "partner", "other", "anybody"
READERS = {
    SharingMode.PRIVATE: {OWNER},
    SharingMode.PARTNERS: {OWNER, PARTNER},
    SharingMode.LINKED: {OWNER, PARTNER},
    SharingMode.CHAIN: {OWNER, PARTNER},
    SharingMode.PUBLIC_FIELDS: {OWNER, PARTNER},
    SharingMode.SECTOR: {OWNER, PARTNER, OTHER},
    SharingMode.PUBLIC: {OWNER, PARTNER, OTHER, ANYBODY},
}
IN_PART = {SharingMode.PUBLIC_FIELDS: {OTHER, ANYBODY}}  # who is shown a view; tests/api/test_views.py says of what
NUMBERS = iter(range(1_000_000))


class Circle:
    """An owner, the partner that its events name, another member, and anybody."""

    def __init__(self, instance: Instance) -> None:
        mark = next(NUMBERS)
        self.instance = instance
        self.members = {name: instance.admit(f"{name} {mark}") for name in (OWNER, PARTNER, OTHER)}

    def an_event(self, mode: SharingMode | None, **changes: Any) -> dict[str, Any]:
        shared = {"filiere:sharing": mode.value} if mode else {}
        return an_object_event(
            **{
                "@context": [*CONTEXT, {"filiere": "urn:filiere:ns:"}],
                "eventID": f"urn:uuid:00000000-0000-4000-a000-{next(NUMBERS):012d}",
                "destinationList": [{"type": "owning_party", "destination": self.members[PARTNER].uri}],
            }
            | shared
            | changes
        )

    def get(self, name: str, path: str, **parameters: str) -> httpx.Response:
        headers = {} if name == ANYBODY else self.members[name].headers
        return self.instance.client.get(path, params=parameters, headers=headers)

    def ways_to(self, event_id: str, index: int) -> list[tuple[str, dict[str, str]]]:
        return [(f"/api/v1/records/{index}", {}), (f"/epcis/events/{event_id}", {})]

    def finds(self, name: str, event_id: str) -> bool:
        answer = self.get(name, "/epcis/events", EQ_eventID=event_id)
        return bool(answer.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"])


@pytest.fixture(scope="module")
def circle(shared: Instance) -> Circle:
    return Circle(shared)


def sent(circle: Circle, event: dict[str, Any]) -> int:
    answer = circle.members[OWNER].send_events(event)
    assert answer.status_code == 200, answer.text
    index: int = answer.json()["records"][0]["index"]
    return index


def shape(response: httpx.Response, *told: str) -> tuple[Any, ...]:
    """An answer without what the asker said himself."""
    text = response.text
    for word in sorted(told, key=len, reverse=True):  # one may begin like another
        text = text.replace(word, "…")
    return response.status_code, text, sorted(set(response.headers) - {"content-length"})


@pytest.mark.parametrize("mode", SharingMode)
def test_a_record_is_seen_by_whom_its_mode_names_and_by_nobody_else(circle: Circle, mode: SharingMode) -> None:
    event = circle.an_event(mode)
    index = sent(circle, event)
    for name in (OWNER, PARTNER, OTHER, ANYBODY):
        expected = 200 if name in READERS[mode] | IN_PART.get(mode, set()) else 404
        for path, parameters in circle.ways_to(event["eventID"], index):
            assert circle.get(name, path, **parameters).status_code == expected, (name, path)
        assert circle.finds(name, event["eventID"]) is (expected == 200)
        if expected == 200:
            record = circle.get(name, f"/api/v1/records/{index}").json()
            assert (record["jws"] is None, record["view"] is not None) == (
                (True,) * 2 if name in IN_PART.get(mode, ()) else (False,) * 2
            )


def test_what_is_hidden_is_answered_like_what_is_not_there(circle: Circle) -> None:
    event = circle.an_event(SharingMode.PRIVATE)
    index = sent(circle, event)
    absent_id, absent_index = "urn:uuid:00000000-0000-4000-b000-000000000000", index + 1_000
    for name in (OTHER, ANYBODY):
        for (hidden, _), (absent, _) in zip(
            circle.ways_to(event["eventID"], index), circle.ways_to(absent_id, absent_index), strict=True
        ):
            shown = [
                shape(
                    circle.get(name, path), event["eventID"], absent_id, f"records/{index}", f"records/{absent_index}"
                )
                for path in (hidden, absent)
            ]
            assert shown[0] == shown[1]
        for word in ("Alpage du Lac", "MILK-0611"):
            assert word not in circle.get(name, f"/api/v1/records/{index}").text


def test_an_event_id_of_somebody_else_is_free_to_use_and_tells_nothing(circle: Circle) -> None:
    event = circle.an_event(SharingMode.PRIVATE)
    sent(circle, event)
    other = circle.members[OTHER]
    answer = other.send_events(event | {"bizStep": "shipping"})
    assert answer.json()["records"][0]["status"] == "stored"
    assert "shipping" not in circle.get(OWNER, f"/epcis/events/{event['eventID']}").text


def test_a_refusal_is_read_by_nobody_else(circle: Circle) -> None:
    owner = circle.members[OWNER]
    refused = owner.send_events(circle.an_event(SharingMode.PUBLIC, action="PAINT", ilmd={}))
    index = refused.json()["records"][0]["index"]
    for name in (PARTNER, OTHER, ANYBODY):
        assert circle.get(name, f"/api/v1/records/{index}").status_code == 404


def test_naming_oneself_as_a_partner_of_others_opens_nothing(circle: Circle) -> None:
    event = circle.an_event(SharingMode.PRIVATE)
    index = sent(circle, event)
    other = circle.members[OTHER]
    claim = circle.an_event(
        SharingMode.SECTOR,
        quantityList=event["quantityList"],
        sourceList=[{"type": "owning_party", "source": circle.members[OWNER].uri}],
        destinationList=[{"type": "owning_party", "destination": other.uri}],
    )
    assert other.send_events(claim).status_code == 200
    assert circle.get(OTHER, f"/api/v1/records/{index}").status_code == 404


def test_a_suspended_member_sees_nothing_not_even_what_is_public(shared: Instance) -> None:
    circle = Circle(shared)
    index = sent(circle, circle.an_event(SharingMode.PUBLIC))
    with shared.platform.database.unit_of_work() as uow:
        set_status(uow, uri=circle.members[PARTNER].uri, status=MemberStatus.SUSPENDED)
    assert circle.get(PARTNER, f"/api/v1/records/{index}").status_code == 403
    assert circle.get(PARTNER, "/epcis/events").status_code == 403
    assert circle.get(ANYBODY, f"/api/v1/records/{index}").status_code == 200


def test_a_wrong_token_is_refused_and_never_shown_what_anybody_sees(circle: Circle) -> None:
    index = sent(circle, circle.an_event(SharingMode.PUBLIC))
    for path in (f"/api/v1/records/{index}", "/epcis/events"):
        headers = {"Authorization": "Bearer fil_000000000000_" + "A" * 43}
        assert circle.instance.client.get(path, headers=headers).status_code == 401


def test_a_sealed_record_sent_again_is_the_same_record_whatever_is_disclosed(circle: Circle) -> None:
    owner = circle.members[OWNER]
    event, (disclosure,) = seal(circle.an_event(SharingMode.SECTOR), ["/ilmd"])
    withheld = owner.sign(event)
    first = owner.send(withheld)
    size = circle.instance.log_size()
    for again in (withheld, withheld + b"~", withheld + b"~" + disclosure + b"~"):
        answer = owner.send(again)
        assert answer.json()["records"][0]["status"] == "known"
        assert answer.json()["receipt"] == first.json()["receipt"]
    assert circle.instance.log_size() == size
    # What was withheld when it was stored is not disclosed by a repetition.
    assert "Alpage du Lac" not in circle.get(OTHER, f"/epcis/events/{event['eventID']}").text


def test_after_a_refused_disclosure_the_record_itself_may_still_be_stored(circle: Circle) -> None:
    owner = circle.members[OWNER]
    event, (disclosure,) = seal(circle.an_event(SharingMode.SECTOR), ["/ilmd"])
    envelope = owner.sign(event)
    assert owner.send(envelope + b"~" + disclosure + b"~" + disclosure + b"~").status_code == 400
    assert owner.send(envelope + b"~" + disclosure + b"~").json()["records"][0]["status"] == "stored"


def test_what_is_sealed_cannot_decide_who_sees_the_record(circle: Circle) -> None:
    """Sharing and partners are never sealed: a grant must not rest on what can be withheld."""
    owner = circle.members[OWNER]
    event = circle.an_event(None) | {"_sd": ["A" * 43], "_sd_alg": "sha-256"}
    index = sent(circle, event)
    assert circle.get(OTHER, f"/api/v1/records/{index}").status_code == 404
    header = a_header(owner.key, iss=owner.uri, aud=owner.origin)
    assert owner.send(a_forgery(header, b'{"_sd": []}', sign=owner.key.sign)).status_code == 400


class Reading(RuleBasedStateMachine):
    """Events of many modes, declarations and suspensions; every viewer sees what a set of pairs says."""

    instance: Instance

    def __init__(self) -> None:
        super().__init__()
        self.circle = Circle(self.instance)
        self.stored: list[tuple[str, int, SharingMode]] = []
        self.suspended: set[str] = set()

    @rule(mode=st.sampled_from(SharingMode))
    def send(self, mode: SharingMode) -> None:
        event = self.circle.an_event(mode)
        self.stored.append((event["eventID"], sent(self.circle, event), mode))

    @rule(name=st.sampled_from([PARTNER, OTHER]), status=st.sampled_from([MemberStatus.ACTIVE, MemberStatus.SUSPENDED]))
    def set_status(self, name: str, status: MemberStatus) -> None:
        with self.instance.platform.database.unit_of_work() as uow:
            set_status(uow, uri=self.circle.members[name].uri, status=status)
        (self.suspended.add if status is MemberStatus.SUSPENDED else self.suspended.discard)(name)

    @invariant()
    def everybody_sees_what_was_granted(self) -> None:
        for name in (OWNER, PARTNER, OTHER, ANYBODY):
            for _, index, mode in self.stored:
                answer = self.circle.get(name, f"/api/v1/records/{index}").status_code
                assert answer == (
                    403 if name in self.suspended else 200 if name in READERS[mode] | IN_PART.get(mode, set()) else 404
                )
            if name not in self.suspended:
                found = {event_id for event_id, _, _ in self.stored if self.circle.finds(name, event_id)}
                shown = {mode for mode in SharingMode if name in READERS[mode] | IN_PART.get(mode, set())}
                assert found == {event_id for event_id, _, mode in self.stored if mode in shown}


def test_every_history_shows_each_viewer_what_was_granted(shared: Instance) -> None:
    Reading.instance = shared
    few = settings(max_examples=3, stateful_step_count=5, suppress_health_check=list(HealthCheck), deadline=None)
    run_state_machine_as_test(Reading, settings=few)


def test_no_sender_can_enter_by_the_door_of_another(circle: Circle) -> None:
    stolen: Iterator[Sender] = iter(circle.members.values())
    owner, partner = next(stolen), next(stolen)
    envelope = owner.sign(circle.an_event(SharingMode.PUBLIC))
    assert partner.send(envelope).json()["code"] == "sender-mismatch"
