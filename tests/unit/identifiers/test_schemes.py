"""Every scheme: what it accepts, what it refuses and why, and the errors of typing that its check promises to catch."""

from __future__ import annotations

from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import identifiers as valid
from filiere_schemas.identifiers import (
    InvalidIdentifier,
    bpn,
    cage,
    checksum,
    container,
    cpi,
    duns,
    gcn,
    gdti,
    giai,
    ginc,
    gln,
    gmn,
    grai,
    gsin,
    gsrn,
    gtin,
    imo,
    itip,
    lei,
    siren,
    siret,
    sscc,
    vat,
    vin,
)

# Public numbers: examples of the standards and of public documentation, well-known companies, public registers.
PUBLIC: list[tuple[ModuleType, list[str]]] = [
    (gtin, ["9506000134352", "04012345111118", "614141123452", "40170725", "9780345418913", "4 006381 333931"]),
    (gln, ["9506000134307", "0614141073467", "4012345000009", "5412345000013"]),
    (sscc, ["106141412345678908", "340123451111111111", "0 0614141 123456789 0"]),
    (grai, ["04012345000221334455", "00614141123452"]),
    (giai, ["4012345ABC345", "95200538w2", "061414112345ABC"]),
    (gsrn, ["401234500000000074", "401234500000067657"]),
    (gdti, ["4012345000092PO-4711", "98765999999929", "4012345000054987"]),
    (gcn, ["4012345999990", "401234599999044"]),
    (gsin, ["40123452223334442"]),
    (ginc, ["0614141xyz47/11", "4012345333"]),
    (cpi, ["061414111111111111111-A#/", "4012345ABC"]),
    (itip, ["040123451111180102"]),
    (gmn, ["1987654Ad4X4bL5ttr2310c2K"]),
    (siren, ["356000000", "732829320", "552 100 554", "542107651", "552081317"]),
    (siret, ["73282932000074", "356 000 000 00048", "35600000049837", "55210055400013"]),
    (
        vat,
        [
            "FR 61 954 506 077",
            "FR40303265045",
            "DE136695976",
            "BE0697449992",
            "ATU13585627",
            "IT00743110157",
            "XI432525179",
        ],
    ),
    (cage, ["35962", "1RRF5", "F0228", "U7578", "k0680"]),
    (bpn, ["BPNL00000003AYRE", "BPNL00000003CRHK", "bpns00000003b2om", "BPNA000000000A1B"]),
    (vin, ["1M8GDM9AXKP042788", "5GZCZ43D13S812715", "WVWZZZ1JZXW000001", "vf1bb05cf20000001"]),
    (container, ["CSQU3054383", "csqu 305438-3", "MSKU9070323", "TGHU7599330"]),
    (imo, ["9176187", "IMO 9074729", "IMO9319466"]),
    (duns, ["804735132", "80-473-5132"]),
    (lei, ["5493001KJTIIGC8Y1R12", "HWUPKR0MPOU8FGXBT394", "529900T8BM49AURSDO55", "7LTWFZYICNSX8D621K86"]),
]


@pytest.mark.parametrize(("scheme", "number"), [(scheme, number) for scheme, numbers in PUBLIC for number in numbers])
def test_a_public_number_is_accepted_and_its_compact_form_is_stable(scheme: ModuleType, number: str) -> None:
    compact = scheme.validate(number)
    assert scheme.is_valid(number)
    assert scheme.validate(compact) == scheme.compact(compact) == compact


@pytest.mark.parametrize(
    ("scheme", "number", "code"),
    [
        (gtin, "9506000134353", "identifier-check-digit"),
        (gtin, "950600013435", "identifier-check-digit"),
        (gtin, "95060001343", "gtin-form"),
        (gtin, "٩٥٠٦٠٠٠١٣٤٣٥٢", "gtin-form"),
        (gln, "9506000134308", "identifier-check-digit"),
        (gln, "950600013430", "gln-form"),
        (sscc, "106141412345678909", "identifier-check-digit"),
        (sscc, "10614141234567890", "sscc-form"),
        (grai, "14012345000221334455", "grai-form"),
        (grai, "04012345000222334455", "identifier-check-digit"),
        (grai, "0401234500022133445567890123456", "grai-form"),
        (giai, "ABC4012345", "giai-form"),
        (giai, "4012345" + "A" * 24, "giai-form"),
        (giai, "4012345é", "giai-form"),
        (gsrn, "401234500000000075", "identifier-check-digit"),
        (gdti, "4012345000093PO", "identifier-check-digit"),
        (gcn, "4012345999990A", "gcn-form"),
        (gsin, "40123452223334443", "identifier-check-digit"),
        (ginc, "", "ginc-form"),
        (cpi, "4012345abc", "cpi-form"),
        (itip, "040123451111180201", "itip-form"),
        (itip, "040123451111180002", "itip-form"),
        (itip, "040123451111190102", "identifier-check-digit"),
        (gmn, "1987654Ad4X4bL5ttr2310c2L", "identifier-check-digit"),
        (gmn, "1987654Ad4X4bL5ttr2310c20", "gmn-form"),
        (siren, "732829321", "luhn-check-digit"),
        (siren, "73282932", "siren-form"),
        (siret, "73282932000075", "luhn-check-digit"),
        (siret, "73282932100074", "luhn-check-digit"),
        (siret, "35600000049838", "luhn-check-digit"),
        (siret, "7328293200007", "siret-form"),
        (vat, "FR40303265046", "vat-form"),
        (vat, "US123456789", "vat-form"),
        (vat, "", "vat-form"),
        (cage, "1RRFO", "cage-form"),
        (cage, "1RRF55", "cage-form"),
        (bpn, "BPNX00000003AYRE", "bpn-form"),
        (bpn, "BPNL00000003AYR", "bpn-form"),
        (vin, "1M8GDM9AXKP04278O", "vin-form"),
        (container, "CSQU3054384", "identifier-check-digit"),
        (container, "CSQA3054383", "container-form"),
        (imo, "9176178", "identifier-check-digit"),
        (imo, "917618", "imo-form"),
        (duns, "80473513", "duns-form"),
        (lei, "5493001KJTIIGC8Y1R13", "identifier-check-digit"),
        (lei, "5493001KJTIIGC8Y1RAB", "lei-form"),
    ],
)
def test_a_wrong_number_is_refused_for_its_own_reason(scheme: ModuleType, number: str, code: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        scheme.validate(number)
    assert [problem.code for problem in refusal.value.problems] == [code]
    assert not scheme.is_valid(number)


GS1 = [
    (gtin, valid.GTIN_14, slice(0, 14)),
    (gtin, valid.with_check_digit(13), slice(0, 13)),
    (gtin, valid.with_check_digit(8), slice(0, 8)),
    (gln, valid.GLN, slice(0, 13)),
    (sscc, valid.SSCC, slice(0, 18)),
    (gsrn, valid.SSCC, slice(0, 18)),
    (gsin, valid.with_check_digit(17), slice(0, 17)),
    (grai, valid.GRAI, slice(1, 14)),
    (gdti, valid.GDTI, slice(0, 13)),
    (gcn, valid.GCN, slice(0, 13)),
    (itip, valid.ITIP, slice(0, 14)),
]
GS1_IDS = ["gtin14", "gtin13", "gtin8", "gln", "sscc", "gsrn", "gsin", "grai", "gdti", "gcn", "itip"]


@pytest.mark.parametrize(("scheme", "numbers", "span"), GS1, ids=GS1_IDS)
@given(data=st.data())
def test_gs1_catches_every_wrong_digit_and_the_swaps_it_promises(
    scheme: ModuleType, numbers: st.SearchStrategy[str], span: slice, data: st.DataObject
) -> None:
    number = data.draw(numbers)
    assert scheme.validate(number) == number
    assert scheme.check_digit(number[span][:-1]) == number[span][-1]
    place = data.draw(st.integers(span.start, span.stop - 1))
    for digit in set("0123456789") - {number[place]}:
        assert not scheme.is_valid(number[:place] + digit + number[place + 1 :])
    if place > span.start:
        left, right = number[place - 1 : place + 1]
        swapped = number[: place - 1] + right + left + number[place + 1 :]
        assert scheme.is_valid(swapped) == (left == right or abs(int(left) - int(right)) == 5)


@pytest.mark.parametrize(("scheme", "length"), [(siren, 9), (siret, 14)])
@given(data=st.data())
def test_luhn_catches_every_wrong_digit_and_every_swap_but_09(
    scheme: ModuleType, length: int, data: st.DataObject
) -> None:
    payload = data.draw(valid.digits(8).filter(lambda start: not start.startswith("35600000")))
    number = payload + siren.check_digit(payload)
    if scheme is siret:
        payload = number + data.draw(valid.digits(4))
        number = payload + siret.check_digit(payload)
    assert scheme.validate(number) == number
    place = data.draw(st.integers(1, length - 1))
    for digit in set("0123456789") - {number[place]}:
        assert not scheme.is_valid(number[:place] + digit + number[place + 1 :])
    left, right = number[place - 1 : place + 1]
    swapped = number[: place - 1] + right + left + number[place + 1 :]
    # A swap of 0 and 9 across the end of the SIREN escapes the key of the SIRET, but changes the SIREN's.
    unseen = {left, right} == {"0", "9"} and not (scheme is siret and place == 9)
    assert scheme.is_valid(swapped) == (left == right or unseen)


def test_a_siret_whose_key_holds_is_refused_when_that_of_its_siren_does_not() -> None:
    payload = "7328293210007"
    with pytest.raises(InvalidIdentifier, match="SIREN 732829321: Luhn"):
        siret.validate(payload + siret.check_digit(payload))


@given(valid.digits(4))
def test_la_poste_has_its_own_key_whose_digits_add_up_to_a_multiple_of_five(office: str) -> None:
    number = "356000000" + office + siret.check_digit("356000000" + office)
    assert siret.validate(number) == number
    assert sum(map(int, number)) % 5 == 0
    assert siret.siren_of(number) == "356000000"
    others = [number[:-1] + digit for digit in "0123456789" if digit != number[-1]]
    # Besides the other last digit with the same sum, Luhn's own is tolerated: the head office has it.
    assert 1 <= sum(siret.is_valid(other) for other in others) <= 2


@given(st.data())
def test_a_lei_catches_every_wrong_character_and_swap_among_digits_and_among_letters(data: st.DataObject) -> None:
    payload = data.draw(st.text(checksum.ALPHABET_36, min_size=18, max_size=18))
    number = payload + lei.check_digits(payload)
    assert lei.validate(number) == number
    place = data.draw(st.integers(0, 19))
    same_sort = set(checksum.ALPHABET_36[:10] if number[place].isdecimal() else checksum.ALPHABET_36[10:])
    for character in same_sort - {number[place]}:
        assert not lei.is_valid(number[:place] + character + number[place + 1 :])
    left, right = number[place - 1 : place + 1] if place else ("0", "0")
    if left.isdecimal() == right.isdecimal() and left != right:
        assert not lei.is_valid(number[: place - 1] + right + left + number[place + 1 :])


@given(st.data())
def test_the_check_characters_of_a_bpn_catch_every_wrong_character_and_every_swap(data: st.DataObject) -> None:
    payload = data.draw(st.text(checksum.ALPHABET_36, min_size=10, max_size=10))
    number = "BPNL" + payload + bpn.check_characters(payload)
    assert bpn.check_characters_hold(number)
    place = data.draw(st.integers(4, 15))
    for character in set(checksum.ALPHABET_36) - {number[place]}:
        assert not bpn.check_characters_hold(number[:place] + character + number[place + 1 :])
    if place > 4 and number[place] != number[place - 1]:
        swapped = number[: place - 1] + number[place] + number[place - 1] + number[place + 1 :]
        assert not bpn.check_characters_hold(swapped)


def test_check_characters_of_a_bpn_are_told_but_not_required() -> None:
    assert bpn.check_characters_hold("BPNL00000003AYRE")
    assert not bpn.check_characters_hold("BPNL1234567890ZZ")
    assert bpn.is_valid("BPNL1234567890ZZ")
    assert bpn.validate_legal_entity("bpnl00000003ayre") == "BPNL00000003AYRE"
    with pytest.raises(InvalidIdentifier):
        bpn.validate_legal_entity("BPNS00000003AYRE")


@given(valid.GMN, st.data())
def test_a_gmn_catches_every_wrong_character(number: str, data: st.DataObject) -> None:
    assert gmn.validate(number) == number
    place = data.draw(st.integers(6, len(number) - 3))
    for character in set(valid.SET_82) - {number[place]}:
        assert not gmn.is_valid(number[:place] + character + number[place + 1 :])


@pytest.mark.parametrize(
    ("number", "holds"), [("1M8GDM9AXKP042788", True), ("11111111111111111", True), ("WVWZZZ1JZXW000001", False)]
)
def test_the_check_digit_of_a_vin_is_told_but_not_required(number: str, holds: bool) -> None:  # noqa: FBT001 - a column
    assert vin.check_digit_holds(number) is holds
    assert vin.is_valid(number)


@given(st.one_of(valid.with_check_digit(8), valid.with_check_digit(12), valid.GLN, valid.GTIN_14))
def test_a_gtin_of_any_length_has_one_form_of_fourteen_digits(number: str) -> None:
    assert gtin.as_gtin14(number) == number.zfill(14)
    assert gtin.is_valid(gtin.as_gtin14(number))


@given(st.sampled_from([scheme for scheme, _ in PUBLIC]), st.text(max_size=40))
def test_no_text_makes_a_scheme_fail_otherwise_than_by_refusing(scheme: ModuleType, text: str) -> None:
    if scheme.is_valid(text):
        assert scheme.validate(scheme.validate(text)) == scheme.validate(text)
    else:
        with pytest.raises(InvalidIdentifier):
            scheme.validate(text)
