"""EPC URNs: each scheme of the standard, patterns, tags, and the way back."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from builders import identifiers as valid
from filiere_schemas.identifiers import InvalidIdentifier, Kind, epc_urn, identify
from filiere_schemas.identifiers.gs1_key import Gs1Key

STEM = "https://id.gs1.org"

# Examples of the EPC Tag Data Standard and the Core Business Vocabulary, with what they name.
EXAMPLES = [
    ("urn:epc:id:sgtin:0614141.112345.400", Kind.ITEM, "/01/10614141123459/21/400"),
    ("urn:epc:id:sscc:0614141.1234567890", Kind.LOGISTIC_UNIT, "/00/106141412345678908"),
    ("urn:epc:id:sgln:0614141.12345.400", Kind.LOCATION, "/414/0614141123452/254/400"),
    ("urn:epc:id:sgln:0614141.12345.0", Kind.LOCATION, "/414/0614141123452"),
    ("urn:epc:id:grai:0614141.12345.400", Kind.ITEM, "/8003/00614141123452400"),
    ("urn:epc:id:giai:0614141.12345400", Kind.ITEM, "/8004/061414112345400"),
    ("urn:epc:id:gsrn:0614141.1234567890", Kind.PARTY, "/8018/061414112345678902"),
    ("urn:epc:id:gsrnp:0614141.1234567890", Kind.PARTY, "/8017/061414112345678902"),
    ("urn:epc:id:gdti:0614141.12345.400", Kind.DOCUMENT, "/253/0614141123452400"),
    ("urn:epc:id:cpi:0614141.123ABC.123456789", Kind.ITEM, "/8010/0614141123ABC/8011/123456789"),
    ("urn:epc:id:cpi:0614141.123456.123456789", Kind.ITEM, "/8010/0614141123456/8011/123456789"),
    ("urn:epc:id:sgcn:4012345.67890.04711", Kind.ITEM, "/255/401234567890104711"),
    ("urn:epc:id:ginc:0614141.xyz3311cba", Kind.LOGISTIC_UNIT, "/401/0614141xyz3311cba"),
    ("urn:epc:id:gsin:0614141.123456789", Kind.LOGISTIC_UNIT, "/402/06141411234567890"),
    ("urn:epc:id:itip:4012345.012345.01.02.987", Kind.ITEM, "/8006/040123451234560102/21/987"),
    (
        "urn:epc:id:upui:1234567.098765.51qIgY)%3C%26Jp3*j7SDB",
        Kind.ITEM,
        "/01/01234567987651/235/51qIgY%29%3C%26Jp3%2Aj7SDB",
    ),
    ("urn:epc:id:pgln:1234567.89012", Kind.PARTY, "/417/1234567890128"),
    ("urn:epc:id:pgln:999999999999.", Kind.PARTY, "/417/9999999999994"),
    ("urn:epc:class:lgtin:4012345.012345.998877", Kind.LOT, "/01/04012345123456/10/998877"),
    ("urn:epc:idpat:sgtin:0614141.112345.*", Kind.CLASS, "/01/10614141123459"),
    ("urn:epc:idpat:grai:0614141.12345.*", Kind.CLASS, "/8003/00614141123452"),
    ("urn:epc:idpat:gdti:0614141.12345.*", Kind.CLASS, "/253/0614141123452"),
    ("urn:epc:idpat:sgcn:4012345.67890.*", Kind.CLASS, "/255/4012345678901"),
    ("urn:epc:idpat:cpi:0614141.123ABC.*", Kind.CLASS, "/8010/0614141123ABC"),
    ("urn:epc:idpat:itip:4012345.012345.01.02.*", Kind.CLASS, "/8006/040123451234560102"),
    ("urn:epc:idpat:upui:1234567.098765.*", Kind.CLASS, "/01/01234567987651"),
    ("urn:epc:tag:sgtin-96:3.0614141.112345.400", Kind.ITEM, "/01/10614141123459/21/400"),
    ("urn:epc:tag:sgln-195:3.0614141.12345.AB.C", Kind.LOCATION, "/414/0614141123452/254/AB.C"),
    ("urn:epc:tag:cpi-var:0.0614141.5PQ7%2FZ43.12345", Kind.ITEM, "/8010/06141415PQ7%2FZ43/8011/12345"),
]


@pytest.mark.parametrize(("urn", "kind", "path"), EXAMPLES, ids=[urn for urn, _, _ in EXAMPLES])
def test_an_example_of_the_standard_names_its_gs1_key(urn: str, kind: Kind, path: str) -> None:
    identity = identify(urn)
    assert (identity.key, identity.kind) == (STEM + path, kind)
    assert identify(urn.replace("urn:epc:", "URN:Epc:", 1)) == identity


@pytest.mark.parametrize(
    ("urn", "kind", "scheme"),
    [
        ("urn:epc:id:gid:95100000.12345.400", Kind.ITEM, "gid"),
        ("urn:epc:id:usdod:2S194.12345678901", Kind.ITEM, "usdod"),
        ("urn:epc:id:usdod:W81X9C.12", Kind.ITEM, "usdod"),
        ("urn:epc:id:adi:35962.PQ7VZ4.M37GXB92", Kind.ITEM, "adi"),
        ("urn:epc:id:adi:W81X9C.3KL984PX1.2WMA-52", Kind.ITEM, "adi"),
        ("urn:epc:id:adi:35962..%23C-2%2F1", Kind.ITEM, "adi"),
        ("urn:epc:id:bic:CSQU3054383", Kind.LOGISTIC_UNIT, "bic"),
        ("urn:epc:id:imovn:9176187", Kind.LOCATION, "imovn"),
        ("urn:epc:idpat:sgtin:0614141.*.*", Kind.OTHER, "idpat"),
        ("urn:epc:idpat:sgtin:*.*.*", Kind.OTHER, "idpat"),
        ("urn:epc:idpat:sscc:0614141.*", Kind.OTHER, "idpat"),
        ("urn:epc:idpat:sgln:0614141.12345.*", Kind.OTHER, "idpat"),
        ("urn:epc:idpat:gid:95100000.12345.*", Kind.OTHER, "idpat"),
        ("urn:epc:raw:96.x30395DFA8246C91000000190", Kind.OTHER, "raw"),
        ("urn:epc:pat:sgtin-96:3.0652642.[1024-2047].*", Kind.OTHER, "pat"),
    ],
)
def test_an_epc_without_gs1_key_keeps_its_urn(urn: str, kind: Kind, scheme: str) -> None:
    identity = identify(urn)
    assert (identity.key, identity.kind, identity.scheme) == (urn, kind, scheme)


def test_the_case_of_escapes_does_not_make_another_adi() -> None:
    assert identify("urn:epc:id:adi:35962.A%2f1.B") == identify("urn:epc:id:adi:35962.A%2F1.B")


def test_the_tag_of_a_part_names_the_part() -> None:
    assert identify("urn:epc:tag:adi-var:30.35962.PQ7VZ4.M37GXB92").key == "urn:epc:id:adi:35962.PQ7VZ4.M37GXB92"
    assert identify("urn:epc:tag:gid-96:95100000.12345.400").key == "urn:epc:id:gid:95100000.12345.400"


@pytest.mark.parametrize(
    ("urn", "code"),
    [
        ("urn:epc:id:sgtin:0614141.12345.400", "epc-urn-digits"),
        ("urn:epc:id:sgtin:0614141.1123459.400", "epc-urn-digits"),
        ("urn:epc:id:sgtin:06141.11123459.400", "epc-urn-form"),
        ("urn:epc:id:sgtin:0614141.112345", "epc-urn-form"),
        ("urn:epc:id:sgtin:0614141.112345.", "epc-urn-form"),
        ("urn:epc:id:sgtin:0614141.112345.*/", "epc-urn-form"),
        ("urn:epc:id:sgtin:0614141.112345.a b", "epc-urn-form"),
        ("urn:epc:id:sgtin:0614141.112345.a%2", "epc-urn-form"),
        ("urn:epc:id:sgtin:0614141.112345.a%20b", "gs1-qualifier-form"),
        ("urn:epc:id:sgtin:0614141.112345.%C3%A9", "gs1-qualifier-form"),
        ("urn:epc:id:sgtin:0614141.112345.123456789012345678901", "gs1-qualifier-form"),
        ("urn:epc:id:sgtin:٠614141.112345.400", "epc-urn-form"),
        ("urn:epc:class:sgtin:0614141.112345.400", "epc-urn-unknown-scheme"),
        ("urn:epc:id:lgtin:0614141.112345.400", "epc-urn-unknown-scheme"),
        ("urn:epc:idpat:lgtin:0614141.112345.*", "epc-urn-unknown-scheme"),
        ("urn:epc:id:sgtn:0614141.112345.400", "epc-urn-unknown-scheme"),
        ("urn:epc:sgtin:0614141.112345.400", "epc-urn-unknown-scheme"),
        ("urn:epc:", "epc-urn-unknown-scheme"),
        ("urn:epc:id:sscc:0614141.123456789", "epc-urn-digits"),
        ("urn:epc:id:sgln:0614141.12345", "epc-urn-form"),
        ("urn:epc:id:grai:0614141.12345.12345678901234567", "grai-form"),
        ("urn:epc:id:giai:0614141.123456789012345678901234", "giai-form"),
        ("urn:epc:id:cpi:0614141.abc.1", "epc-urn-form"),
        ("urn:epc:id:cpi:0614141.ABC.01", "gs1-qualifier-form"),
        ("urn:epc:id:sgcn:4012345.67890.A", "gcn-form"),
        ("urn:epc:id:itip:4012345.012345.03.02.987", "itip-form"),
        ("urn:epc:id:adi:35962I.PQ7VZ4.M37GXB92", "epc-urn-form"),
        ("urn:epc:id:adi:35962.PQ7VZ4.", "epc-urn-form"),
        ("urn:epc:id:gid:95100000.12345", "epc-urn-form"),
        ("urn:epc:id:gid:95100000.12345.1.", "epc-urn-form"),
        ("urn:epc:id:gid:95100000.12345.04", "epc-urn-form"),
        ("urn:epc:id:bic:CSQX3054383", "epc-urn-form"),
        ("urn:epc:id:bic:CSQU3054384", "identifier-check-digit"),
        ("urn:epc:id:imovn:9176188", "identifier-check-digit"),
        ("urn:epc:id:imovn:IMO9176187", "epc-urn-form"),
        ("urn:epc:idpat:sgtin:0614141.112345.400", "epc-urn-form"),
        ("urn:epc:idpat:sgtin:*.112345.*", "epc-urn-form"),
        ("urn:epc:tag:sgtin-96:0614141.112345.400", "epc-urn-form"),
    ],
)
def test_a_malformed_epc_is_refused_for_its_own_reason(urn: str, code: str) -> None:
    with pytest.raises(InvalidIdentifier) as refusal:
        identify(urn)
    assert [problem.code for problem in refusal.value.problems] == [code]
    assert not epc_urn.is_valid(urn)


WITHOUT_EPC = {
    "0122",
    "417" + "7040",
    "4147040",
    "4158020",
    "80047040",
    "800610",
    "800622",
    "8013",
    "80178019",
    "80188019",
}


@given(valid.keys(), st.integers(6, 12))
def test_the_epc_of_a_key_names_that_key(key: Gs1Key, prefix_length: int) -> None:
    assume(prefix_length < len(key.value) or key.ai not in {"401", "8004", "8010"})
    if key.ai in {"401", "8004", "8010"}:  # the company prefix is digits; what follows is free
        assume(key.value[:prefix_length].isdecimal() and len(key.value) > prefix_length)
    urn = epc_urn.build(key, prefix_length)
    if urn is None:
        assert key.ai + key.qualifier in WITHOUT_EPC
        return
    assert epc_urn.validate(urn) == urn
    assert epc_urn.parse(urn) == key


GS3A3 = st.text("ABZabz019!'()*+,-.:;=_", min_size=1, max_size=6)
ESCAPED = st.sampled_from(["%22", "%25", "%26", "%2F", "%3C", "%3E", "%3F"])
WRITTEN = st.lists(st.one_of(GS3A3, ESCAPED), min_size=1, max_size=3).map("".join)


SHAPES = [
    ("id:sgtin", 13, True),
    ("id:upui", 13, True),
    ("class:lgtin", 13, True),
    ("id:sscc", 17, False),
    ("id:gsrn", 17, False),
    ("id:gsrnp", 17, False),
    ("id:gsin", 16, False),
    ("id:pgln", 12, False),
    ("id:sgln", 12, True),
    ("id:grai", 12, True),
    ("id:gdti", 12, True),
]


@given(st.data())
def test_an_epc_is_built_back_as_it_was_written(data: st.DataObject) -> None:
    name, total, last = data.draw(st.sampled_from(SHAPES))
    prefix = data.draw(valid.digits(6, up_to=12))
    reference = data.draw(valid.digits(total - len(prefix))) if total > len(prefix) else ""
    urn = f"urn:epc:{name}:{prefix}.{reference}"
    if last:
        serial = data.draw(WRITTEN)
        assume(len(serial) <= 16)
        urn += f".{serial}"
    key = epc_urn.parse(urn)
    assert isinstance(key, Gs1Key)
    assert epc_urn.build(key, len(prefix)) == urn


def test_a_company_prefix_has_six_to_twelve_digits() -> None:
    for length in (5, 13):
        with pytest.raises(ValueError, match="6 to 12"):
            epc_urn.build(Gs1Key("00", "106141412345678908"), length)
