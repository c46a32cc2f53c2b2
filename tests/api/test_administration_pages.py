"""The pages of admission and of the sector body's administration, and everything that somebody else would try there."""

from __future__ import annotations

import io
import json
import re
import time
import zipfile
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from builders.events import an_object_event
from builders.house import Browser, House, open_house
from builders.instance import seeded_key
from conftest import Backend
from filiere_platform.domain.application import MOST_WAITING_OF_ONE
from filiere_platform.domain.bundle_sentences import NOT_YET_PUBLISHED
from filiere_platform.domain.principal import Role
from filiere_platform.web import membership_pages
from filiere_schemas.problems import Problem, Refusal

URI = "urn:filiere:party:siret:73282932000074"
HOSTILE = '"><script>alert(1)</script>'
INVITATION = re.compile(r'<code id="invitation-text">(fili_[^<]+)</code>')
ENROLMENT = re.compile(r'<code id="enrolment-token">(file_[^<]+)</code>')
APPLICATION = re.compile(r'name="application" value="([0-9a-f]+)"')


@pytest.fixture
def house(backend: Backend) -> Iterator[House]:
    with open_house(backend.folder, backend.database_url) as opened:
        yield opened


@pytest.fixture
def body(house: House) -> Browser:
    return house.person("body@example.org", Role.ADMINISTRATOR)


def apply(house: House, **form: str) -> Any:
    asked = {"uri": URI, "name": "Laiterie du Vexin", "contact": "qualite@laiterie.example"} | form
    return house.browser().post("/apply", **asked)


def member_page(browser: Browser, name: str) -> str:
    found = re.search(rf'<a href="(/administration/members/\d+)">{name}</a>', browser.get("/administration").text)
    assert found
    return found[1]


def test_a_stranger_applies_is_admitted_and_enrols_a_key_by_pages_alone(house: House, body: Browser) -> None:
    body.get("/administration")
    assert body.post("/administration/charter", version="2026-01", sha256="ab" * 32).status_code == 303
    shown = house.browser().get("/apply").text
    assert "ab" * 32 in shown
    assert apply(house).status_code == 400  # the charter is not accepted
    accepted = {"accept": "on", "charter-version": "2026-01", "charter-sha256": "ab" * 32}
    kept = apply(house, identifiers="9521001\n\nhttps://id.gs1.org/417/9521001000017\n", **accepted)
    assert kept.status_code == 200
    (waiting,) = set(APPLICATION.findall(body.get("/administration").text))
    assert waiting in kept.text
    approved = body.post("/administration/applications", application=waiting, decision="approve")
    (invitation,) = INVITATION.findall(approved.text)
    assert invitation not in body.get("/administration").text
    assert body.post("/administration/applications", application=waiting, decision="approve").status_code == 404
    taken = house.browser().client.post("/api/v1/invitations", json={"invitation": invitation})
    assert taken.status_code == 201
    admin = house.person("a@example.org", Role.ADMINISTRATOR, member=URI)
    admin.get("/keys")
    (token,) = ENROLMENT.findall(admin.post("/keys/enrolment").text)
    key = seeded_key("by pages")
    assert house.instance.enrol(URI, key, token).status_code == 201
    page = admin.get("/keys").text
    assert key.public.thumbprint in page
    assert token not in page
    acts = re.findall(r"<code>([a-z]+\.[a-z]+)</code>", admin.get("/audit").text)
    assert {"member.admit", "charter.accept", "identifier.add", "member.invite", "enrolment.create"} <= set(acts)
    assert {key.public.thumbprint, "9521001", "2026-01"} <= set(
        re.findall(r"[\w-]+", body.get(member_page(body, "Laiterie du Vexin")).text)
    )


def test_strangers_are_held_to_the_limits_of_the_api(house: House, body: Browser) -> None:
    long = {"name": "x" * 201, "contact": "x" * 321, "message": "x" * 2_001, "uri": f"urn:x:{'x' * 500}"}
    for field, value in (*long.items(), ("name", "a\x00b"), ("name", " "), ("contact", "a\r\nb"), ("uri", "no uri")):
        assert apply(house, **{field: value}).status_code == 400, field
    many = "\n".join(f"952100{number}" for number in range(1, 30))
    assert apply(house, identifiers=many).status_code == 400
    assert house.browser().client.post("/apply", content=b"a" * 50_000).status_code == 413
    statuses = [apply(house, message="é" * 2_000).status_code for _ in range(MOST_WAITING_OF_ONE + 1)]
    assert statuses == [200] * MOST_WAITING_OF_ONE + [429]
    elsewhere = house.browser().client.post("/apply", data={"uri": URI}, headers={"Origin": "https://evil.example"})
    assert elsewhere.status_code == 403
    waiting = APPLICATION.findall(body.get("/administration").text)[0]
    assert body.post("/administration/applications", application=waiting, decision="decline").status_code == 400
    declined = body.post("/administration/applications", application=waiting, decision="decline", reason="doublon")
    assert declined.status_code == 303


def test_a_member_is_suspended_resumed_given_identifiers_and_ended(house: House, body: Browser) -> None:
    dairy = house.instance.admit("Laiterie")
    person = house.person("p@example.org", Role.READER, member=dairy.uri)
    page = member_page(body, "Laiterie")
    body.get(page)
    assert body.post(f"{page}/identifiers", identifier="9521001").status_code == 303
    assert ">9521001</code>" in body.get(page).text
    assert body.post(f"{page}/identifiers", identifier="9521001", change="remove").status_code == 303
    assert ">9521001</code>" not in body.get(page).text
    assert body.post(f"{page}/status", change="suspend").status_code == 400
    assert body.post(f"{page}/status", change="nothing", reason="x").status_code == 404
    assert body.post(f"{page}/status", change="suspend", reason="charte").status_code == 303
    assert person.get("/").status_code == 403
    assert dairy.get("/api/v1/findings").status_code == 403
    assert body.post(f"{page}/status", change="resume", reason="réglé").status_code == 303
    assert person.get("/").status_code == 200
    assert len(INVITATION.findall(body.post(f"{page}/invite").text)) == 1
    assert body.post(f"{page}/status", change="end", reason="départ").status_code == 303
    assert person.get("/").status_code == 403
    assert f"{page}/status" not in body.get(page).text
    own = member_page(body, "Test")
    assert f"{own}/status" not in body.get(own).text
    assert body.post(f"{own}/status", change="suspend", reason="x").status_code == 400


def test_what_applicants_and_members_typed_is_text(house: House, body: Browser) -> None:
    assert apply(house, name=HOSTILE, contact=HOSTILE, message=HOSTILE).status_code == 200
    assert "<script>" not in body.get("/administration").text
    waiting = APPLICATION.findall(body.get("/administration").text)[0]
    approved = body.post("/administration/applications", application=waiting, decision="approve")
    assert "<script>" not in approved.text
    page = re.findall(r"/administration/members/\d+", body.get("/administration").text)[-1]
    assert "<script>" not in body.get(page).text
    body.post(f"{page}/status", change="suspend", reason=HOSTILE)
    body.post(f"{page}/status", change="resume", reason=HOSTILE)
    admin = house.person("a@example.org", Role.ADMINISTRATOR, member=URI)
    assert "<script>" not in admin.get("/audit").text
    assert "<script>" not in admin.get("/keys").text


def test_an_administrator_of_a_member_administers_no_instance(house: House, body: Browser) -> None:
    dairy, rival = house.instance.admit("Laiterie"), house.instance.admit("Rivale")
    admin = house.person("a@example.org", Role.ADMINISTRATOR, member=dairy.uri)
    quality = house.person("q@example.org", Role.QUALITY, Role.SUPERVISOR)  # of the sector body, and no administrator
    apply(house)
    waiting = APPLICATION.findall(body.get("/administration").text)[0]
    page = member_page(body, "Rivale")
    for browser in (admin, quality):
        browser.get("/account")
        assert browser.get("/administration").status_code == 403
        assert browser.get(page).status_code == 403
        browser.get("/account")
        for path, form in (
            ("/administration/applications", {"application": waiting, "decision": "approve"}),
            ("/administration/members", {"uri": "urn:filiere:party:duns:123456789", "name": "X"}),
            ("/administration/charter", {"version": "x", "sha256": "ab" * 32}),
            (f"{page}/status", {"change": "suspend", "reason": "x"}),
            (f"{page}/identifiers", {"identifier": "9521001"}),
            (f"{page}/invite", {}),
        ):
            assert browser.client.post(path, data={"mark": browser.seen} | form).status_code == 403, path
    assert rival.get("/api/v1/findings").status_code == 200
    assert APPLICATION.findall(body.get("/administration").text)[0] == waiting


@pytest.mark.parametrize("address", ["999999", "0", "x", "-1", "9" * 30, "1%0d%0aX-Evil:1"])
def test_a_member_that_there_is_not_is_not_found(body: Browser, address: str) -> None:
    answer = body.client.get(f"/administration/members/{address}")
    assert answer.status_code == 404
    assert "x-evil" not in answer.headers


def test_a_member_accepts_the_charter_and_takes_its_own_records_along(house: House, body: Browser) -> None:
    mill = house.instance.admit("Moulin")
    dairy = house.instance.admit("Laiterie")
    for sender in (dairy, mill):
        event = an_object_event(eventID=f"urn:uuid:00000000-0000-4000-a300-{len(sender.uri):08d}{sender.uri[-4:]}")
        assert sender.send_events(event).status_code == 200
    admin = house.person("a@example.org", Role.ADMINISTRATOR, member=dairy.uri)
    body.get("/administration")
    body.post("/administration/charter", version="2026-01", sha256="ab" * 32, mandates="on")
    page = admin.get("/membership").text
    assert "ab" * 32 in page
    wrong = {"charter-version": "2026-01", "charter-sha256": "cd" * 32}
    assert admin.post("/membership/charter", **wrong).status_code == 400
    assert admin.post("/membership/charter", **wrong | {"charter-sha256": "ab" * 32}).status_code == 303
    assert "charter.accept" in admin.get("/audit").text
    with zipfile.ZipFile(io.BytesIO(wait_published(admin).content)) as archive:
        told = json.loads(archive.read("member.json"))
        content = b"".join(archive.read(name) for name in archive.namelist())
    assert (told["member"], told["charters"]) == (dairy.uri, ["2026-01"])
    assert mill.uri.encode() not in content


def test_who_may_not_read_the_register_takes_no_file_along_that_holds_it(house: House) -> None:
    dairy = house.instance.admit("Laiterie")
    for role in Role:
        browser = house.person(f"{role}@example.org", role, member=dairy.uri)
        takes = role in {Role.ADMINISTRATOR, Role.SUPERVISOR}
        answer = browser.client.get("/membership.zip")
        assert answer.status_code == (200 if takes else 403), role
        if takes:
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                assert "suppliers.csv" in archive.namelist()
        page = browser.client.get("/membership")
        assert page.status_code == (403 if role in {Role.OPERATOR, Role.READER} else 200), role
        assert ('href="/membership.zip"' in page.text) == takes, role


def test_an_export_larger_than_a_process_should_hold_is_left_to_the_operator(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    dairy = house.instance.admit("Laiterie")
    admin = house.person("a@example.org", Role.ADMINISTRATOR, member=dairy.uri)
    size = sum(len(content) for content in files_of(admin))
    monkeypatch.setattr(membership_pages, "LARGEST_EXPORT", size)
    assert sum(len(content) for content in files_of(admin)) == size
    monkeypatch.setattr(membership_pages, "LARGEST_EXPORT", size - 1)
    answer = admin.client.get("/membership.zip")
    assert answer.status_code == 400
    assert "filiere member export" in answer.text


def test_a_record_that_is_not_published_yet_is_to_be_asked_for_again(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    dairy = house.instance.admit("Laiterie")
    admin = house.person("a@example.org", Role.ADMINISTRATOR, member=dairy.uri)

    def behind(*_: object, **__: object) -> None:
        raise Refusal([Problem(sentence=NOT_YET_PUBLISHED, values={"found": 0, "expected": 1})])

    monkeypatch.setattr(membership_pages, "export_own", behind)
    assert admin.client.get("/membership.zip").status_code == 503


def files_of(browser: Browser) -> list[bytes]:
    with zipfile.ZipFile(io.BytesIO(wait_published(browser).content)) as archive:
        return [archive.read(name) for name in archive.namelist()]


def wait_published(browser: Browser) -> httpx.Response:
    """The publisher is a moment behind: ask until it is not."""
    deadline = time.monotonic() + 20
    while True:
        answer = browser.client.get("/membership.zip")
        if answer.status_code != 503 or time.monotonic() > deadline:
            assert answer.status_code == 200, answer.text
            assert answer.headers["content-disposition"] == 'attachment; filename="member.zip"'
            return answer
        time.sleep(0.05)
