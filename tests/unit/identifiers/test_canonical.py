"""One key per thing: every form of one thing shares it, no two things do, and nothing valid is refused."""

from __future__ import annotations

import re
import subprocess
import sys
import timeit
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from builders import identifiers as valid
from builders.conformance import conformance_folder
from filiere_schemas.identifiers import (
    Identity,
    InvalidIdentifier,
    Kind,
    as_digital_link,
    as_epc_urn,
    canonical,
    canonical_key,
    company_prefix,
    digital_link,
    epc_urn,
    identify,
)
from filiere_schemas.identifiers.gs1_key import Gs1Key

LOT = "https://id.gs1.org/01/04012345123456/10/998877"


@pytest.mark.parametrize(
    "form",
    [
        "urn:epc:class:lgtin:4012345.012345.998877",
        "URN:EPC:class:lgtin:4012345.012345.998877",
        "urn:epc:class:lgtin:401234512.0345.998877",
        LOT,
        LOT + "/",
        LOT + "?17=271231&linkType=all",
        "http://id.gs1.org/01/04012345123456/10/998877",
        "HTTPS://ID.GS1.ORG/01/04012345123456/10/998877",
        "https://id.gs1.org/01/4012345123456/10/998877",
        "https://id.gs1.org/gtin/04012345123456/lot/998877",
        "https://id.gs1.org/01/04012345123456/22/2A/10/998877",
        "https://id.gs1.org/01/04012345123456/10/%39%398877",
        "https://brand.example/01/04012345123456/10/998877",
        "https://brand.example/fr/produits/01/4012345123456/10/998877?x=1",
        "https://brand.example:8443/gtin/4012345123456/lot/998877",
    ],
)
def test_every_form_of_a_lot_shares_its_key(form: str) -> None:
    assert identify(form) == Identity(LOT, Kind.LOT, "lgtin")


@given(
    valid.keys(),
    st.integers(6, 11),
    st.sampled_from(["https://brand.example", "http://x.example/01/fr", "HTTPS://id.GS1.org"]),
)
def test_every_form_of_a_gs1_key_shares_its_key(key: Gs1Key, prefix_length: int, stem: str) -> None:
    free = key.ai in {"401", "8004", "8010"}  # free text after the company prefix
    assume(not free or (key.value[:prefix_length].isdecimal() and len(key.value) > prefix_length))
    forms = [key.uri, digital_link.build(key, stem=stem), digital_link.build(key, stem=stem) + "?a=b"]
    value, extension = ("".join(f"%{ord(c):02x}" for c in text) for text in (key.value, key.extension))
    forms.append(f"{stem}/{key.ai}/{value}" + (f"/{key.qualifier}/{extension}" if key.qualifier else ""))
    urn = epc_urn.build(key, prefix_length)
    if urn is not None:
        forms += [urn, "URN:EPC:" + urn.removeprefix("urn:epc:")]
    assert {canonical_key(form) for form in forms} == {key.uri}


@given(valid.keys(), valid.keys())
def test_two_things_never_share_a_key(one: Gs1Key, other: Gs1Key) -> None:
    assert (canonical_key(one.uri) == canonical_key(other.uri)) == (one == other)


@given(valid.keys(), st.data())
def test_one_character_more_less_or_other_is_another_thing_or_none(key: Gs1Key, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(key.value) - 1))
    character = data.draw(st.sampled_from(valid.SET_82))
    changed = data.draw(
        st.sampled_from(
            [key.value[:place] + character + key.value[place + 1 :], key.value[:place] + key.value[place + 1 :]]
        )
    )
    assume(changed not in {key.value, key.value.removeprefix("0")})  # a GTIN-13 is its GTIN-14
    address = digital_link.build(Gs1Key(key.ai, changed, key.qualifier, key.extension), stem="https://brand.example")
    assert canonical_key(address) != key.uri


def test_a_wrong_check_digit_is_refused_on_the_gs1_domain_and_opaque_elsewhere() -> None:
    with pytest.raises(InvalidIdentifier, match="check digit should be 6, found 7"):
        identify("https://id.gs1.org/01/04012345123457/10/998877")
    elsewhere = "https://brand.example/01/04012345123457/10/998877"
    assert identify(elsewhere) == Identity(elsewhere, Kind.OTHER, "https")


@pytest.mark.parametrize(
    ("uri", "key", "kind", "scheme"),
    [
        (
            "urn:uuid:F81D4FAE-7DEC-11D0-A765-00A0C91E6BF6",
            "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
            Kind.OTHER,
            "uuid",
        ),
        ("urn:uuid:NOT-A-UUID", None, Kind.OTHER, "uuid"),
        ("URN:Example:Lot:A%2fb", "urn:example:Lot:A%2Fb", Kind.OTHER, "example"),
        ("urn:epcglobal:cbv:bt:5200001000008:4711", None, Kind.DOCUMENT, "epcglobal"),
        ("urn:jaif:id:obj:37SUN321456789A111222AB", None, Kind.OTHER, "jaif"),
        ("geo:47.506694,11.104301", None, Kind.LOCATION, "geo"),
        ("HTTPS://Example.com/A?b=C#d", "https://Example.com/A?b=C#d", Kind.OTHER, "https"),
        ("http://example.com/a", None, Kind.OTHER, "http"),
        ("https://example.com", None, Kind.OTHER, "https"),
        ("https://exemple.fr/café", None, Kind.OTHER, "https"),
        ("did:web:example.com", None, Kind.OTHER, "did"),
        ("ex:lot:12", None, Kind.OTHER, "ex"),
        (
            "ni:///sha-256;df7bb3c352fef055578554f09f5e2aa41782150ced7bd0b8af24dd3ccb30ba69?ver=CBV2.0",
            None,
            Kind.OTHER,
            "ni",
        ),
    ],
)
def test_what_has_no_gs1_key_keeps_its_uri(uri: str, key: str | None, kind: Kind, scheme: str) -> None:
    assert identify(uri) == Identity(key or uri, kind, scheme)
    assert as_epc_urn(uri) is None
    assert as_digital_link(uri) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "LOT-12",
        "urn:",
        "urn:a",
        "urn::b",
        "urn:a:",
        ":x",
        "1a:b",
        "https://a b",
        " https://a.example",
        "urn:x:a\nb",
        "urn:x:a\x00b",
        "urn:x:a\u200bb",
        "urn:x:a\u00a0b",
        "urn:x:a\ud800b",
        "C:\\lots",
        "urn:x:a|b",
        "urn:x:<a>",
        "é:b",
        "https://id.gs1.org/01/04012345123456/10/998877?a b",
    ],
)
def test_what_is_no_uri_is_refused(text: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        canonical_key(text)
    assert [problem.code for problem in refusal.value.problems] == ["identifier-not-a-uri"]


def test_an_identifier_has_a_longest_form() -> None:
    assert canonical_key("urn:x:" + "a" * (canonical.LONGEST_URI - 6))
    with pytest.raises(InvalidIdentifier, match="identifier-too-long"):
        canonical_key("urn:x:" + "a" * (canonical.LONGEST_URI - 5))


PIECES = [
    "https://",
    "id.gs1.org/",
    "brand.example/",
    "01/",
    "04012345123456",
    "10/",
    "/",
    "?",
    "#",
    "%2",
    "%zz",
    "%41",
]
PIECES += [
    "urn:",
    "epc:",
    "id:",
    "idpat:",
    "class:",
    "sgtin:",
    "lgtin:",
    "sgln:",
    "4012345.",
    "012345.",
    "*",
    ".",
    ":",
    "é",
]
PIECES += ["filiere:", "lot:", "siret:", "73282932000074", "uuid:", "A", " ", "\x00", "|", "00/", "414/", "254/", "0"]


@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(PIECES), max_size=12).map("".join)))
def test_any_text_is_refused_or_has_a_key_that_is_its_own_key(text: str) -> None:
    try:
        identity = identify(text)
    except InvalidIdentifier:
        return
    assert identify(identity.key) == identity


@given(valid.keys())
def test_a_key_and_its_epc_are_translated_into_each_other(key: Gs1Key) -> None:
    assert as_digital_link(key.uri) == key.uri
    urn = as_epc_urn(key.uri)
    if urn is not None:
        assert as_digital_link(urn) == key.uri
        assert as_epc_urn(urn) == urn


@pytest.mark.parametrize(
    ("uri", "urn"),
    [
        ("https://id.gs1.org/01/10614141123459/21/400", "urn:epc:id:sgtin:0614141.112345.400"),
        ("https://brand.example/01/04012345123456/10/A%2FB", "urn:epc:class:lgtin:4012345.012345.A%2FB"),
        ("https://id.gs1.org/414/0614141123452", "urn:epc:id:sgln:0614141.12345.0"),
        ("https://id.gs1.org/01/10614141123459", "urn:epc:idpat:sgtin:0614141.112345.*"),
        ("urn:epc:id:sgtin:061414.1112345.400", "urn:epc:id:sgtin:061414.1112345.400"),
        ("urn:epc:tag:sgtin-96:3.0614141.112345.400", "urn:epc:id:sgtin:0614141.112345.400"),
        ("https://id.gs1.org/01/09780345418913", None),  # a book: no company prefix was given out under 978
        ("https://id.gs1.org/8013/1987654Ad4X4bL5ttr2310c2K", None),
    ],
)
def test_the_company_prefix_is_set_apart_as_its_owner_did_or_as_gs1_gave_it(uri: str, urn: str | None) -> None:
    assert as_epc_urn(uri) == urn


def test_the_length_of_a_company_prefix_is_looked_up() -> None:
    assert company_prefix.length("0614141123452") == 7
    assert company_prefix.length("4012345ABC345") == 7
    assert company_prefix.length("9780345418913") is None
    assert company_prefix.length("ABC") is None


def test_reading_identifiers_loads_neither_the_prefix_table_nor_the_vat_rules() -> None:
    code = (
        "import sys; from filiere_schemas.identifiers import identify; identify('urn:epc:id:sscc:0614141.1234567890');"
        "sys.exit('biip' in sys.modules or 'stdnum' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


REFUSED_EXAMPLES: set[str] = set()  # identifiers of the official examples that break their own standard: none does


def test_every_identifier_of_the_official_examples_is_accepted() -> None:
    folder = conformance_folder()
    uris: set[str] = set()
    for path in [*Path(folder, "gs1-epcis").rglob("*.jsonld"), *Path(folder, "gs1-epcis").rglob("*.xml")]:
        text = path.read_text(encoding="utf-8", errors="replace").replace("&amp;", "&")
        uris.update(re.findall(r"(?:urn:[a-z]+:|https?://|geo:)[^\s\"<>]+", text))
    assert len(uris) > 200
    refused = set()
    for uri in uris:
        try:
            assert canonical_key(canonical_key(uri)) == canonical_key(uri)
        except InvalidIdentifier:
            refused.add(uri)
    assert refused == REFUSED_EXAMPLES


def test_the_official_event_hash_vectors_name_the_same_canonical_links() -> None:
    folder = conformance_folder()
    vectors = Path(folder, "event-hash")
    written = re.findall(
        r'"(urn:epc:[^"]+|https?://[^"]+/(?:gtin|01)/[^"]+)"',
        (vectors / "epclist_normalisation.jsonld").read_text(encoding="utf-8"),
    )
    # The reference implementation leaves an apostrophe as it is; we escape all that RFC 3986 reserves.
    expected = (vectors / "epclist_normalisation.prehashes").read_text(encoding="utf-8").replace("'", "%27")
    assert len(written) == 24
    assert set(map(canonical_key, written)) == set(
        re.findall(r"https://id\.gs1\.org/.+?(?=epc=|action=|sensor|$)", expected)
    )


@given(
    scheme=st.sampled_from(["class:lgtin", "id:sgtin", "id:lgtin", "class:sgtin"]),
    prefix=st.from_regex(r"[0-9]{5,13}", fullmatch=True),
    reference=st.from_regex(r"[0-9]{0,8}", fullmatch=True),
    last=st.from_regex(r"[A-Za-z0-9\-._!%+]{0,21}", fullmatch=True),
)
@example(scheme="class:lgtin", prefix="4012345", reference="012345", last="998877")
@example(scheme="id:sgtin", prefix="401234512345", reference="0", last="A_b-1.2")
def test_an_epc_of_a_product_is_read_in_one_step_as_in_all(scheme: str, prefix: str, reference: str, last: str) -> None:
    urn = f"urn:epc:{scheme}:{prefix}.{reference}.{last}"
    assert told_by(identify, urn) == told_by(canonical._identify_epc, urn)


def told_by(read: Callable[[str], Identity], urn: str) -> Identity | list[str]:
    try:
        return read(urn)
    except InvalidIdentifier as refused:
        return [str(problem) for problem in refused.problems]


def test_what_reading_an_identifier_costs_is_printed() -> None:
    for uri in [
        "urn:epc:id:sgtin:4012345.011111.9876",
        "urn:epc:class:lgtin:4012345.012345.998877",
        LOT,
        "https://id.gs1.org/00/106141412345678908",
        "https://brand.example/fr/01/04012345123456/10/998877",
        "urn:filiere:lot:siret:73282932000074:A1:L1",
        "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
        "https://example.com/a/b",
    ]:
        first = min(timeit.repeat(lambda: canonical._identify(uri), number=200, repeat=3)) / 200  # noqa: B023 - called now
        again = min(timeit.repeat(lambda: identify(uri), number=200, repeat=3)) / 200  # noqa: B023 - called now
        print(f"{first * 1e6:6.1f} us first, {again * 1e6:4.2f} us remembered: {uri}")
