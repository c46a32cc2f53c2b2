"""Every known way to smuggle a record past its signature, its form or its limits: refused by its code, nothing kept.

One instance per mode serves the whole module. Each attack compares every table before and after; when all of them
are over, `fsck` looks at what they left.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
import sqlalchemy

from builders.attacks import DEEP, EVENT_ID, SIGNED, UNSIGNED, Attack, payload
from builders.events import an_object_event
from builders.instance import JOSE, Instance, Sender
from filiere_platform.blobs.key_files import Duty
from filiere_schemas.provenance.statements import read_refusal

TABLES = ("record", "event", "edge", "node", "visibility_grant", "digest")
# What a refusal leaves that a known key signed: an entry, its sender's right to see it, its identity.
A_LOGGED_REFUSAL = Counter(record=1, visibility_grant=1, digest=1)


@pytest.fixture(scope="module")
def sender(shared: Instance) -> Sender:
    return shared.admit("Attacked")


def rows(instance: Instance) -> Counter[str]:
    engine = sqlalchemy.create_engine(instance.platform.settings.effective_database_url)
    with engine.connect() as connection:
        counts = {t: connection.execute(sqlalchemy.text(f"SELECT count(*) FROM {t}")).scalar_one() for t in TABLES}
    engine.dispose()
    return Counter(counts)


def told(body: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {error["code"]: error for error in body["errors"]}


@pytest.mark.parametrize("attack", UNSIGNED, ids=lambda attack: attack.name)
def test_what_nobody_signed_is_turned_away_and_leaves_nothing(shared: Instance, sender: Sender, attack: Attack) -> None:
    before = rows(shared)
    response = sender.send(attack.envelope(sender))
    assert (response.status_code, response.headers["content-type"]) == (attack.status, "application/problem+json")
    reason = told(response.json())[attack.code]
    assert reason["fr"] != reason["en"]
    assert reason["message"] == reason["en"]
    assert "records" not in response.json()
    assert rows(shared) == before


@pytest.mark.parametrize("attack", SIGNED, ids=lambda attack: attack.name)
def test_what_a_known_key_signed_is_refused_by_name_and_in_the_log(
    shared: Instance, sender: Sender, attack: Attack
) -> None:
    before = rows(shared)
    sent = attack.envelope(sender)
    response = sender.send(sent)
    assert (response.status_code, response.headers["content-type"]) == (attack.status, "application/problem+json")
    reason = told(response.json())[attack.code]
    assert reason["fr"] != reason["en"]
    assert rows(shared) - before == A_LOGGED_REFUSAL
    (record,) = response.json()["records"]
    receipts = shared.platform.key(Duty.RECEIPT).public
    refusal = read_refusal(record["refusal"].encode(), receipts, origin=sender.origin)
    assert attack.code in {found for found, _ in refusal.problems}
    # Sent again, it is the same refusal: nobody can make the log grow with one bad record.
    again = sender.send(sent)
    assert again.status_code == attack.status
    assert again.json()["records"][0]["index"] == record["index"]
    assert rows(shared) - before == A_LOGGED_REFUSAL


def test_another_members_record_under_ones_own_token_leaves_nothing(shared: Instance, sender: Sender) -> None:
    thief = shared.admit("Thief")
    before = rows(shared)
    response = thief.send(sender.sign(an_object_event(eventID="urn:uuid:11111111-0000-4000-8000-000000000002")))
    assert (response.status_code, response.json()["code"]) == (403, "sender-mismatch")
    assert rows(shared) == before


def test_an_attack_among_honest_records_is_refused_alone(shared: Instance, sender: Sender) -> None:
    honest = [
        sender.sign(an_object_event(eventID=f"urn:uuid:22222222-0000-4000-8000-{number:012d}")) for number in range(8)
    ]
    attacks = [attack.envelope(sender) for attack in UNSIGNED[:8]]
    response = sender.send(*(record for pair in zip(honest, attacks, strict=True) for record in pair))
    assert response.status_code == 207
    assert [record["status"] for record in response.json()["records"]] == ["stored", "refused"] * 8


def test_more_disclosures_than_may_be_are_refused_unread(shared: Instance, sender: Sender) -> None:
    before = rows(shared)
    response = sender.send(sender.sign(an_object_event(eventID=EVENT_ID)) + b"~" + b"e30~" * 257)
    assert (response.status_code, response.json()["code"]) == (400, "bad-disclosure-list")
    assert rows(shared) == before


@pytest.mark.parametrize("path", ["/api/v1/records", "/epcis/capture", "/epcis/events"])
def test_a_body_of_twenty_megabytes_is_refused_everywhere(shared: Instance, sender: Sender, path: str) -> None:
    before = rows(shared)
    kind = JOSE if path == "/api/v1/records" else "application/json"
    headers = {**sender.headers, "Content-Type": kind}
    response = sender.client.post(path, content=b"[" * 20_000_000, headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")
    assert rows(shared) == before


@pytest.mark.parametrize("path", ["/api/v1/records", "/epcis/capture", "/epcis/events"])
def test_a_stranger_is_turned_away_before_his_body_is_read(shared: Instance, sender: Sender, path: str) -> None:
    headers = {"Authorization": "Bearer fil_000000000000_" + "A" * 43, "Content-Type": "application/json"}
    response = sender.client.post(path, content=b"not json at all", headers=headers)
    assert (response.status_code, response.json()["code"]) == (401, "token-refused")


def test_a_plain_client_is_held_to_the_same_form_and_leaves_nothing(shared: Instance, sender: Sender) -> None:
    before = rows(shared)
    raw = payload()
    for old, new, code in [
        (b'"action": "ADD"', b'"action": "ADD", "action": "DELETE"', "duplicate-key"),
        (b"1200", b"NaN", "not-a-number"),
        (b"1200", b"9007199254740992", "integer-too-large"),
        (b"Alpage du Lac", b"\\ud800", "lone-surrogate"),
        (b'"Alpage du Lac"', DEEP, "nested-too-deep"),
        (b"T05:40:00.000Z", b"T05:40:00", "naive-event-time"),
        (b"+02:00", b"+25:00", "bad-zone-offset"),
        (b"LTR", b"QQQ", "unknown-unit"),
    ]:
        headers = {**sender.headers, "Content-Type": "application/ld+json"}
        response = sender.client.post("/epcis/events", content=raw.replace(old, new, 1), headers=headers)
        assert response.status_code == 400, code
        assert code in told(response.json())
    assert rows(shared) == before


def test_after_all_attacks_nothing_stored_differs_from_anything(shared: Instance, sender: Sender) -> None:
    """The last test of the module: what the others left is whole, published or not."""
    assert sender.send(sender.sign(an_object_event(eventID=EVENT_ID))).status_code == 200
    report = shared.fsck()
    assert report.breaches == ()
    assert report.records >= len(SIGNED)
