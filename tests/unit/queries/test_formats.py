"""A translated member keeps every digit; a member that needs no translation keeps every byte."""

from __future__ import annotations

from msgspec import Raw

from filiere_platform.domain.formats import AS_RECORDED, Formats
from filiere_schemas.epcis.presentation import EpcFormat, WordFormat

LOT = b'"urn:epc:class:lgtin:9521234.000001.L1"'
LINK = b'"https://id.gs1.org/01/09521234000013/10/L1"'
MEMBERS = {
    "quantityList": Raw(b'[ {"epcClass": ' + LOT + b', "quantity": 12.50000000000000000001} ]'),
    "ilmd": Raw(b'{ "ex:lot" : ' + LOT + b"}"),
    "bizStep": Raw(b'"shipping"'),
}


def test_a_quantity_keeps_its_digits_beside_what_is_translated() -> None:
    written = Formats().write(MEMBERS)
    assert bytes(written["quantityList"]) == b'[{"epcClass":' + LINK + b',"quantity":12.50000000000000000001}]'


def test_what_needs_no_translation_keeps_its_bytes() -> None:
    written = Formats().write(MEMBERS)
    assert {name: bytes(written[name]) for name in ("ilmd", "bizStep")} == {
        name: bytes(MEMBERS[name]) for name in ("ilmd", "bizStep")
    }
    for kept in (AS_RECORDED, Formats(EpcFormat.NO_PREFERENCE, WordFormat.NO_PREFERENCE)):
        assert {name: bytes(raw) for name, raw in kept.write(MEMBERS).items()} == {
            name: bytes(raw) for name, raw in MEMBERS.items()
        }
