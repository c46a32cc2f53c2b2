"""Digital Links: any domain and prefix, what identifies and what does not, and what must not pass for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import identifiers as valid
from filiere_schemas.identifiers import InvalidIdentifier, Kind, digital_link, identify
from filiere_schemas.identifiers.gs1_key import Gs1Key

GTIN = "04012345123456"


@given(
    valid.keys(),
    st.sampled_from(
        ["https://id.gs1.org", "http://id.gs1.org", "https://brand.example", "https://a.example:8443/fr/01/x"]
    ),
)
def test_a_link_reads_back_as_the_key_it_was_built_from(key: Gs1Key, stem: str) -> None:
    assert digital_link.parse(digital_link.build(key, stem=stem)) == key
    assert digital_link.validate(digital_link.build(key, stem=stem)) == digital_link.build(key)


@pytest.mark.parametrize(
    ("words", "path"),
    [
        ("gtin/4012345123456/ser/A", f"/01/{GTIN}/21/A"),
        ("gtin/4012345123456/cpv/V", f"/01/{GTIN}/22/V"),
        ("sscc/106141412345678908", "/00/106141412345678908"),
        ("gln/0614141123452/glnx/400", "/414/0614141123452/254/400"),
        ("party/0614141123452", "/417/0614141123452"),
        ("grai/00614141123452400", "/8003/00614141123452400"),
        ("giai/061414112345400", "/8004/061414112345400"),
        ("gdti/0614141123452400", "/253/0614141123452400"),
        ("gcn/4012345678901", "/255/4012345678901"),
        ("cpid/0614141123ABC/cpsn/7", "/8010/0614141123ABC/8011/7"),
        ("itip/040123451234560102/ser/9", "/8006/040123451234560102/21/9"),
        ("gsrnp/061414112345678902/srin/1", "/8017/061414112345678902/8019/1"),
        ("gsrn/061414112345678902", "/8018/061414112345678902"),
        ("ginc/0614141xyz", "/401/0614141xyz"),
        ("gsin/06141411234567890", "/402/06141411234567890"),
        ("gmn/1987654Ad4X4bL5ttr2310c2K", "/8013/1987654Ad4X4bL5ttr2310c2K"),
    ],
)
def test_the_words_of_version_1_1_are_read(words: str, path: str) -> None:
    for stem in ("https://id.gs1.org/", "https://brand.example/x/"):
        assert digital_link.validate(stem + words) == "https://id.gs1.org" + path


def test_a_serial_number_identifies_without_lot_and_variant_in_any_order() -> None:
    for path in ("22/V/10/L/21/S", "10/L/21/S", "21/S/10/L", "21/S"):
        assert identify(f"https://id.gs1.org/01/{GTIN}/{path}").key == f"https://id.gs1.org/01/{GTIN}/21/S"


def test_an_extension_zero_of_a_place_says_that_there_is_none() -> None:
    assert identify("https://id.gs1.org/414/0614141123452/254/0").key == "https://id.gs1.org/414/0614141123452"
    assert identify("https://id.gs1.org/414/0614141123452/254/00").key.endswith("/254/00")


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("", "digital-link-without-key"),
        ("01", "digital-link-without-key"),
        ("AN2yxDhfaiaw", "digital-link-without-key"),
        ("99/1", "digital-link-without-key"),
        (f"01/{GTIN}/10", "digital-link-without-key"),
        (f"shop/01/{GTIN}", "digital-link-without-key"),
        (f"01/{GTIN}#part", "digital-link-without-key"),
        (f"10/LOT/01/{GTIN}", "digital-link-without-key"),
        ("01/04012345123457", "identifier-check-digit"),
        ("01/401234512345", "identifier-check-digit"),
        ("01/4012345", "gtin-form"),
        (f"01/{GTIN}/10/{'x' * 21}", "gs1-qualifier-form"),
        (f"01/{GTIN}/10/", "digital-link-without-key"),
        (f"01/{GTIN}/10/a%20b", "gs1-qualifier-form"),
        (f"01/{GTIN}/10/a%2", "identifier-broken-escape"),
        (f"01/{GTIN}/10/%E9", "identifier-broken-escape"),
        (f"01/{GTIN}/10/é", "gs1-qualifier-form"),
        (f"01/{GTIN}/17/271231", "gs1-qualifier-misplaced"),
        (f"01/{GTIN}/10/A/10/A", "gs1-qualifier-misplaced"),
        (f"01/{GTIN}/21/A/235/B", "gs1-qualifier-misplaced"),
        ("00/106141412345678908/10/A", "gs1-qualifier-unknown"),
        ("415/0614141123452", "gs1-qualifier-missing"),
        ("8003/10614141123452400", "grai-form"),
    ],
)
def test_an_address_of_gs1_that_is_no_link_is_refused_and_elsewhere_it_is_only_an_address(path: str, code: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        identify(f"https://id.gs1.org/{path}")
    assert [problem.code for problem in refusal.value.problems] == [code]
    assert not digital_link.is_valid(f"https://id.gs1.org/{path}")
    if not path.endswith(f"/01/{GTIN}"):  # elsewhere a prefix is right
        elsewhere = f"https://brand.example/{path}"
        assert identify(elsewhere).key == elsewhere
        assert identify(elsewhere).kind is Kind.OTHER


@pytest.mark.parametrize(
    "address",
    [
        "https://news.example/01/20240613",  # a date passes as a GTIN-8 once in ten
        "https://news.example/2024/01/12345670",
        "https://shop.example/errors/401/1234",
        "https://shop.example/help/8004/2024-report",
        "https://shop.example/01/04012345123456/reviews",
        "https://shop.example/01/04012345123456/10/A/photo.jpg",
        "https://shop.example/?01=04012345123456",
        "https://shop.example/#/01/04012345123456",
        "https:/01/04012345123456",
        "https:12id.gs1.org/01/04012345123457",
        "ftp://shop.example/01/04012345123456",
    ],
)
def test_an_address_that_only_resembles_a_link_stays_an_address(address: str) -> None:
    assert identify(address).key == address
    assert identify(address).kind is Kind.OTHER


def test_what_stands_before_the_key_may_itself_look_like_a_key() -> None:
    for prefix in ("01/x/", "00/106141412345678908/", "414/0614141123452/", "01/00000000000000/"):
        assert identify(f"https://brand.example/{prefix}01/{GTIN}/10/L").key == f"https://id.gs1.org/01/{GTIN}/10/L"
