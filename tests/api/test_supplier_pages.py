"""The pages of the register: kept by forms alone, one part at a time; files read or refused; nobody else's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from fastapi.testclient import TestClient

from builders.instance import FixedClock, Instance, open_instance
from conftest import Backend
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.principal import CONSOLE, Role
from filiere_platform.usecases.people import Administration, invite_person
from filiere_platform.web.supplier_import_page import LARGEST_UPLOAD

PASSWORD = "trois vaches au pré"
TABLE = "code;nom;certificat;valable au\nF1;Laiterie;IFS;31/12/2026\nF2;=cmd();;\n"


@dataclass
class Browser:
    """A browser that reads the mark and the version of a page's forms as it posts them."""

    client: httpx.Client
    text: str = ""

    def get(self, path: str) -> httpx.Response:
        answer = self.client.get(path)
        self.text = answer.text
        return answer

    def hidden(self, name: str) -> str:
        found = re.search(rf'name="{name}" value="([^"]*)"', self.text)
        return found[1] if found else ""

    def post(self, path: str, **form: str) -> httpx.Response:
        data = {"mark": self.hidden("mark"), "version": self.hidden("version"), **form}
        return self.client.post(path, data=data, follow_redirects=False)

    def upload(self, table: bytes, **form: str) -> httpx.Response:
        self.get("/suppliers/import")
        files = {"file": ("liste.csv", table, "text/csv")}
        return self.client.post("/suppliers/import", data={"mark": self.hidden("mark"), **form}, files=files)


def person(instance: Instance, uri: str, role: Role) -> Browser:
    platform = instance.platform
    signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
    doing = Administration(by=CONSOLE, signer=signer, now=platform.clock())
    with platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(uri)
        assert member is not None
        login = f"{role}{member.id}@example.org"
        made = invite_person(uow, doing, member, login=login, name="Jeanne", roles=frozenset({role}))
    browser = Browser(TestClient(instance.client.app, base_url="http://testserver"))  # type: ignore[attr-defined]
    assert browser.post("/join", t=made.secret, password=PASSWORD).status_code == 303
    browser.get("/sign-in")
    assert browser.post("/sign-in", login=made.person.login, password=PASSWORD).status_code == 303
    return browser


@pytest.fixture
def instance(backend: Backend) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url, clock=FixedClock()) as opened:
        yield opened


@pytest.fixture
def quality(instance: Instance) -> Browser:
    return person(instance, instance.admit("Fromagerie").uri, Role.QUALITY)


def added(browser: Browser) -> str:
    browser.get("/suppliers")
    form = {"code": "F1", "name": "Laiterie <b>", "relation-supplier": "on", "identifiers": "SIRET 732 829 320 00074"}
    answer = browser.post("/suppliers/add", **form)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def change(browser: Browser, place: str, **form: str) -> httpx.Response:
    browser.get(place)
    return browser.post(f"{place}/change", **form)


def test_a_partner_is_kept_by_forms_alone_one_part_at_a_time(quality: Browser) -> None:
    place = added(quality)
    certificate = {"scheme": "IFS", "number": "7", "validFrom": "2026-01-01", "validUntil": "2026-03-31"}
    for form in (
        {"part": "add certificates", **certificate},
        {"part": "add sites", "name": "Annecy", "identifiers": "FR 74.010.001 CE"},
        {"part": "add products", "name": "Lait", "ours": "MP", "approvedUntil": "2025-12-31"},
        {"part": "add contacts", "name": "Jeanne", "phone": "+33 4"},
    ):
        assert change(quality, place, **form).status_code == 303
    page = quality.get(f"{place}?lang=en").text
    assert "Laiterie &lt;b&gt;" in page
    assert "valid, ends in 27 days" in page
    assert "approval ended" in page
    assert "approval:74.010.001" in page
    decided = change(quality, place, part="decide", number="0", status="suspended", since="2026-03-01")
    assert decided.status_code == 303
    assert "suspended" in quality.get(f"{place}?lang=en").text
    assert change(quality, place, part="drop contacts", number="0").status_code == 303
    assert "Jeanne" not in quality.get(place).text
    assert change(quality, place, part="entry", code="F1", name="Autre", **{"relation-other": "on"}).status_code == 303
    page = quality.get(place).text
    assert "Autre" in page
    assert page.count("<li>") >= 8  # versions, a site
    assert change(quality, place, part="remove").status_code == 303
    assert quality.get(place).status_code == 404


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"part": "drop certificates", "number": "0"}, 404),
        ({"part": "drop __class__", "number": "0"}, 404),
        ({"part": "decide", "number": "99999999999"}, 404),
        ({"part": ""}, 404),
        ({"part": "add certificates", "scheme": ""}, 400),
        ({"part": "add certificates", "scheme": "IFS", "validFrom": "hier"}, 400),
        ({"part": "add sites", "name": "x", "version": "9"}, 409),
        ({"part": "add sites", "name": "x", "mark": "0" * 64}, 403),
    ],
)
def test_a_form_that_does_not_fit_changes_nothing(form: dict[str, str], status: int, quality: Browser) -> None:
    place = added(quality)
    assert change(quality, place, **form).status_code == status
    quality.get(place)
    assert quality.hidden("version") == "1"


def test_a_table_is_shown_before_it_is_read_and_every_wrong_cell_is_named(quality: Browser) -> None:
    shown = quality.upload(TABLE.encode("cp1252"), preview="1")
    assert (shown.status_code, "2 à ajouter" in shown.text) == (200, True)
    assert "Aucun partenaire" in quality.get("/suppliers").text
    assert "2 ajoutés" in quality.upload(TABLE.encode("cp1252"), **{"import": "1"}).text
    assert ";'=cmd();" in quality.get("/suppliers.csv").text
    wrong = quality.upload(TABLE.replace("31/12", "31/02").encode(), **{"import": "1"})
    assert (wrong.status_code, "Ligne 2, colonne 4 « valable au »" in wrong.text) == (400, True)
    listed = quality.get("/suppliers?q=laiterie&relation=supplier").text
    assert ("Laiterie" in listed, "F2" in listed) == (True, False)
    assert "Aucun partenaire" in quality.get("/suppliers?as_of=2026-01-01").text


def test_an_upload_that_is_none_or_too_large_or_from_elsewhere_is_refused(quality: Browser) -> None:
    kind = "multipart/form-data; boundary=x"
    bodies = {
        b"": 400,
        b"--x\r\n": 400,
        b'--x\r\nContent-Disposition: form-data; name="<b>"\r\n\r\n1\r\n--x--': 400,
        b"--x\r\n" * 5_000: 400,
        b"a" * (LARGEST_UPLOAD + 1): 413,
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n1\r\n--x--': 403,  # without a mark
    }
    for body, status in bodies.items():
        answer = quality.client.post("/suppliers/import", content=body, headers={"Content-Type": kind})
        assert answer.status_code == status, body[:60]
    elsewhere = {"Content-Type": kind, "Origin": "https://evil.example"}
    assert quality.client.post("/suppliers/import", content=b"", headers=elsewhere).status_code == 403
    for other in ("text/csv", "multipart/form-data", "multipart/form-data; boundary=" + "x" * 71):
        answer = quality.client.post("/suppliers/import", content=b"x", headers={"Content-Type": other})
        assert answer.status_code == 403  # no form, and so without a mark


def test_an_operator_reads_and_a_reader_does_not(instance: Instance, quality: Browser) -> None:
    place = added(quality)
    uri = instance.admit("Rivale").uri
    foreign = person(instance, uri, Role.ADMINISTRATOR)
    assert foreign.get(place).status_code == 404
    assert person(instance, uri, Role.OPERATOR).get("/suppliers").status_code == 200
    assert person(instance, uri, Role.READER).get("/suppliers").status_code == 403
