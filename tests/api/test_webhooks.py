"""Webhooks against real servers that misbehave: nothing lost, nobody delayed, poison apart, nowhere forbidden."""

from __future__ import annotations

import functools
import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
import standardwebhooks
from cloudevents.core.formats.json import JSONFormat

import services
from builders.asyncapi import message_of, require_headers, require_payload
from builders.instance import Instance, Sender, open_instance
from filiere_platform.bootstrap import deliveries as bootstrap_deliveries
from filiere_platform.domain.audience import SharingMode
from filiere_platform.domain.member import MemberStatus
from filiere_platform.domain.webhook import WebhookState
from filiere_platform.domain.webhook_attempt import Patience
from filiere_platform.usecases.members import set_status
from filiere_schemas.webhook import verify_webhook
from servers.receiver import Receiver, Reply, receiver
from wire import wait_until

PATH = "/api/v1/webhooks"
DEAD = "/api/v1/deliveries/dead"
SECONDS = 1.0  # that an endpoint has to answer


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


def register(member: Sender, url: str, **asked: Any) -> dict[str, Any]:
    answer = member.client.post(PATH, json={"url": url, "kinds": ["event"], **asked}, headers=member.headers)
    assert answer.status_code == 201, answer.text
    given: dict[str, Any] = answer.json()
    return given


def post(member: Sender, path: str, **body: Any) -> dict[str, Any]:
    answer = member.client.post(path, headers=member.headers, **({"json": body} if body else {}))
    assert answer.status_code < 300, answer.text
    return dict(answer.json()) if answer.content else {}


def shown(member: Sender, webhook: dict[str, Any]) -> dict[str, Any]:
    return next(each for each in member.get(PATH).json()["webhooks"] if each["id"] == webhook["id"])


wait_for = functools.partial(wait_until, seconds=20.0)


def test_records_come_in_order_signed_as_a_batch_that_others_verify(member: Sender, hook: Receiver) -> None:
    before = member.send_new(2)
    given = register(member, hook.url)
    stored = [*member.send_new(3), *member.send_new(2)]
    hook.wait_for(lambda: len(hook.indexes) == len(stored))
    assert hook.indexes == stored
    assert not set(before) & set(stored)
    document = member.client.get("/api/v1/asyncapi.json").json()
    for request in hook.accepted:
        assert request.headers["Content-Type"] == "application/cloudevents-batch+json; charset=utf-8"
        standardwebhooks.Webhook(given["secret"]).verify(request.body, request.headers)
        verify_webhook(request.body, request.headers, [given["secret"]], now=time.time())
        message = message_of(document, "webhook", "signedBatch")
        require_payload(document, message, request.events)
        require_headers(document, message, {name.lower(): value for name, value in request.headers.items()})
        for event in request.events:
            parsed = JSONFormat().read(None, json.dumps(event))
            assert parsed.get_type() == "filiere.record.stored.v1"
            assert parsed.get_data() == event["data"]


def test_a_webhook_may_begin_at_the_beginning(member: Sender, hook: Receiver) -> None:
    stored = member.send_new(3)
    register(member, hook.url, start="beginning")
    hook.wait_for(lambda: hook.indexes == stored)


def test_the_cursor_moves_only_on_2xx_and_what_is_repeated_has_the_same_id(member: Sender, hook: Receiver) -> None:
    replies = iter([Reply(status=500), Reply(status=503, headers={"Retry-After": "0"}), Reply(status=302)])
    hook.answer = lambda _: next(replies, Reply(status=200))
    register(member, hook.url)
    stored = member.send_new()
    hook.wait_for(lambda: hook.indexes == stored)
    assert len(hook.received) == 4
    assert len({request.headers["webhook-id"] for request in hook.received}) == 1
    assert len({request.body for request in hook.received}) == 1


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(status=200, hang=2 * SECONDS), "timeout"),
        (Reply(status=200, body=b"x" * 100, drip=True), "timeout"),
        (Reply(status=200, body=b"x" * 70_000), "an answer of more than"),
        (Reply(status=307, headers={"Location": "http://169.254.169.254/latest/meta-data/"}), "HTTP 307"),
    ],
    ids=["hangs", "slow bytes", "huge", "redirect"],
)
def test_an_endpoint_that_misbehaves_is_tried_again(member: Sender, hook: Receiver, reply: Reply, said: str) -> None:
    hook.answer = lambda _: reply if len(hook.received) <= 1 else Reply()
    given = register(member, hook.url)
    (index,) = member.send_new()
    hook.wait_for(lambda: len(hook.received) == 1)
    hook.wait_for(lambda: said in shown(member, given)["said"] or len(hook.received) > 1)
    hook.wait_for(lambda: len(hook.received) > 1)
    wait_for(lambda: shown(member, given)["delivered"] and not shown(member, given)["said"])
    assert hook.received[-1].indexes == [index]


def test_a_redirect_is_not_followed(member: Sender, hook: Receiver) -> None:
    with receiver() as elsewhere:
        hook.answer = lambda _: Reply(status=308, headers={"Location": elsewhere.url})
        register(member, hook.url)
        member.send_new()
        hook.wait_for(lambda: len(hook.received) >= 2)
        assert not elsewhere.received


def test_an_endpoint_that_hangs_does_not_delay_another(shared: Instance, member: Sender, hook: Receiver) -> None:
    other = shared.admit(f"{member.uri} other", sharing=SharingMode.PRIVATE)
    with receiver(lambda _: Reply(hang=SECONDS * 2)) as slow:
        for _ in range(10):
            register(other, slow.url)
        other.send_new()
        slow.wait_for(lambda: len(slow.received) >= 10)
        register(member, hook.url)
        delays = []
        for _ in range(5):
            began = time.monotonic()
            stored = member.send_new()
            hook.wait_for(lambda: hook.indexes[-1:] == stored)  # noqa: B023 - asked at once
            delays.append(time.monotonic() - began)
        for webhook in other.get(PATH).json()["webhooks"]:
            other.client.delete(f"{PATH}/{webhook['id']}", headers=other.headers)
    assert sorted(delays)[2] < SECONDS


def gauges(instance: Instance) -> dict[str, float]:
    """The metrics of webhooks, by name with labels."""
    lines = instance.client.get("/metrics").text.splitlines()
    return {
        name: float(value) for name, _, value in (x.rpartition(" ") for x in lines if x.startswith("filiere_webhook"))
    }


def test_metrics_tell_who_fails_and_who_is_paused_and_name_nobody(
    shared: Instance, member: Sender, hook: Receiver
) -> None:
    failing = 'filiere_webhooks{sends="stream",standing="failing"}'
    paused = 'filiere_webhooks{sends="stream",standing="paused"}'
    since = 'filiere_webhook_failing_seconds{sends="stream"}'
    before = gauges(shared)
    hook.answer = lambda _: Reply(status=503)
    given = register(member, hook.url)
    stored = member.send_new(1)
    wait_for(lambda: gauges(shared)[failing] == before[failing] + 1)
    assert gauges(shared)[since] > 0
    post(member, f"{PATH}/{given['id']}/pause")
    seen = gauges(shared)
    assert (seen[failing], seen[paused]) == (before[failing], before[paused] + 1)
    assert seen.keys() == before.keys()
    assert len(seen) == 10
    assert all("http" not in name and given["id"] not in name for name in seen)
    hook.answer = lambda _: Reply()
    post(member, f"{PATH}/{given['id']}/resume")
    hook.wait_for(lambda: stored[0] in hook.indexes)
    wait_for(lambda: gauges(shared)[paused] == before[paused])
    wait_for(lambda: gauges(shared)[failing] == before[failing])


def test_410_pauses_with_an_act_and_a_finding_until_it_is_resumed(member: Sender, hook: Receiver) -> None:
    hook.answer = lambda _: Reply(status=410)
    given = register(member, hook.url)
    stored = member.send_new(2)
    wait_for(lambda: shown(member, given)["state"] == "paused")
    assert shown(member, given)["pause"] == "gone"
    assert len(hook.received) == 1
    (finding,) = member.get("/api/v1/findings", rule="webhook-paused", state="open").json()["findings"]
    assert finding["subject"] == given["id"]
    acts = [act["act"] for act in member.get("/api/v1/audit").json()["acts"] if act["object"] == given["id"]]
    assert acts == ["webhook.register", "webhook.pause"]
    hook.answer = lambda _: Reply()
    assert post(member, f"{PATH}/{given['id']}/resume")["state"] == "active"
    hook.wait_for(lambda: hook.indexes == stored)
    assert member.get("/api/v1/findings", rule="webhook-paused", state="open").json()["findings"] == []


def test_what_came_since_an_instant_is_sent_once_more_and_nothing_of_before(member: Sender, hook: Receiver) -> None:
    given = register(member, hook.url, start="beginning")
    early = member.send_new(3)
    hook.wait_for(lambda: hook.indexes == early)
    post(member, f"{PATH}/{given['id']}/pause")
    since = datetime.now(UTC).isoformat()
    hook.answer = poison((late := member.send_new(3))[1])
    post(member, f"{PATH}/{given['id']}/resume")
    hook.wait_for(lambda: hook.indexes == [*early, late[0], late[2]])
    wait_for(lambda: len(member.get(DEAD).json()["letters"]) == 1)
    hook.answer = lambda _: Reply()
    time.sleep(0.6)  # two looks of the worker, which remembers behind which grant nothing was there
    path = f"{PATH}/{given['id']}/replay"
    assert post(member, path, since=since)["state"] == "active"
    hook.wait_for(lambda: hook.indexes == [*early, late[0], late[2], *late])
    assert member.get(DEAD).json()["letters"] == []  # sent again with its neighbours
    (act,) = [act for act in member.get("/api/v1/audit").json()["acts"] if act["act"] == "webhook.replay"]
    assert act["object"] == given["id"]
    # Forward there is no way: what is to come is not left out.
    post(member, path, since="2999-01-01T00:00:00Z")
    (more,) = member.send_new()
    hook.wait_for(lambda: hook.indexes[-1] == more)
    for wrong in ({}, {"since": "yesterday"}, {"since": "2026-01-01T00:00:00"}, {"since": since, "until": since}):
        assert member.client.post(path, json=wrong, headers=member.headers).status_code == 400


def poison(index: int) -> Any:
    return lambda request: Reply(status=422 if index in request.indexes else 204)


def test_a_poison_event_becomes_a_dead_letter_and_its_neighbours_are_delivered(member: Sender, hook: Receiver) -> None:
    given = register(member, hook.url)
    post(member, f"{PATH}/{given['id']}/pause")
    stored = member.send_new(5)
    hook.answer = poison(stored[2])
    post(member, f"{PATH}/{given['id']}/resume")
    wanted = [index for index in stored if index != stored[2]]
    hook.wait_for(lambda: hook.indexes == wanted)
    wait_for(lambda: len(member.get(DEAD).json()["letters"]) == 1)
    (letter,) = member.get(DEAD).json()["letters"]
    assert (letter["index"], letter["said"], letter["state"]) == (stored[2], "HTTP 422", "dead")
    assert shown(member, given)["state"] == "active"
    # Sent again in vain, then with success: it is forgotten only then.
    assert post(member, f"{DEAD}/{letter['id']}/retry")["state"] == "retrying"
    wait_for(lambda: member.get(f"{DEAD}/{letter['id']}").json()["attempts"] > letter["attempts"])
    hook.answer = lambda _: Reply()
    post(member, f"{DEAD}/{letter['id']}/retry")
    hook.wait_for(lambda: hook.indexes == [*wanted, stored[2]])
    wait_for(lambda: member.get(DEAD).json()["letters"] == [])


def test_a_dead_letter_is_discarded_for_a_reason_by_its_member_alone(
    shared: Instance, member: Sender, hook: Receiver
) -> None:
    (index,) = member.send_new()
    hook.answer = poison(index)
    register(member, hook.url, start="beginning")
    wait_for(lambda: len(member.get(DEAD).json()["letters"]) == 1)
    (letter,) = member.get(DEAD).json()["letters"]
    path = f"{DEAD}/{letter['id']}/discard"
    other = shared.admit(f"{member.uri} other")
    assert other.client.post(path, json={"reason": "x"}, headers=other.headers).status_code == 404
    refused = member.client.post(path, json={"reason": " "}, headers=member.headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "dead-letter-reason")
    post(member, path, reason="saisi deux fois")
    assert member.get(DEAD).json()["letters"] == []
    (act,) = [act for act in member.get("/api/v1/audit").json()["acts"] if act["object"] == letter["id"]]
    assert (act["act"], act["details"]["reason"]) == ("dead-letter.discard", "saisi deux fois")


@pytest.mark.parametrize("status", [401, 404, 429])
def test_an_endpoint_that_is_shut_gets_no_dead_letters(member: Sender, hook: Receiver, status: int) -> None:
    hook.answer = lambda _: Reply(status=status)
    register(member, hook.url)
    stored = member.send_new(2)
    hook.wait_for(lambda: len(hook.received) >= 7)
    assert member.get(DEAD).json()["letters"] == []
    hook.answer = lambda _: Reply()
    hook.wait_for(lambda: hook.indexes == stored)


def test_while_a_secret_is_replaced_both_verify(member: Sender, hook: Receiver) -> None:
    given = register(member, hook.url)
    rotated = post(member, f"{PATH}/{given['id']}/secret")
    assert rotated["secret"] != given["secret"]
    assert rotated["oldSecretUntil"]
    member.send_new()
    hook.wait_for(lambda: len(hook.accepted) == 1)
    request = hook.accepted[0]
    for secret in (given["secret"], rotated["secret"]):
        standardwebhooks.Webhook(secret).verify(request.body, request.headers)
    assert "secret" not in shown(member, given)


def test_a_suspended_member_is_sent_nothing_and_what_it_missed_once_it_is_resumed(
    shared: Instance, member: Sender, hook: Receiver
) -> None:
    partner = shared.admit(f"{member.uri} partner", sharing=SharingMode.SECTOR)
    register(member, hook.url)
    _set(shared, member, MemberStatus.SUSPENDED)
    (missed,) = partner.send_new()
    time.sleep(1.0)
    assert not hook.received
    _set(shared, member, MemberStatus.ACTIVE)
    hook.wait_for(lambda: missed in hook.indexes)


def _set(instance: Instance, member: Sender, status: MemberStatus) -> None:
    with instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=member.uri, status=status)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.org/hook", "https://localhost/hook", "https://10.0.0.1/", "https://169.254.169.254/",
        "https://[::1]/", "https://user:secret@127.0.0.1/", "ftp://127.0.0.1/", "",
    ],
)  # fmt: skip
def test_an_address_that_must_not_be_called_is_refused(member: Sender, url: str) -> None:
    refused = member.client.post(PATH, json={"url": url}, headers=member.headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "webhook-address")


def test_a_member_has_so_many_webhooks_and_kinds_are_known(member: Sender, hook: Receiver) -> None:
    refused = member.client.post(PATH, json={"url": hook.url, "kinds": ["x"]}, headers=member.headers)
    assert refused.json()["code"] == "webhook-kinds"
    for _ in range(10):
        register(member, hook.url)
    refused = member.client.post(PATH, json={"url": hook.url}, headers=member.headers)
    assert refused.json()["code"] == "too-many-webhooks"


def test_a_removed_webhook_is_sent_nothing_more(member: Sender, hook: Receiver) -> None:
    given = register(member, hook.url)
    stored = member.send_new()
    hook.wait_for(lambda: hook.indexes == stored)
    assert member.client.delete(f"{PATH}/{given['id']}", headers=member.headers).status_code == 204
    member.send_new()
    time.sleep(0.6)
    assert hook.indexes == stored
    assert member.get(PATH).json()["webhooks"] == []


def test_of_another_member_there_is_no_webhook(shared: Instance, member: Sender, hook: Receiver) -> None:
    given = register(member, hook.url)
    other = shared.admit(f"{member.uri} other")
    asked = {"json": {"since": "2026-01-01T00:00:00Z"}, "headers": other.headers}
    for change in ("secret", "pause", "resume", "replay"):
        assert other.client.post(f"{PATH}/{given['id']}/{change}", **asked).status_code == 404
    assert other.client.delete(f"{PATH}/{given['id']}", headers=other.headers).status_code == 404
    assert other.get(PATH).json()["webhooks"] == []


def test_one_process_delivers_at_a_time_and_another_takes_over_when_its_lease_is_over(
    shared: Instance, member: Sender, hook: Receiver
) -> None:
    given = register(member, hook.url)
    post(member, f"{PATH}/{given['id']}/pause")
    units, now = shared.platform.database, shared.platform.clock()

    def hold(holder: str, at: int) -> Any:
        with units.unit_of_work() as uow:
            return uow.webhooks.hold(given["id"], holder, now=at, until=at + 10)

    with units.unit_of_work() as uow:
        paused = uow.webhooks.by_id(given["id"])
        assert paused is not None
        # Out of the instance's own worker's reach, whose clock is the machine's.
        uow.webhooks.change(replace(paused, state=WebhookState.ACTIVE, pause=None, due_at=now + 3_600_000_000))
    later = now + 3_600_000_001
    first = hold("one", later)
    assert first is not None
    assert hold("another", later + 9) is None
    assert hold("one", later + 5) is not None
    second = hold("another", later + 15)
    assert second is not None
    with units.unit_of_work() as uow:
        moved = replace(first, position=first.position + 5)
        assert not uow.webhooks.keep(first, moved, "one"), "whoever was stopped keeps nothing"
        assert uow.webhooks.keep(second, moved, "another")
        assert not uow.webhooks.keep(second, moved, "another"), "the cursor was moved meanwhile"
        uow.webhooks.release(given["id"], "one")
    assert hold("one", later + 16) is None
