"""An erased payload is nowhere any more, and everything that reads says that it was erased; on both databases."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import Any

import psycopg
import pytest
from sqlalchemy import text

from builders.events import a_document, a_transformation_event, an_object_event
from builders.instance import ERASURE_REASONS, Instance, Sender
from contracts.log.conftest import wait_for, wait_until_published
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audience import OPERATOR
from filiere_platform.domain.erasure import ErasureOrder
from filiere_platform.domain.record import KIND_CODES, RecordRow
from filiere_platform.usecases.erasure import erase_record, replay_erasures
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.disclosures import seal
from filiere_schemas.provenance.entry import EntryKind
from filiere_schemas.provenance.envelope import parse_envelope
from filiere_schemas.provenance.erasure import Erased, read_erasure
from filiere_schemas.provenance.statements import read_receipt

SECRET = "Alpage-de-Madame-Perrault"  # what somebody wants erased
EVENT_ID = "urn:uuid:0c5e5d5e-7d5f-4d7e-8a52-3f6f0f1d0001"


def told(**changes: Any) -> dict[str, Any]:
    return an_object_event(**{"eventID": EVENT_ID, "ilmd": {"dairy:farm": SECRET}, **changes})


def send(sender: Sender, *envelopes: bytes) -> list[dict[str, Any]]:
    response = sender.send(*envelopes)
    assert response.status_code == 200, response.text
    outcomes: list[dict[str, Any]] = response.json()["records"]
    return outcomes


def record_at(instance: Instance, index: int) -> RecordRow:
    with instance.platform.database.unit_of_work() as uow:
        (record,) = uow.log.records(index, index + 1)
    return record


def audiences(instance: Instance, index: int) -> dict[int, int]:
    with instance.platform.database.unit_of_work() as uow:
        return {grant.audience: grant.cause for grant in uow.erasures.grants_of(index)}


def with_disclosures(sender: Sender, *pointers: str, **changes: Any) -> tuple[bytes, tuple[bytes, ...]]:
    payload, disclosures = seal(told(**changes), pointers)
    return b"~".join((sender.sign(payload), *disclosures, b"")), disclosures


def everything_stored(instance: Instance) -> bytes:
    """All bytes that the instance keeps: its folder, and every row of its database."""
    folder = instance.platform.settings.data_dir.parent
    kept = b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
    if not instance.platform.database.is_postgresql:
        return kept
    url = instance.platform.settings.database_url
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            rows = connection.execute(f'SELECT * FROM "{table}"'.encode()).fetchall()
            kept += b"".join(bytes(v) if isinstance(v, bytes) else str(v).encode() for row in rows for v in row)
    return kept


def test_an_erasure_is_an_entry_that_whoever_could_see_the_record_gets(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    envelope = dairy.sign(told(**{"filiere:sharing": "sector"}, **{"@context": with_our_prefix()}))
    [stored] = send(dairy, envelope)
    done = instance.erase(stored["index"])
    assert done.is_new
    assert done.mark is not None
    entry = record_at(instance, done.mark.entry)
    assert entry.kind == KIND_CODES[EntryKind.ERASURE]
    origin = instance.platform.instance.origin
    erasure = read_erasure(entry.body or b"", instance.platform.key(Duty.RECEIPT).public, origin=origin)
    assert (erasure.index, erasure.sha256.hex(), erasure.what) == (stored["index"], stored["sha256"], Erased.PAYLOAD)
    assert {"basis": erasure.basis, "author": erasure.author} == ERASURE_REASONS
    assert erasure.header["seq"] == parse_envelope(envelope).header.seq
    assert erasure.erased_at == entry.stored_at == done.mark.erased_at
    assert audiences(instance, done.mark.entry) == audiences(instance, stored["index"])
    assert len(audiences(instance, stored["index"])) == 2  # its owner and the sector


def with_our_prefix() -> list[Any]:
    return [*an_object_event()["@context"], {"filiere": "urn:filiere:ns:"}]


def test_the_same_order_again_changes_nothing(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    [stored] = send(dairy, dairy.sign(told()))
    first = instance.erase(stored["index"])
    size = instance.log_size()
    again = instance.erase(stored["index"], rule="another-rule")
    assert (again.is_new, again.mark) == (False, first.mark)
    assert instance.log_size() == size


def test_an_order_without_reasons_is_refused_and_nothing_is_erased(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    [stored] = send(dairy, dairy.sign(told()))
    size = instance.log_size()
    for wrong in ({"basis": " "}, {"author": ""}, {"author": "somebody"}, {"rule": ""}):
        with pytest.raises(Refusal) as refused:
            instance.erase(stored["index"], **wrong)
        assert refused.value.problems[0].code == "erasure-without-reason"
    for index in (0, size, -1):  # a key's entry, and what is not there
        with pytest.raises(Refusal) as refused:
            instance.erase(index)
        assert refused.value.problems[0].code == "nothing-to-erase"
    assert record_at(instance, stored["index"]).body is not None
    assert instance.log_size() == size


def test_an_erasure_that_is_rolled_back_removes_nothing(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    [stored] = send(dairy, dairy.sign(told()))
    size = instance.log_size()

    def erase_and_fail() -> None:
        with instance.platform.database.unit_of_work() as uow:
            erase_record(
                uow,
                index=stored["index"],
                order=ErasureOrder(rule="r", **ERASURE_REASONS),
                receipt_key=instance.platform.key(Duty.RECEIPT),
                origin=instance.platform.instance.origin,
                now=1,
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        erase_and_fail()
    assert instance.log_size() == size
    assert record_at(instance, stored["index"]).body is not None
    assert instance.erase(stored["index"]).is_new


def test_the_same_bytes_sent_again_do_not_bring_the_payload_back(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    envelope = dairy.sign(told())
    before = dairy.send(envelope).json()
    index = before["records"][0]["index"]
    instance.erase(index)
    after = dairy.send(envelope)
    assert after.status_code == 200
    [outcome] = after.json()["records"]
    assert (outcome["status"], outcome["erased"], outcome["index"]) == ("known", True, index)
    assert after.json()["receipt"] == before["receipt"]
    assert [
        r.index
        for r in read_receipt(
            after.json()["receipt"].encode(), instance.platform.key(Duty.RECEIPT).public, origin=dairy.origin
        )
    ] == [index]
    assert record_at(instance, index).body is None
    [signed_anew] = send(dairy, dairy.sign(told()))
    assert (signed_anew["status"], signed_anew["erased"]) == ("known", True)


def test_an_event_of_a_plain_client_does_not_come_back_either(instance: Instance) -> None:
    shop = instance.admit("shop")
    for event in (told(), an_object_event(ilmd={"dairy:farm": SECRET})):  # with an eventID, and without
        index = instance.log_size()
        assert shop.client.post("/epcis/events", json=event, headers=shop.headers).status_code == 201
        assert instance.erase(index).is_new
        size = instance.log_size()
        shop.client.post("/epcis/events", json=event, headers=shop.headers)
        assert instance.log_size() == size
        assert record_at(instance, index).body is None


def test_the_log_of_an_instance_with_erasures_is_derived_again_without_a_difference(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    outcomes = send(dairy, dairy.sign(told()), dairy.sign(a_transformation_event()))
    instance.erase(outcomes[0]["index"])
    sealed, _ = with_disclosures(dairy, "/ilmd", "/quantityList/0/quantity", eventID=EVENT_ID.replace("0001", "0002"))
    instance.erase(send(dairy, sealed)[0]["index"], what=Erased.DISCLOSURES)
    wait_until_published(instance)
    report = instance.fsck()
    assert report.holds, report.as_json()
    assert report.erased == 1


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        ("UPDATE record SET body = NULL WHERE log_index = :other", "erased-without-entry"),
        ("UPDATE record SET body = :body WHERE log_index = :erased", "erasure-not-done"),
        ("UPDATE record SET sha256 = :digest WHERE log_index = :erased", "erasure-of-another"),
    ],
)
def test_bytes_that_are_gone_without_an_erasure_or_there_despite_one_are_found(
    instance: Instance, damage: str, code: str
) -> None:
    dairy = instance.admit("dairy")
    envelopes = [dairy.sign(told()), dairy.sign(a_transformation_event())]
    erased, other = (outcome["index"] for outcome in send(dairy, *envelopes))
    instance.erase(erased)
    wait_until_published(instance)
    values = {"erased": erased, "other": other, "body": envelopes[0], "digest": b"\1" * 32}
    with instance.platform.database.unit_of_work() as uow:
        used = {name: value for name, value in values.items() if f":{name}" in damage}
        uow._session.execute(text(damage), used)
    assert code in instance.fsck().counts


def test_what_was_erased_is_in_no_file_and_in_no_row(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    numbered = [a_transformation_event(eventID=f"urn:uuid:0c5e5d5e-7d5f-4d7e-8a52-{n:012d}") for n in range(60)]
    send(dairy, *(dairy.sign(event) for event in numbered))
    long = {"dairy:farm": SECRET, "dairy:note": ["y" * 8_000] * 3}  # several pages of a database
    envelopes = [dairy.sign(told()), dairy.sign(told(eventID=EVENT_ID.replace("0001", "0002"), ilmd=long))]
    indexes = [outcome["index"] for outcome in send(dairy, *envelopes)]
    document = a_document([told(eventID=EVENT_ID.replace("0001", "0003"))])
    indexes.append(instance.log_size())
    taken = dairy.client.post("/epcis/capture", json=document, headers=dairy.headers)
    job = taken.headers["Location"]
    wait_for(lambda: not dairy.get(job[job.index("/epcis/") :]).json()["running"], "the job did not end")
    wait_until_published(instance)
    # In base64, as payloads are kept, at each of the three offsets that a text may have there; and the signatures.
    names = [within_base64(SECRET.encode(), offset) for offset in range(3)]
    notes = [within_base64(b"y" * 60, 0)]
    signatures = [envelope.rpartition(b".")[2] for envelope in envelopes]
    before = everything_stored(instance)
    for some in (names, notes, signatures[:1]):
        assert any(part in before for part in some), "the search does not find what is there"
    for index in indexes:
        assert instance.erase(index).is_new
    instance.platform.database.scrub()
    after = everything_stored(instance)
    assert [part for part in (SECRET.encode(), *names, *notes, *signatures) if part in after] == []


def within_base64(value: bytes, offset: int) -> bytes:
    """What a value looks like inside a longer text in base64url, when it begins so many bytes after a multiple of 3."""
    encoded = base64.urlsafe_b64encode(b"\0" * offset + value)
    return encoded[4 if offset else 0 : -4]


def test_sealed_fields_are_erased_and_the_signature_still_verifies(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    raw, disclosures = with_disclosures(dairy, "/ilmd", "/quantityList/0/quantity", "/quantityList/0/uom")
    [stored] = send(dairy, raw)
    gone = {digest for text_, digest in digests(disclosures).items() if b"quantity" in decoded(text_)}
    done = instance.erase(stored["index"], what=Erased.DISCLOSURES, disclosures=frozenset(gone))
    assert done.is_new
    assert done.mark is not None
    assert done.mark.what is Erased.DISCLOSURES
    answer = dairy.get(f"/api/v1/records/{stored['index']}").json()
    assert parse_envelope(answer["jws"].encode()).compact == parse_envelope(raw).compact
    assert len(parse_envelope(answer["jws"].encode()).disclosures) == 2
    with instance.platform.database.unit_of_work() as uow:
        ends = uow.log.ends(stored["index"], stored["index"] + 1)[stored["index"]]
        assert [end.quantity for end in ends] == [None] * len(ends)
        assert uow.log.event_rows(stored["index"], stored["index"] + 1)[stored["index"]].disposition == "active"
    rest = instance.erase(stored["index"], what=Erased.DISCLOSURES)
    assert rest.is_new
    assert not instance.erase(stored["index"], what=Erased.DISCLOSURES).is_new
    assert record_at(instance, stored["index"]).disclosures is None
    [again] = send(dairy, raw)  # as it was, with everything disclosed
    assert again["status"] == "known"
    assert record_at(instance, stored["index"]).disclosures is None
    assert instance.erase(stored["index"]).is_new  # and then the payload
    wait_until_published(instance)
    assert instance.fsck().holds


def test_a_field_that_is_sealed_inside_an_erased_one_goes_with_it(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    raw, disclosures = with_disclosures(dairy, "/ilmd", "/ilmd/dairy:farm")
    [stored] = send(dairy, raw)
    outer = {digest for text_, digest in digests(disclosures).items() if b'"ilmd"' in decoded(text_)}
    instance.erase(stored["index"], what=Erased.DISCLOSURES, disclosures=frozenset(outer))
    assert record_at(instance, stored["index"]).disclosures is None


def test_a_disclosure_that_the_record_does_not_have_is_not_erased(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    raw, _ = with_disclosures(dairy, "/ilmd")
    [stored] = send(dairy, raw)
    with pytest.raises(Refusal) as refused:
        instance.erase(stored["index"], what=Erased.DISCLOSURES, disclosures=frozenset({bytes(32)}))
    assert refused.value.problems[0].code == "unknown-disclosure"


def test_what_a_restore_brought_back_is_erased_again_as_the_log_says(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    envelope = dairy.sign(told())
    [stored] = send(dairy, envelope)
    mark = instance.erase(stored["index"]).mark
    with instance.platform.database.unit_of_work() as uow:  # as a database that was restored from before the erasure
        uow._session.execute(
            text("UPDATE record SET body = :body WHERE log_index = :i"), {"body": envelope, "i": stored["index"]}
        )
        uow._session.execute(text("DELETE FROM erasure"))

    def replay() -> int:
        with instance.platform.database.unit_of_work() as uow:
            public, origin = instance.platform.key(Duty.RECEIPT).public, instance.platform.instance.origin
            return replay_erasures(uow, start=0, receipt_key=public, origin=origin)

    assert (replay(), replay()) == (1, 0)
    assert record_at(instance, stored["index"]).body is None
    with instance.platform.database.unit_of_work() as uow:
        assert uow.erasures.of([stored["index"]]) == {stored["index"]: (mark,)}


def test_the_graph_keeps_what_the_event_touched_and_forgets_how_much(instance: Instance) -> None:
    dairy = instance.admit("dairy")
    [stored] = send(dairy, dairy.sign(a_transformation_event(eventID=EVENT_ID)))
    index = stored["index"]

    def ends() -> list[Any]:
        with instance.platform.database.unit_of_work() as uow:
            return list(uow.log.ends(index, index + 1)[index])

    before = ends()
    assert any(end.quantity for end in before)
    instance.erase(index)
    assert ends() == [end._replace(quantity=None, uom=None) for end in before]
    with instance.platform.database.unit_of_work() as uow:
        (event,) = uow.events.visible_to(OPERATOR).by_event_id(EVENT_ID)
    assert (event.log_index, event.body) == (index, None)


def digests(disclosures: tuple[bytes, ...]) -> dict[bytes, bytes]:
    return {text_: hashlib.sha256(text_).digest() for text_ in disclosures}


def decoded(disclosure: bytes) -> bytes:
    return json.dumps(json.loads(base64.urlsafe_b64decode(disclosure + b"==="))).encode()
