"""What was signed and is discarded leaves a signed void in the chain, in the same transaction, and is not sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from builders.events import an_object_event
from filiere_connectors.chain_comparison import compare_chain
from filiere_connectors.client import Client, SendAnswer
from filiere_connectors.delivery import Delivery
from filiere_connectors.discarding import discard_record, discard_row
from filiere_connectors.spool import Spool, open_spool
from filiere_connectors.spool_records import Origin, Settled, Spooled
from filiere_connectors.spooling import Signer
from filiere_connectors.workspace import Trust
from filiere_schemas.epcis.identity import identity_of
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import (
    CHAINED,
    FIRST_PREV,
    VOID_TYP,
    digest_of,
    parse_envelope,
    verify_envelope,
)
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.provenance.statements import ReceiptRecord, sign_receipt
from filiere_schemas.provenance.void import Void, read_void

LOG = "log.test.example/filiere"
MEMBER = "urn:filiere:party:siret:73282932000074"
KEY, PLATFORM = (SigningKey.from_seed(bytes([n]) * 32) for n in (4, 5))
SIGNER = Signer(member=MEMBER, origin=LOG, key=KEY)
NOW = datetime(2026, 3, 4, tzinfo=UTC)
TRUST = Trust(
    origin=LOG,
    log_key=str(VerifierKey(LOG, PLATFORM.public)),
    receipt_key=PLATFORM.public.jwk,
    registrar_key=PLATFORM.public.jwk,
)


def event(number: int) -> dict[str, Any]:
    return an_object_event(eventID=f"urn:uuid:00000000-0000-4000-8000-{number:012d}")


@pytest.fixture
def spool(tmp_path: Path) -> Iterator[Spool]:
    with open_spool(tmp_path / "spool.db") as opened:
        with opened.transaction():
            for number in (1, 2, 3):
                last, _, prev = opened.tail()
                envelope = SIGNER.sign(event(number), seq=last + 1, prev=prev, at=NOW)
                origin = Origin(flow="f", source_key=f"[{number}]", file="a.csv", sheet=None, row=number)
                record = Spooled(
                    seq=number, sha256=digest_of(envelope), envelope=envelope, event_id=f"e{number}", origin=origin
                )
                opened.add(record, at=number)
        yield opened


def void_in(spool: Spool, seq: int = 4) -> Void:
    envelope = parse_envelope(spool.record(seq).envelope, typ=VOID_TYP)
    verify_envelope(envelope, KEY.public, issuer=MEMBER, audience=LOG)
    assert (envelope.header.seq, envelope.header.prev) == (seq, spool.record(seq - 1).sha256)
    return read_void(envelope)


def test_a_void_takes_the_next_place_and_names_what_it_discards(spool: Spool) -> None:
    assert discard_record(spool, SIGNER, 2, "saisi deux fois", now=NOW)
    second = spool.record(2)
    assert void_in(spool) == Void(
        sha256=second.sha256,
        seq=2,
        prev=spool.record(1).sha256,
        event=identity_of(event(2), MEMBER),
        reason="saisi deux fois",
    )
    assert [(record.seq, record.kind) for record in spool.queued(limit=9)] == [(1, None), (3, None), (4, "void")]


@pytest.mark.parametrize("seq", [2, 4, 9])
def test_what_was_discarded_is_a_void_or_is_unknown_is_not_discarded(spool: Spool, seq: int) -> None:
    discard_record(spool, SIGNER, 2, "x", now=NOW)
    assert not discard_record(spool, SIGNER, seq, "x", now=NOW)
    assert spool.tail()[0] == 4


def test_a_crash_leaves_both_or_neither(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    def cut(*_: Any, **__: Any) -> None:
        raise ConnectionAbortedError

    monkeypatch.setattr(Spool, "add", cut)
    with pytest.raises(ConnectionAbortedError):
        discard_record(spool, SIGNER, 2, "x", now=NOW)
    assert spool.record(2).state == "queued"


@pytest.mark.parametrize(("log_index", "tail"), [(None, 4), (7, 3)])
def test_a_refused_row_is_voided_only_where_no_entry_closes_its_place(
    spool: Spool, log_index: int | None, tail: int
) -> None:
    problem = {"code": "body-too-large", "message_fr": "trop", "message_en": "too much"}
    refused = Settled(seq=2, state="refused", log_index=log_index, kind=None, stored_at=None, problem=problem)
    spool.settle([refused], None, at=1)
    (row,) = spool.quarantined()
    assert discard_row(spool, SIGNER, row.number, "x", now=NOW)
    assert spool.tail()[0] == tail
    assert not discard_row(spool, SIGNER, 99, "x", now=NOW)


class Instance(Client):
    """An instance that stores everything, and refuses to void what it stored."""

    def __init__(self) -> None:
        super().__init__("https://instance.example")
        self.stored: dict[bytes, int] = {}

    def send(self, envelopes: Sequence[bytes]) -> SendAnswer:
        outcomes: list[dict[str, Any]] = []
        lines = []
        for raw in envelopes:
            sha256, is_void = digest_of(raw), parse_envelope(raw, typ=CHAINED).header.typ == VOID_TYP
            if is_void and read_void(parse_envelope(raw, typ=VOID_TYP)).sha256 in self.stored:
                outcomes.append(
                    {"status": "refused", "problem": {"code": "void-of-stored", "status": 409}, "index": 70}
                )
                continue
            index = self.stored.setdefault(sha256, len(self.stored))
            kind = EntryKind.VOID if is_void else EntryKind.EVENT
            lines.append(ReceiptRecord(index=index, sha256=sha256, kind=kind, stored_at=1))
            outcomes.append({"status": "stored", "index": index})
        return SendAnswer(receipt=sign_receipt(lines, key=PLATFORM, origin=LOG).decode(), outcomes=tuple(outcomes))


def test_a_void_is_sent_and_its_receipt_is_that_of_a_void(spool: Spool) -> None:
    discard_record(spool, SIGNER, 2, "x", now=NOW)
    Delivery(spool, Instance(), TRUST, clock=lambda: NOW).send_next()
    assert spool.counts() == {"queued": 0, "stored": 3, "published": 0, "refused": 0, "discarded": 1}


def test_what_turns_out_to_be_stored_is_sent_again_for_its_receipt(spool: Spool) -> None:
    instance = Instance()
    instance.send([record.envelope for record in spool.queued(limit=9)])  # and the answer was lost
    discard_record(spool, SIGNER, 2, "x", now=NOW)
    delivery = Delivery(spool, instance, TRUST, clock=lambda: NOW)
    while delivery.send_next() is not None:
        pass
    assert spool.counts() == {"queued": 0, "stored": 3, "published": 0, "refused": 1, "discarded": 0}
    assert [each.code for each in spool.quarantined()] == ["void-of-stored"]


def chain(*runs: tuple[int, int, bytes, bytes], read_to: int = 100) -> dict[str, Any]:
    return {
        "readTo": read_to,
        "runs": [
            {"firstSeq": first, "lastSeq": last, "firstPrev": prev.hex(), "lastSha256": sha256.hex()}
            for first, last, prev, sha256 in runs
        ],
    }


def acknowledge(spool: Spool, *seqs: int) -> None:
    settled = [Settled(seq=n, state="stored", log_index=n, kind="event", stored_at=1) for n in seqs]
    spool.settle(settled, None, at=1)


def test_a_chain_that_is_ours_is_no_alarm(spool: Spool) -> None:
    acknowledge(spool, 1, 2)
    found = compare_chain(spool, chain((1, 2, FIRST_PREV, spool.record(2).sha256)))
    assert (found.missing, found.withheld, found.foreign) == ((), (), ())


def test_what_the_instance_lacks_is_told_apart_from_what_it_hides(spool: Spool) -> None:
    first, second, third = (spool.record(n).sha256 for n in (1, 2, 3))
    runs = ((1, 1, FIRST_PREV, first), (3, 3, second, third))
    assert compare_chain(spool, chain(*runs)).missing == ((2, 2),)
    acknowledge(spool, 1, 2, 3)
    hidden = compare_chain(spool, chain(*runs))
    assert (hidden.withheld, hidden.missing, hidden.is_alarming) == (((2, 2),), (), True)
    # What the worker has not read yet is not hidden.
    assert not compare_chain(spool, chain(runs[0], read_to=2)).is_alarming
    assert compare_chain(spool, chain(runs[0])).withheld == ((2, 3),)


@pytest.mark.parametrize(
    "run",
    [
        (1, 3, FIRST_PREV, b"\x07" * 32),  # another record in our place
        (4, 4, b"\x07" * 32, b"\x08" * 32),  # one that we never signed
        (2, 3, b"\x07" * 32, None),  # behind another one than ours
    ],
)
def test_what_this_machine_did_not_sign_is_told(spool: Spool, run: tuple[int, int, bytes, bytes | None]) -> None:
    first, last, prev, sha256 = run
    found = compare_chain(spool, chain((first, last, prev, sha256 or spool.record(3).sha256)))
    assert found.foreign == ((first, last),)


@pytest.mark.parametrize("answer", [{}, {"readTo": 1, "runs": [{}]}, {"readTo": "x", "runs": []}, {"runs": None}])
def test_an_answer_of_another_form_is_no_chain(spool: Spool, answer: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="chain"):
        compare_chain(spool, answer)
