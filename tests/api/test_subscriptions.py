"""Named queries and their subscriptions against real receivers: each event once, whatever fails, and nobody else's."""

from __future__ import annotations

import functools
import hashlib
import hmac
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

import services
from builders.instance import Instance, Sender, open_instance
from builders.subscribing import SHIPPING, code, define, delete, ids_of, post, ship
from builders.village import NOT_VERIFIABLE, SECRETS, Village, lot, making
from filiere_platform.bootstrap import deliveries as bootstrap_deliveries
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.webhook_attempt import Patience
from filiere_platform.usecases.members import set_status
from servers.receiver import Received, Receiver, Reply, receiver
from wire import wait_until

TOKEN = "13df38d8275b13f05704629e5f1cf3d45d6132d5"
SECONDS = 1.0  # that an endpoint has to answer

wait_for = functools.partial(wait_until, seconds=20.0)


@pytest.fixture(scope="module", params=["embedded", pytest.param("production", marks=pytest.mark.postgresql)])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Instance]:
    url = services.create_database(request.getfixturevalue("postgresql_url")) if request.param == "production" else ""
    brief = functools.partial(Patience, first=0.02, longest=0.1)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(bootstrap_deliveries, "Patience", brief)
        with open_instance(
            tmp_path_factory.mktemp("instance"), database_url=url, webhook_hosts="127.0.0.1", webhook_seconds=SECONDS
        ) as opened:
            yield opened
    if url:
        services.drop_database(url)


@pytest.fixture
def member(shared: Instance, request: pytest.FixtureRequest) -> Sender:
    return shared.admit(request.node.name, sharing=SharingMode.PRIVATE)


@pytest.fixture
def hook() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


def subscribe(member: Sender, path: str, hook: Receiver, *, form: str = "", **asked: Any) -> dict[str, Any]:
    body = {"dest": hook.url, "signatureToken": TOKEN, **asked}
    answer = post(member, f"{path}/subscriptions", body, **({"GS1-EPC-Format": form} if form else {}))
    assert answer.status_code == 201, answer.text
    given: dict[str, Any] = answer.json()
    return given


def ids_in(requests: list[Received]) -> list[str]:
    return [each for request in requests for each in ids_of(orjson.loads(request.body))]


def test_what_comes_is_sent_at_once_and_signed_with_the_subscriber_s_token(member: Sender, hook: Receiver) -> None:
    before, path = ship(member), define(member)
    given = subscribe(member, path, hook, stream=True)
    assert TOKEN not in orjson.dumps(given).decode()
    sent = [*ship(member, 3), *ship(member, 2)]
    hook.wait_for(lambda: len(ids_in(hook.accepted)) == len(sent))
    assert ids_in(hook.accepted) == sent
    assert not set(before) & set(sent)
    for request in hook.accepted:
        assert request.headers["Content-Type"].startswith("application/ld+json")
        wanted = hmac.new(TOKEN.encode(), request.body, hashlib.sha256).hexdigest()
        assert request.headers["GS1-Signature"] == wanted
        results = orjson.loads(request.body)["epcisBody"]["queryResults"]
        assert (results["queryName"], results["subscriptionID"]) == ("shipped", given["subscriptionID"])
    wait_for(lambda: "lastNotifiedAt" in member.get(f"{path}/subscriptions/{given['subscriptionID']}").json())
    assert [each["subscriptionID"] for each in member.get(f"{path}/subscriptions").json()] == [given["subscriptionID"]]
    assert TOKEN not in member.get(f"{path}/subscriptions").text


def test_the_name_that_the_published_schema_requires_is_one_for_the_token(member: Sender, hook: Receiver) -> None:
    body = {"dest": hook.url, "secret": TOKEN, "stream": True}
    answer = post(member, f"{define(member)}/subscriptions", body)
    assert answer.status_code == 201, answer.text
    assert TOKEN not in answer.text
    ship(member)
    hook.wait_for(lambda: bool(hook.accepted))
    (request,) = hook.accepted
    assert request.headers["GS1-Signature"] == hmac.new(TOKEN.encode(), request.body, hashlib.sha256).hexdigest()


def test_an_initial_time_brings_what_was_stored_since(member: Sender, hook: Receiver) -> None:
    early = ship(member)
    time.sleep(0.01)
    since, path = datetime.now(UTC).isoformat(), define(member)
    late = ship(member, 2)
    subscribe(member, path, hook, stream=True, initialRecordTime=since)
    hook.wait_for(lambda: len(ids_in(hook.accepted)) == 2)
    assert ids_in(hook.accepted) == late
    assert early[0] not in ids_in(hook.accepted)


def test_identifiers_are_written_as_the_subscription_asked(member: Sender, hook: Receiver) -> None:
    path = define(member)
    with receiver() as other:
        subscribe(member, path, hook, stream=True, form="Always_EPC_URN")
        subscribe(member, path, other, stream=True)
        ship(member)
        for each, wanted in ((hook, "urn:epc:class:lgtin:"), (other, "https://id.gs1.org/01/")):
            each.wait_for(lambda: bool(each.accepted))  # noqa: B023 - asked at once
            event = orjson.loads(each.accepted[0].body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0]
            assert event["quantityList"][0]["epcClass"].startswith(wanted)


def test_of_a_time_to_come_nothing_stored_before_is_sent(member: Sender, hook: Receiver) -> None:
    path = define(member)
    since = datetime.now(UTC) + timedelta(seconds=1.5)
    subscribe(member, path, hook, stream=True, initialRecordTime=since.isoformat())
    ship(member)
    wait_for(lambda: datetime.now(UTC) > since)
    sent = ship(member)
    hook.wait_for(lambda: bool(hook.accepted))
    assert ids_in(hook.accepted) == sent


def test_what_becomes_visible_later_is_sent_once(shared: Instance, member: Sender, hook: Receiver) -> None:
    partner = shared.admit(f"{member.uri} partner", sharing=SharingMode.PRIVATE)
    path, (hidden, other) = define(member), ship(partner, 2)
    subscribe(member, path, hook, stream=True)
    own = ship(member)
    hook.wait_for(lambda: ids_in(hook.accepted) == own)
    indexes = {event["eventID"]: event for event in _records(partner)}
    answer = post(partner, f"/api/v1/records/{indexes[hidden]['index']}/grants", {"member": member.uri})
    assert answer.is_success, answer.text
    hook.wait_for(lambda: ids_in(hook.accepted) == [*own, hidden])
    # Again, and by another way: nothing new.
    post(partner, f"/api/v1/records/{indexes[hidden]['index']}/grants", {"member": member.uri})
    last = ship(member)
    hook.wait_for(lambda: last[0] in ids_in(hook.accepted))
    assert ids_in(hook.accepted) == [*own, hidden, *last]
    assert other not in ids_in(hook.accepted)


def _records(sender: Sender) -> list[dict[str, Any]]:
    batch = sender.get("/api/v1/deliveries").json()
    return [event["data"] for event in batch if event["data"]["kind"] == "event"]


def test_a_mandate_brings_what_it_covers_while_it_lasts_and_each_message_is_a_look(
    shared: Instance, member: Sender, hook: Receiver
) -> None:
    partner = shared.admit(f"{member.uri} partner", sharing=SharingMode.PRIVATE)
    subscribe(member, define(member), hook, stream=True)
    covered = ship(partner)
    asked = {
        "purpose": "audit",
        "reason": "yearly audit",
        "holder": member.uri,
        "scope": {"members": [partner.uri]},
        "until": (datetime.now(UTC) + timedelta(days=1)).isoformat(),
    }
    mandate = post(partner, "/api/v1/mandates", asked)
    assert mandate.status_code == 201, mandate.text
    hook.wait_for(lambda: ids_in(hook.accepted) == covered)
    covered += ship(partner)
    hook.wait_for(lambda: ids_in(hook.accepted) == covered)
    looks = [each["chained"]["question"]["route"] for each in partner.get("/api/v1/looks").json()["looks"]]
    assert looks.count("subscription") == len(hook.accepted)
    assert delete(partner, f"/api/v1/mandates/{mandate.json()['id']}") == 204
    ship(partner)
    own = ship(member)
    hook.wait_for(lambda: own[0] in ids_in(hook.accepted))
    assert ids_in(hook.accepted) == [*covered, *own]


def test_where_the_public_fields_are_shown_they_come_and_the_whole_event_once_it_is_opened(
    shared: Instance, member: Sender, hook: Receiver
) -> None:
    village = Village(shared)
    subscribe(member, define(member, query={"EQ_bizStep": ["commissioning"]}), hook, stream=True)
    event = making(lot("MILK"))
    index = village.tell(event)
    hook.wait_for(lambda: bool(hook.accepted))
    assert ids_in(hook.accepted) == [event["eventID"]]
    assert not [word for word in (*SECRETS, village.farm.uri) if word.encode() in hook.accepted[0].body]
    assert post(village.farm, f"/api/v1/records/{index}/grants", {"member": member.uri}).is_success
    hook.wait_for(lambda: len(hook.accepted) == 2)
    view, whole = (
        orjson.loads(each.body)["epcisBody"]["queryResults"]["resultsBody"]["eventList"][0] for each in hook.accepted
    )
    assert (view["filiere:view"], view["filiere:assurance"]) == ("public-fields", NOT_VERIFIABLE)
    assert whole["eventID"] == event["eventID"]
    assert whole["ilmd"]["dairy:farm"] == "Alpage du Lac"
    assert "filiere:view" not in whole
    last = making(lot("MILK"))
    village.tell(last)
    hook.wait_for(lambda: last["eventID"] in ids_in(hook.accepted))
    assert ids_in(hook.accepted) == [event["eventID"]] * 2 + [last["eventID"]]


def test_what_is_erased_before_it_is_sent_is_not_sent(shared: Instance, member: Sender, hook: Receiver) -> None:
    path = define(member)
    given = subscribe(member, path, hook, stream=True)
    webhook = f"/api/v1/webhooks/{given['subscriptionID']}"
    assert post(member, f"{webhook}/pause", {}).is_success
    gone, kept = ship(member, 2)
    index = next(each["index"] for each in _records(member) if each.get("eventID") == gone)
    shared.erase(index)
    assert post(member, f"{webhook}/resume", {}).is_success
    hook.wait_for(lambda: bool(hook.accepted))
    assert ids_in(hook.accepted) == [kept]


def test_the_cursor_moves_only_on_2xx(member: Sender, hook: Receiver) -> None:
    replies = iter([Reply(status=500), Reply(status=200, hang=SECONDS * 2), Reply(status=302)])
    hook.answer = lambda _: next(replies, Reply(status=200))
    subscribe(member, define(member), hook, stream=True)
    sent = ship(member, 2)
    hook.wait_for(lambda: len(hook.received) >= 4)
    hook.wait_for(lambda: ids_in(hook.received[3:]) == sent)


def gauge(member: Sender, name: str) -> float:
    (line,) = [each for each in member.client.get("/metrics").text.splitlines() if each.startswith(f"{name} ")]
    return float(line.rpartition(" ")[2])


def test_410_pauses_until_it_is_resumed_where_webhooks_are(member: Sender, hook: Receiver) -> None:
    paused = gauge(member, 'filiere_webhooks{sends="query",standing="paused"}')
    hook.answer = lambda _: Reply(status=410)
    path = define(member)
    given = subscribe(member, path, hook, stream=True)
    sent, one = ship(member), f"{path}/subscriptions/{given['subscriptionID']}"
    wait_for(lambda: member.get(one).json()["state"] == "paused")
    assert gauge(member, 'filiere_webhooks{sends="query",standing="paused"}') == paused + 1
    (listed,) = member.get("/api/v1/webhooks").json()["webhooks"]
    assert (listed["id"], listed["query"], listed["pause"]) == (given["subscriptionID"], "shipped", "gone")
    hook.answer = lambda _: Reply()
    assert code(post(member, f"/api/v1/webhooks/{listed['id']}/secret", {}))[:2] == (409, "subscription-secret")
    again = post(member, f"/api/v1/webhooks/{listed['id']}/replay", {"since": "2026-01-01T00:00:00Z"})
    assert code(again)[:2] == (409, "subscription-not-replayed")
    assert post(member, f"/api/v1/webhooks/{listed['id']}/resume", {}).is_success
    hook.wait_for(lambda: ids_in(hook.accepted) == sent)


def test_an_event_that_a_receiver_never_takes_is_a_dead_letter_and_its_neighbours_come(
    member: Sender, hook: Receiver
) -> None:
    path, buried = define(member), gauge(member, 'filiere_webhook_dead_letters{sends="query"}')
    given = subscribe(member, path, hook, stream=True)
    assert post(member, f"/api/v1/webhooks/{given['subscriptionID']}/pause", {}).is_success
    sent = ship(member, 4)
    hook.answer = lambda request: Reply(status=422 if sent[1].encode() in request.body else 204)
    assert post(member, f"/api/v1/webhooks/{given['subscriptionID']}/resume", {}).is_success
    wanted = [sent[0], *sent[2:]]
    hook.wait_for(lambda: ids_in(hook.accepted) == wanted)
    dead = "/api/v1/deliveries/dead"
    wait_for(lambda: len(member.get(dead).json()["letters"]) == 1)
    (letter,) = member.get(dead).json()["letters"]
    assert gauge(member, 'filiere_webhook_dead_letters{sends="query"}') == buried + 1
    hook.answer = lambda _: Reply()
    assert post(member, f"{dead}/{letter['id']}/retry", {}).is_success
    hook.wait_for(lambda: ids_in(hook.accepted) == [*wanted, sent[1]])
    wait_for(lambda: member.get(dead).json()["letters"] == [])


def test_a_schedule_sends_what_came_since_its_last_time_and_says_that_there_was_nothing(
    member: Sender, hook: Receiver
) -> None:
    path = define(member)
    sent = ship(member, 3)
    since = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    every_second = {"second": "[0-59]"}
    asked: dict[str, Any] = {"schedule": every_second, "reportIfEmpty": True, "initialRecordTime": since}
    given = subscribe(member, path, hook, **asked)
    assert given["schedule"] == every_second
    hook.wait_for(lambda: len(hook.accepted) >= 3)
    sizes = [len(ids_in([request])) for request in hook.accepted]
    assert sizes[:3] == [3, 0, 0]
    assert ids_in(hook.accepted) == sent
    more = ship(member)
    hook.wait_for(lambda: ids_in(hook.accepted) == [*sent, *more])
    one = f"{path}/subscriptions/{given['subscriptionID']}"
    found = member.get(one)
    assert found.json()["minRecordTime"] > found.json()["createdAt"]
    assert found.headers["GS1-Query-Min-Record-Time"] == found.json()["minRecordTime"]
    described = member.client.options(one, headers=member.headers)
    assert described.headers["GS1-Query-Min-Record-Time"] >= found.json()["minRecordTime"]
    assert set(described.headers["allow"].split(", ")) == {"OPTIONS", "GET", "DELETE"}
    absent = member.client.options(f"{path}/subscriptions/{'0' * 16}", headers=member.headers)
    assert (absent.status_code, absent.json()["type"]) == (404, "epcisException:NoSuchResourceException")


def test_a_schedule_that_is_silent_about_nothing_sends_only_what_there_is(member: Sender, hook: Receiver) -> None:
    subscribe(member, define(member), hook, schedule={"second": "[0-59]"})
    time.sleep(2.2)
    assert not hook.received
    sent = ship(member)
    hook.wait_for(lambda: ids_in(hook.accepted) == sent)


def test_a_suspended_member_is_sent_nothing_until_it_is_active_again(
    shared: Instance, member: Sender, hook: Receiver
) -> None:
    partner = shared.admit(f"{member.uri} partner", sharing=SharingMode.SECTOR)
    subscribe(member, define(member), hook, stream=True)
    _set(shared, member, MemberStatus.SUSPENDED)
    missed = ship(partner)
    time.sleep(1.0)
    assert not hook.received
    _set(shared, member, MemberStatus.ACTIVE)
    hook.wait_for(lambda: missed[0] in ids_in(hook.accepted))


def _set(instance: Instance, member: Sender, status: MemberStatus) -> None:
    with instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=member.uri, status=status)


def test_removing_a_query_or_a_subscription_ends_what_is_sent(member: Sender, hook: Receiver) -> None:
    path = define(member)
    one, other = (subscribe(member, path, hook, stream=True)["subscriptionID"] for _ in range(2))
    assert delete(member, f"{path}/subscriptions/{one}") == 204
    assert code(member.get(f"{path}/subscriptions/{one}")) == (404, "subscription-unknown", "NoSuchResourceException")
    sent = ship(member)
    hook.wait_for(lambda: ids_in(hook.accepted) == sent)
    assert delete(member, path) == 204
    ship(member)
    time.sleep(0.6)
    assert ids_in(hook.accepted) == sent
    assert member.get("/api/v1/webhooks").json()["webhooks"] == []
    acts = [act["act"] for act in member.get("/api/v1/audit").json()["acts"] if act["object"] in {one, other}]
    assert acts == ["subscription.register"] * 2 + ["subscription.remove"] * 2


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, "subscription-controls"),
        ({"stream": False}, "subscription-controls"),
        ({"stream": True, "schedule": {"hour": "1"}}, "subscription-controls"),
        ({"stream": "true"}, "subscription-control"),
        ({"schedule": "0 1 * * *"}, "subscription-control"),
        ({"schedule": {}}, "subscription-schedule"),
        ({"schedule": {"hour": "25"}}, "subscription-schedule"),
        ({"schedule": {"month": "2", "dayOfMonth": "30"}}, "subscription-never"),
        ({"stream": True, "initialRecordTime": "yesterday"}, "subscription-control"),
        ({"stream": True, "initialRecordTime": "2026-03-04T05:06:07"}, "subscription-control"),
        ({"stream": True, "reportIfEmpty": "no"}, "subscription-control"),
        ({"stream": True, "signatureToken": "x" * 501}, "subscription-control"),
        ({"stream": True, "secret": "s3cret" + "x" * 500}, "subscription-control"),
        ({"stream": True, "secret": ["s3cret"]}, "subscription-control"),
        ({"stream": True, "secret": "another s3cret"}, "subscription-control"),
        ({"stream": True, "whatever": 1}, "subscription-control"),
        ({"stream": True, "token": "s3cret"}, "subscription-control"),
        ({"stream": []}, "subscription-control"),
        ({"stream": True, "dest": "https://169.254.169.254/"}, "webhook-address"),
        ({"stream": True, "dest": 5}, "webhook-address"),
    ],
)
def test_a_subscription_that_cannot_be_is_refused(
    member: Sender, hook: Receiver, asked: dict[str, Any], found: str
) -> None:
    path = define(member)
    refused = post(member, f"{path}/subscriptions", {"dest": hook.url, "signatureToken": "s3cret"} | asked)
    assert code(refused) == (400, found, "SubscriptionControlsException")
    assert "s3cret" not in refused.text
    assert member.get(f"{path}/subscriptions").json() == []


@pytest.mark.parametrize("cut", [{"maxEventCount": 5}, {"eventCountLimit": 5, "orderBy": "eventTime"}])
def test_a_query_that_is_cut_is_asked_and_not_subscribed_to(
    member: Sender, hook: Receiver, cut: dict[str, Any]
) -> None:
    path = define(member, "cut", SHIPPING | cut)
    assert member.get(f"{path}/events").status_code == 200
    refused = post(member, f"{path}/subscriptions", {"dest": hook.url, "stream": True})
    assert code(refused) == (400, "subscription-of-cut", "SubscriptionControlsException")


def test_a_member_has_so_many_subscriptions_beside_its_webhooks(member: Sender, hook: Receiver) -> None:
    path = define(member)
    for _ in range(20):
        subscribe(member, path, hook, stream=True)
    refused = post(member, f"{path}/subscriptions", {"dest": hook.url, "stream": True})
    assert code(refused)[:2] == (400, "too-many-subscriptions")
    assert post(member, "/api/v1/webhooks", {"url": hook.url}).status_code == 201
