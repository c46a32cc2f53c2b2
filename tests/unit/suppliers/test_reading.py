"""A partner is read whole or refused with every fault at its place; what is written is read back the same."""

from __future__ import annotations

import contextlib
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.partners import a_document, a_partner, partners
from filiere_platform.domain.supplier import Partner, parts_changed
from filiere_platform.domain.supplier_document import LONGEST, MOST, read_partner, write_partner
from filiere_platform.domain.supplier_identifier import read_identifier
from filiere_schemas.identifiers import InvalidIdentifier
from filiere_schemas.problems import Refusal

CERTIFICATE = {"scheme": "IFS"}


def refused(document: dict[str, Any]) -> dict[str, str]:
    with pytest.raises(Refusal) as caught:
        read_partner(document)
    for problem in caught.value.problems:
        assert problem.message("fr")
        assert problem.message("en")
    return {problem.pointer: problem.code for problem in caught.value.problems}


@given(partners())
def test_what_is_written_is_read_back_the_same(partner: Partner) -> None:
    assert read_partner(write_partner(partner)) == partner


def test_every_fault_is_named_at_once_with_its_place() -> None:
    certificates = [
        {"scheme": "", "validFrom": "2026-13-01"},
        {"scheme": "IFS", "validFrom": "2026-02-01", "validUntil": "2026-01-31", "document": "xyz"},
        {"scheme": "IFS", "site": "Nowhere", "changes": [{"since": "2026-01-01", "status": "lost"}]},
    ]
    assert refused(
        a_document(code="", name="a\u202eb", relations=[], identifiers=["73282932000075"], certificates=certificates)
    ) == {
        "/code": "partner-text",
        "/name": "partner-text",
        "/relations": "partner-relation-missing",
        "/identifiers/0": "partner-identifier",
        "/certificates/0/scheme": "partner-text",
        "/certificates/0/validFrom": "partner-date",
        "/certificates/1/validUntil": "partner-dates-reversed",
        "/certificates/1/document": "partner-document-digest",
        "/certificates/2/site": "partner-site-unknown",
        "/certificates/2/changes/0/status": "partner-decision",
    }


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([("2026-01-01", "withdrawn"), ("2026-02-01", "valid")], "partner-withdrawn-for-good"),
        ([("2026-01-01", "suspended"), ("2026-01-01", "valid")], "partner-decisions-of-one-day"),
        ([("", "suspended")], "partner-date"),
    ],
)
def test_decisions_that_contradict_each_other_are_refused(changes: list[tuple[str, str]], code: str) -> None:
    listed = [{"since": since, "status": status} for since, status in changes]
    assert code in refused(a_document(certificates=[{**CERTIFICATE, "changes": listed}])).values()


def test_what_stands_twice_is_refused() -> None:
    site, product = {"name": "Annecy"}, {"name": "Lait", "ours": "MP-12"}
    certificate = {"scheme": "IFS", "number": "7"}
    assert refused(
        a_document(sites=[site, site], products=[product, product], certificates=[certificate, certificate])
    ) == {
        "/sites/1/name": "partner-twice",
        "/products/1/ours": "partner-twice",
        "/certificates/1/number": "partner-twice",
    }


@pytest.mark.parametrize("name", ["identifiers", "sites", "products", "certificates", "contacts"])
def test_no_list_is_longer_than_its_limit(name: str) -> None:
    one = {"identifiers": "oin:1", "sites": {"name": "s"}, "products": {"name": "p"}}.get(
        name, {"name": "x", "scheme": "y"}
    )
    assert f"/{name}" in refused(a_document(**{name: [one] * (MOST[name] + 1)}))


@pytest.mark.parametrize("name", ["code", "name", "notes"])
def test_no_text_is_longer_than_its_limit_or_holds_what_is_not_printed(name: str) -> None:
    assert getattr(a_partner(**{name: "x" * LONGEST[name]}), name)
    for bad in ("x" * (LONGEST[name] + 1), "a\x00b", "a\u202eb", "x" * 5_000_000):
        assert refused(a_document(**{name: bad})) == {f"/{name}": "partner-text"}


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("SIRET 732 829 320 00074", "urn:filiere:party:siret:73282932000074"),
        ("732 829 320 00074", "urn:filiere:party:siret:73282932000074"),
        ("siren:732829320", "urn:filiere:party:siren:732829320"),
        ("732.829.320", "urn:filiere:party:siren:732829320"),
        ("3012345678902", "https://id.gs1.org/417/3012345678902"),
        ("GLN : 3012345678902", "https://id.gs1.org/417/3012345678902"),
        ("urn:epc:id:pgln:301234.567890", "https://id.gs1.org/417/3012345678902"),
        ("BPN BPNL00000003AYRE", "urn:filiere:party:bpnl:BPNL00000003AYRE"),
        ("NCAGE F1234", "urn:filiere:party:cage:F1234"),
        ("FR 35.238.001 CE", "approval:35.238.001"),
        ("agrément 2a.004.001", "approval:2a.004.001"),
        ("2a.004.001", "approval:2A.004.001"),
        ("OIN 6 12", "oin:6%2012"),
    ],
)
def test_an_identifier_is_read_as_people_write_it(typed: str, key: str) -> None:
    assert read_identifier(typed) == key
    assert read_identifier(key) == key


def test_a_gln_of_a_site_is_a_place() -> None:
    assert read_identifier("3012345678902", of_site=True) == "https://id.gs1.org/414/3012345678902"


@pytest.mark.parametrize("typed", ["", "x", "73282932000075", "SIRET 1", "3012345678901", "<b>", "a b\x00c", "://"])
def test_what_is_no_identifier_is_refused(typed: str) -> None:
    with pytest.raises(InvalidIdentifier):
        read_identifier(typed)


@given(st.text(max_size=60))
def test_an_identifier_that_is_read_is_read_again_as_itself(typed: str) -> None:
    try:
        key = read_identifier(typed)
    except InvalidIdentifier:
        return
    assert read_identifier(key) == key
    assert read_identifier(read_identifier(key, of_site=True), of_site=True) == read_identifier(key, of_site=True)


@pytest.mark.parametrize(
    "typed", ["a" + " " * 490, "a" * 490, "1" * 490, "a:" + " " * 480, "a-" * 240, "FR" + "." * 400]
)
def test_no_identifier_takes_long_to_refuse(typed: str) -> None:
    began = time.perf_counter()
    for _ in range(20):
        with contextlib.suppress(InvalidIdentifier):
            read_identifier(typed)
    assert time.perf_counter() - began < 0.5


def test_what_differs_is_named_by_its_part() -> None:
    old, new = a_partner(), a_partner(name="Autre", certificates=[])
    assert parts_changed(old, old) == ()
    assert parts_changed(old, new) == ("name", "certificates")
