"""Names for companies without GS1."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import identifiers as valid
from filiere_schemas.identifiers import Identity, InvalidIdentifier, Kind, filiere_urn, identify, siren, siret

PARTIES = {
    "siret": "73282932000074",
    "siren": "732829320",
    "gln": "9506000134307",
    "vat": "FR40303265045",
    "lei": "5493001KJTIIGC8Y1R12",
    "duns": "804735132",
    "cage": "F0228",
    "bpnl": "BPNL00000003AYRE",
}
WORDS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=20)


def test_each_scheme_of_company_numbers_has_an_example() -> None:
    assert set(PARTIES) == set(filiere_urn.SCHEMES)


@given(st.sampled_from(sorted(PARTIES.items())), WORDS, WORDS)
def test_a_name_reads_back_as_it_was_built(party: tuple[str, str], item: str, number: str) -> None:
    for urn, noun in (
        (filiere_urn.lot(*party, item, number), "lot"),
        (filiere_urn.item(*party, item, number), "item"),
        (filiere_urn.site(*party, item), "site"),
        (filiere_urn.party(*party), "party"),
    ):
        name = filiere_urn.parse(urn)
        assert (name.noun, name.scheme, name.party, name.urn) == (noun, *party, urn)
        assert filiere_urn.validate(urn) == urn


@given(WORDS, WORDS, WORDS, WORDS)
def test_different_words_make_different_names(item: str, lot: str, other_item: str, other_lot: str) -> None:
    one, other = (filiere_urn.lot("siren", "732829320", *words) for words in ((item, lot), (other_item, other_lot)))
    same = filiere_urn.parse(one).words == filiere_urn.parse(other).words
    assert (one == other) == same
    if (
        item.isascii()
        and other_item.isascii()
        and (item, lot) != (other_item, other_lot)
        and (lot + other_lot).isascii()
    ):
        assert one != other


@pytest.mark.parametrize(
    ("urn", "identity"),
    [
        (
            "urn:filiere:lot:siret:73282932000074:Farine%20T55:L/24",
            Identity("urn:filiere:lot:siret:73282932000074:Farine%20T55:L%2F24", Kind.LOT, "filiere"),
        ),
        (
            "URN:FILIERE:item:cage:f0228:PN-1:SN%2d7",
            Identity("urn:filiere:item:cage:F0228:PN-1:SN-7", Kind.ITEM, "filiere"),
        ),
        (
            "urn:filiere:site:bpnl:bpnl00000003ayre:Halle+2",
            Identity("urn:filiere:site:bpnl:BPNL00000003AYRE:Halle%2B2", Kind.LOCATION, "filiere"),
        ),
        (
            "urn:filiere:party:vat:fr40303265045",
            Identity("urn:filiere:party:vat:FR40303265045", Kind.PARTY, "filiere"),
        ),
        (
            "urn:filiere:party:gln:9506000134307",
            Identity("https://id.gs1.org/417/9506000134307", Kind.PARTY, "pgln"),
        ),
        (
            "urn:filiere:lot:siren:732829320:cafe%CC%81:1",
            Identity("urn:filiere:lot:siren:732829320:caf%C3%A9:1", Kind.LOT, "filiere"),
        ),
    ],
)
def test_every_spelling_of_a_name_has_one_key(urn: str, identity: Identity) -> None:
    assert identify(urn) == identity
    assert identify(identity.key) == identity


def test_spaces_that_were_typed_around_a_word_are_not_part_of_it() -> None:
    assert filiere_urn.lot("siret", "732 829 320 00074", " A1 ", "L1\t") == "urn:filiere:lot:siret:73282932000074:A1:L1"


@pytest.mark.parametrize(
    ("urn", "code"),
    [
        ("urn:filiere:lot:siret:73282932000074:A1", "filiere-urn-form"),
        ("urn:filiere:lot:siret:73282932000074:A1:L1:x", "filiere-urn-form"),
        ("urn:filiere:batch:siret:73282932000074:A1:L1", "filiere-urn-form"),
        ("urn:filiere:party:siret:73282932000074:", "filiere-urn-form"),
        ("urn:filiere:lot:siret:73282932000074:A 1:L1", "filiere-urn-form"),
        ("urn:filiere:lot:siret:73282932000074:é:L1", "filiere-urn-form"),
        ("urn:filiere:lot:siret:73282932000074:A?:L1", "filiere-urn-form"),
        ("urn:filiere:lot:siret:73282932000075:A1:L1", "luhn-check-digit"),
        ("urn:filiere:lot:iban:73282932000074:A1:L1", "filiere-urn-scheme"),
        ("urn:filiere:lot:SIRET:73282932000074:A1:L1", "filiere-urn-scheme"),
        ("urn:filiere:lot:siret:73282932000074::L1", "filiere-urn-component"),
        ("urn:filiere:lot:siret:73282932000074:%20A1:L1", "filiere-urn-component"),
        ("urn:filiere:lot:siret:73282932000074:A%0A1:L1", "filiere-urn-component"),
        ("urn:filiere:lot:siret:73282932000074:A%E2%80%8B1:L1", "filiere-urn-component"),
        (f"urn:filiere:lot:siret:73282932000074:{'A' * 201}:L1", "filiere-urn-component"),
        ("urn:filiere:lot:siret:73282932000074:A%C3:L1", "identifier-broken-escape"),
        ("urn:filiere:site:bpnl:BPNS00000003AYRE:1", "bpn-form"),
    ],
)
def test_a_malformed_name_is_refused_for_its_own_reason(urn: str, code: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        identify(urn)
    assert [problem.code for problem in refusal.value.problems] == [code]
    assert not filiere_urn.is_valid(urn)


@given(valid.digits(8), valid.digits(4))
def test_every_french_establishment_can_name_its_lots(start: str, office: str) -> None:
    payload = start + siren.check_digit(start) + office
    number = payload + siret.check_digit(payload)
    assert identify(filiere_urn.lot("siret", number, "A", "1")).kind is Kind.LOT
