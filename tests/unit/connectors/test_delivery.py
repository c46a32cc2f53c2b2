"""The connector believes only what is signed: an instance that lies about what it stored or logged is found out."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from filiere_connectors.client import Client, SendAnswer, ServerAway, ServerRefused
from filiere_connectors.delivery import LONGEST_WAIT, Delivery, Disbelieved
from filiere_connectors.spool import Spool, open_spool
from filiere_connectors.spool_records import Origin, Spooled
from filiere_connectors.workspace import Trust
from filiere_schemas.provenance.checkpoint import sign_checkpoint
from filiere_schemas.provenance.entry import EntryKind, log_entry
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.merkle import leaf_hash, root
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.statements import ReceiptRecord, sign_receipt
from filiere_schemas.provenance.tiles import Tile, parse_tile_path

ORIGIN = "log.test.example/filiere"
LOG_KEY, RECEIPT_KEY, STRANGER = (SigningKey.from_seed(bytes([n]) * 32) for n in (1, 2, 3))
NOW = datetime(2026, 3, 4, tzinfo=UTC)
TRUST = Trust(
    origin=ORIGIN,
    log_key=str(VerifierKey(ORIGIN, LOG_KEY.public)),
    receipt_key=RECEIPT_KEY.public.jwk,
    registrar_key=STRANGER.public.jwk,
)


class Instance(Client):
    """An instance that keeps a log; a test replaces one of its answers by a lie."""

    def __init__(self) -> None:
        super().__init__("https://instance.example")
        self.leaves: list[bytes] = [leaf_hash(log_entry(EntryKind.KEY, bytes(32)))]
        self.receipt_key = RECEIPT_KEY
        self.shift = 0  # of the indexes in the receipt
        self.forgets = False
        self.requests = 0

    def send(self, envelopes: Sequence[bytes]) -> SendAnswer:
        self.requests += 1
        lines, outcomes = [], []
        for envelope in envelopes:
            sha256 = envelope.rjust(32, b"\0")
            index = len(self.leaves) + self.shift
            self.leaves.append(leaf_hash(log_entry(EntryKind.EVENT, sha256)))
            lines.append(ReceiptRecord(index=index, sha256=sha256, kind=EntryKind.EVENT, stored_at=1))
            outcomes.append({"status": "stored", "index": index - self.shift})
        receipt = sign_receipt(lines[: len(lines) - self.forgets], key=self.receipt_key, origin=ORIGIN)
        return SendAnswer(receipt=receipt.decode(), outcomes=tuple(outcomes))

    def checkpoint(self) -> bytes:
        return sign_checkpoint(ORIGIN, len(self.leaves), root(self.leaves), LOG_KEY)

    def log_file(self, path: str) -> bytes:
        tile = parse_tile_path(path)
        assert tile == Tile(0, 0, len(self.leaves))
        return b"".join(self.leaves)


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path / "spool.db") as opened, opened.transaction():
        pass
    with open_spool(tmp_path / "spool.db") as opened:
        with opened.transaction():
            for number in range(1, 4):
                add(opened, number)
        yield opened


def add(spool: Spool, number: int) -> None:
    envelope = b"e%d" % number
    origin = Origin(flow="f", source_key=json.dumps([number]), file="a.csv", sheet=None, row=number)
    spool.add(
        Spooled(
            seq=number, sha256=envelope.rjust(32, b"\0"), envelope=envelope, event_id=f"urn:e:{number}", origin=origin
        ),
        at=number,
    )


def delivery(spool: Spool, instance: Client, **settings: Any) -> Delivery:
    return Delivery(spool, instance, TRUST, clock=lambda: NOW, **settings)


def test_what_an_honest_instance_stores_is_stored_and_then_published(spool: Spool) -> None:
    instance = Instance()
    sending = delivery(spool, instance, batch=2)
    assert [sending.send_next() is not None for _ in range(3)] == [True, True, False]
    assert instance.requests == 2
    assert spool.counts()["stored"] == 3
    assert sending.follow() == 3
    assert spool.counts()["published"] == 3
    with spool.transaction():
        add(spool, 4)
    sending.send_next()
    assert sending.follow() == 1  # and the new head is consistent with the old one


LIES = {
    "a receipt that somebody else signed": {"receipt_key": STRANGER},
    "a receipt over other places of the log": {"shift": 1},
    "a receipt that leaves a record out": {"forgets": True},
}


@pytest.mark.parametrize("lie", LIES)
def test_nothing_is_marked_as_sent_on_a_receipt_that_does_not_hold(lie: str, spool: Spool) -> None:
    instance = Instance()
    for name, value in LIES[lie].items():
        setattr(instance, name, value)
    with pytest.raises(Disbelieved) as refused:
        delivery(spool, instance).send_next()
    assert refused.value.problems[0].code == "receipt-wrong"
    assert spool.counts()["queued"] == 3


@pytest.mark.parametrize("lie", ["drops a record", "rewrites a record", "rewrites an old entry", "forgets its end"])
def test_a_log_that_contradicts_a_receipt_or_itself_is_found_out(lie: str, spool: Spool) -> None:
    instance = Instance()
    sending = delivery(spool, instance)
    sending.send_next()
    if lie == "drops a record":
        instance.leaves[2] = leaf_hash(log_entry(EntryKind.EVENT, bytes(32)))
    elif lie == "rewrites a record":
        instance.leaves[1], instance.leaves[2] = instance.leaves[2], instance.leaves[1]
    else:
        assert sending.follow() == 3
        if lie == "forgets its end":
            instance.leaves.pop()
        else:
            instance.leaves[0] = leaf_hash(b"another key")
            instance.leaves.append(leaf_hash(b"more"))
    with pytest.raises(Disbelieved) as refused:
        sending.follow()
    assert refused.value.problems[0].code == "log-wrong"


def test_waits_grow_are_drawn_and_are_never_longer_than_the_longest(spool: Spool) -> None:
    class Away(Instance):
        def send(self, envelopes: Sequence[bytes]) -> SendAnswer:  # noqa: ARG002 - it answers nobody
            raise ServerAway([self.odd("away").problems[0]])

    sending = delivery(spool, Away())
    waits = []
    for _ in range(20):
        with pytest.raises(ServerAway):
            sending.send_next()
        waits.append(sending.wait_seconds())
    assert waits[0] <= 2.0
    assert max(waits) <= LONGEST_WAIT
    assert len(set(waits)) > 15
    # A clock that was set back by a year does not make the connector wait for a year.
    back = Delivery(spool, Away(), TRUST, clock=lambda: NOW.replace(year=2025))
    assert back.wait_seconds() <= LONGEST_WAIT


def test_a_request_that_is_too_large_is_halved_until_one_record_is_refused_alone(spool: Spool) -> None:
    class Small(Instance):
        def send(self, envelopes: Sequence[bytes]) -> SendAnswer:
            if len(envelopes) > 1 or envelopes[0] == b"e2":
                problem = {"code": "body-too-large", "status": 413, "detail": "trop"}
                raise ServerRefused([self.odd("413").problems[0]], status=413, document=problem)
            return super().send(envelopes)

    sending = delivery(spool, Small())
    while sending.send_next() is not None:
        pass
    assert spool.counts() == {"queued": 0, "stored": 2, "published": 0, "refused": 1, "discarded": 0}
    assert [each.code for each in spool.quarantined()] == ["body-too-large"]


def test_a_suspended_sender_keeps_its_records(spool: Spool) -> None:
    class Suspended(Instance):
        def send(self, envelopes: Sequence[bytes]) -> SendAnswer:
            answer = super().send(envelopes)
            refused = {"status": "refused", "problem": {"code": "member-suspended", "status": 403, "detail": "non"}}
            return SendAnswer(receipt=answer.receipt, outcomes=(*answer.outcomes[:1], refused, refused))

    with pytest.raises(ServerRefused):
        delivery(spool, Suspended()).send_next()
    assert spool.counts()["stored"] == 1
    assert spool.counts()["queued"] == 2
    assert spool.quarantined() == []
