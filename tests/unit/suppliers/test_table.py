"""The register as a table: what is exported comes back, what is wrong is told cell by cell, nothing explodes."""

from __future__ import annotations

import contextlib
import csv
import io
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders.partners import a_partner, partners
from filiere_platform.domain.supplier import Decision, Partner, Relation
from filiere_platform.domain.supplier_table import read_table, write_table
from filiere_platform.domain.table_text import (
    LARGEST_TABLE,
    LONGEST_CELL,
    MOST_COLUMNS,
    MOST_ROWS,
    guarded,
    unguarded,
)
from filiere_schemas.problems import Language, Refusal

LIST = """code;nom;relations;identifiants;certificat;numéro;valable du;valable au;décisions
F1;Laiterie é;fournisseur | laboratoire;SIRET 732 829 320 00074;IFS;7;01/01/2026;31.12.2026;suspendu 1/3/2026
;;;;BRC;8;2026-01-01;;valable 01-04-2026|retiré le 01/05/2026
F2;Transport;transporteur;;;;;;
"""


def refused(text: str | bytes, register: dict[str, Partner] | None = None) -> list[str]:
    with pytest.raises(Refusal) as caught:
        read_table(text if isinstance(text, bytes) else text.encode(), register or {})
    for problem in caught.value.problems:
        assert problem.message("fr") != problem.message("en")
    return [f"{problem.code}{problem.pointer}" for problem in caught.value.problems]


@given(partners(code="F1"), partners(code="-F2"), st.sampled_from(["fr", "en"]))
def test_what_is_exported_comes_back_the_same(one: Partner, two: Partner, language: Language) -> None:
    assert read_table(write_table([one, two], language), {}) == [one, two]
    changed = {"F1": two, "-F2": one}
    assert read_table(write_table([one, two], language), changed) == [one, two]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_list_is_read_as_spreadsheets_write_it(encoding: str, separator: str) -> None:
    first, second = read_table(LIST.replace(";", separator).encode(encoding), {})
    assert (first.name, first.relations) == ("Laiterie é", (Relation.SUPPLIER, Relation.LABORATORY))
    assert first.identifiers == ("urn:filiere:party:siret:73282932000074",)
    assert [str(each.valid_until) for each in first.certificates] == ["2026-12-31", "None"]
    assert [change.status for change in first.certificates[1].changes] == [Decision.VALID, Decision.WITHDRAWN]
    assert second.relations == (Relation.CARRIER,)
    assert read_table(b"sep=;\r\n" + LIST.encode().replace(b"\n", b"\r\n"), {})[0] == first


def test_what_a_table_has_no_column_for_stays_as_the_register_says() -> None:
    old = a_partner()
    (read,) = read_table(b"Code;NOM\nF001;Laiterie du Lac", {"F001": old})
    assert (read.name, read.certificates, read.contacts) == ("Laiterie du Lac", old.certificates, old.contacts)
    (emptied,) = read_table(b"code;nom;certificat\nF001;Laiterie;", {"F001": old})
    assert (emptied.certificates, emptied.products) == ((), old.products)
    (new,) = read_table(b"code;nom\nF9;Neuf", {})
    assert new.relations == (Relation.SUPPLIER,)


def test_what_is_told_twice_is_one_and_what_contradicts_is_refused() -> None:
    head = "code;nom;site;produit\n"
    (read,) = read_table((head + "F1;A;Annecy;Lait\nF1;A;Annecy;Crème\n").encode(), {})
    assert ([site.name for site in read.sites], len(read.products)) == (["Annecy"], 2)
    assert refused(head + "F1;A;;\nF2;B;;\nF1;C;;\n") == ["table-cell/4/2"]


def test_every_wrong_cell_is_told_with_its_place() -> None:
    table = (
        "code;nom;relations;identifiants;certificat;valable du;valable au;décisions;site certifié\n"
        ";A;;;;;;;\n"
        "F1;A;ami;x;IFS;31/02/2026;01/02/26;perdu;\n"
        "\n"
        'F2;"B\nB";;732829320 00075;IFS;02/02/2026;01/02/2026;;Nulle part\n'
    )
    found = refused(table)
    assert found[:2] == ["table-cell/2/1", "table-cell/3/3"]
    assert {"table-cell/3/4", "table-cell/3/6", "table-cell/3/7", "table-cell/3/8"} <= set(found)
    assert {"table-cell/5/2", "table-cell/5/4", "table-cell/5/7", "table-cell/5/9"} <= set(found)
    with pytest.raises(Refusal) as caught:
        read_table(b"code;nom;valable au;certificat\nF1;A;12/31/2026;IFS", {})
    said = caught.value.problems[0]
    assert said.message("fr") == (
        "Ligne 2, colonne 3 « valable au », valeur « 12/31/2026 » : date illisible. Écrivez jour/mois/année avec "
        "quatre chiffres d'année, comme 31/12/2026."
    )
    assert said.message("en").startswith("Line 2, column 3 “valable au”, value “12/31/2026”: unreadable date.")


def test_a_heading_that_is_not_known_is_not_passed_over_in_silence() -> None:
    assert refused("code;nom;remise\nF1;A;10") == ["table-column-unknown"]
    assert refused("code;nom;Name\nF1;A;B") == ["table-column-twice"]
    assert refused("nom\nA") == ["table-column-missing"]
    assert refused("") == refused("code;nom\n\n\n") == ["table-empty"]


@pytest.mark.parametrize(
    ("table", "code"),
    [
        (b"x" * (LARGEST_TABLE + 1), "table-too-large"),
        (b"code;nom\n" + b"F1;A\n" * (MOST_ROWS + 1), "table-too-large"),
        (b";".join([b"code"] * (MOST_COLUMNS + 1)) + b"\nF1", "table-too-large"),
        (b"code;nom\nF1;" + b"A" * (LONGEST_CELL + 1), "table-too-large"),
        (b"code;nom\nF1;" + b";" * 1_000_000, "table-too-large"),
        (b'code;nom\nF1;"A' + b"A\n" * 500_000, "table-quotes"),
        (b'code;nom\nF1;"A"B', "table-quotes"),
        (b"code;nom\nF1;" + b'"' * 1_000_001, "table-quotes"),
        (b"code;nom\nF\x00;A", "table-encoding"),
        (b"code;nom\nF1;\x81\xff", "table-encoding"),
        (b"\xff\xfe\x00", "table-encoding"),
    ],
)
def test_a_table_that_is_a_bomb_is_refused_soon(table: bytes, code: str) -> None:
    began = time.perf_counter()
    assert refused(table)[0].partition("/")[0] == code
    assert time.perf_counter() - began < 3


def test_no_more_problems_are_told_than_anybody_reads() -> None:
    assert len(refused("code;nom;valable au\n" + "F1;A;x\n" * 5_000)) == 100


@given(st.text(max_size=30))
def test_a_guarded_cell_is_no_formula_and_is_read_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in set("=+-@\t\r\n＝＋－＠")


@pytest.mark.parametrize(
    "formula", ["=1+1", "+33 1", "-2", "@SUM(A1)", "'=x", "＝1", '=HYPERLINK("http://x";"y")', "=cmd|' /C'!A0"]
)
def test_no_export_holds_a_formula_and_it_comes_back_as_it_was(formula: str) -> None:
    partner = a_partner(name=formula, code=formula, notes=formula)
    table = write_table([partner], "fr")
    cells = [cell for row in csv.reader(io.StringIO(table.decode("utf-8-sig")), delimiter=";") for cell in row]
    assert [cell for cell in cells if cell[:1] in set("=+-@＝")] == []
    assert read_table(table, {}) == [partner]


@given(st.binary(max_size=200))
def test_no_bytes_are_an_error_of_ours(data: bytes) -> None:
    with contextlib.suppress(Refusal):
        assert read_table(b"code;nom;relations;valable au;site\n" + data, {})
