"""The pages by which an organisation administers itself, and everything that somebody else would try with them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator

import pytest

from builders.house import Browser, House, open_house
from conftest import Backend
from filiere_platform.domain.member import Scope
from filiere_platform.domain.permissions import BY_ROLE, may
from filiere_platform.domain.principal import NOBODY, Role
from filiere_platform.domain.routes import ROUTES, permission_of
from filiere_platform.domain.token_request import DAY
from filiere_platform.usecases.members import create_api_token
from filiere_platform.web.navigation import GROUPS

HOSTILE = "<script>alert(1)</script>"
TEXT = re.compile(r'<code id="token-text">(fil_[^<]+)</code>')
# Every form of a page that needs a right which not everybody has, with a number where its address names something.
ROUTE_OF = {
    re.sub(r"\{[^}]+\}", "1", path): path
    for (method, path), needed in ROUTES.items()
    if method == "POST" and needed is not None and not may(NOBODY, needed) and not path.startswith(("/api/", "/epcis/"))
}
FORMS = sorted(ROUTE_OF)


@pytest.fixture
def house(backend: Backend) -> Iterator[House]:
    with open_house(backend.folder, backend.database_url) as opened:
        yield opened


@pytest.fixture
def dairy(house: House) -> str:
    return house.instance.admit("Laiterie").uri


@pytest.fixture
def admin(house: House, dairy: str) -> Browser:
    return house.person("admin@example.org", Role.ADMINISTRATOR, member=dairy)


def give(browser: Browser, name: str = "balance", **form: str) -> str:
    browser.get("/tokens")
    answer = browser.post("/tokens/give", name=name, **({"scope-read": "on"} | form))
    assert answer.status_code == 200, answer.text
    return TEXT.findall(answer.text)[0]


def findings_status(house: House, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}"}
    return house.browser().client.get("/api/v1/findings", headers=headers).status_code


def test_a_token_is_shown_once_works_and_is_taken_back(house: House, admin: Browser) -> None:
    text = give(admin, days="3")
    prefix = text.split("_")[1]
    assert findings_status(house, text) == 200
    page = admin.get("/tokens").text
    assert prefix in page
    assert text not in page
    house.clock.advance(DAY // 1_000 * 3)
    assert findings_status(house, text) == 401
    admin.sign_in("admin@example.org")
    lasting = give(admin)
    admin.get("/tokens")
    assert admin.post("/tokens/revoke", prefix=lasting.split("_")[1]).status_code == 303
    assert findings_status(house, lasting) == 401
    acts = admin.get("/audit").text
    assert acts.count("<code>token.create</code>") == 2
    assert acts.count("<code>token.revoke</code>") == 1
    assert "Jeanne" in acts  # who may see the people reads who stands behind an opaque name
    assert text not in acts


@pytest.mark.parametrize(
    "form", [{"name": ""}, {"name": "x" * 101}, {"days": "0"}, {"days": "99999"}, {"days": "-1"}, {"days": "1e3"}]
)
def test_a_token_that_may_not_be_given_is_refused_with_a_reason(admin: Browser, form: dict[str, str]) -> None:
    admin.get("/tokens")
    asked = {"name": "balance", "scope-read": "on"} | form
    refused = admin.post("/tokens/give", **asked)
    assert refused.status_code == 400
    assert 'role="alert"' in refused.text


def test_a_member_gives_itself_no_right_over_the_instance(house: House, admin: Browser) -> None:
    assert "scope-administer" not in admin.get("/tokens").text
    refused = admin.post("/tokens/give", name="x", **{"scope-administer": "on"})
    assert refused.status_code == 400
    body = house.person("body@example.org", Role.ADMINISTRATOR)
    assert "scope-administer" in body.get("/tokens").text
    assert body.post("/tokens/give", name="x", **{"scope-administer": "on"}).status_code == 200


def test_a_token_of_another_member_is_not_there(house: House, admin: Browser, dairy: str) -> None:
    rival = house.instance.admit("Rivale")
    with house.instance.platform.database.unit_of_work() as uow:
        theirs = create_api_token(uow, uri=rival.uri, scopes=frozenset({Scope.READ}))
    prefix = theirs.split("_")[1]
    assert prefix not in admin.get("/tokens").text
    taken = admin.post("/tokens/revoke", prefix=prefix)
    never = admin.post("/tokens/revoke", prefix="0" * 12)
    assert (taken.status_code, never.status_code) == (404, 404)
    assert taken.text.replace(prefix, "") == never.text.replace("0" * 12, "")
    assert findings_status(house, theirs) == 200


def test_no_form_is_taken_without_the_mark_or_from_elsewhere(house: House) -> None:
    body = house.person("body@example.org", Role.ADMINISTRATOR)
    body.get("/account")
    elsewhere = {"Origin": "https://evil.example"}
    for path in FORMS:
        for mark in ("", "0" * 64):
            assert body.client.post(path, data={"mark": mark}).status_code == 403, path
        assert body.client.post(path, data={"mark": body.seen}, headers=elsewhere).status_code == 403, path
        assert house.browser().client.post(path).status_code == 401, path


def test_nobody_posts_a_form_beyond_his_role(house: House, dairy: str) -> None:
    for role in Role:
        person = house.person(f"{role.value}@example.org", role, member=dairy)
        person.get("/account")
        for path in FORMS:
            if permission_of("POST", ROUTE_OF[path]) not in BY_ROLE[role]:
                assert person.post(path, name="x").status_code == 403, (role, path)


def test_the_navigation_leads_wherever_one_may_go_and_nowhere_else(house: House, dairy: str) -> None:
    everywhere = {address for pages in GROUPS.values() for address, _ in pages}
    assert re.findall(r'aria-labelledby="nav-', house.browser().get("/").text) == []
    people = [(role, dairy) for role in Role] + [(Role.ADMINISTRATOR, "")]
    for role, member in people:
        browser = house.person(f"{role.value}{bool(member)}@example.org", role, member=member)
        shown = set(re.findall(r'<li><a href="(/[a-z-]+)"', browser.get("/").text)) & everywhere
        assert shown == {address for address in everywhere if browser.get(address).status_code == 200}, role


def test_what_others_typed_is_text_on_every_page_and_no_formula_in_a_file(admin: Browser) -> None:
    give(admin, name=HOSTILE)
    admin.post("/people/invite", login="b@example.org", name=HOSTILE, **{"role-reader": "on"})
    for path in ("/tokens", "/audit", "/findings", "/people"):
        assert HOSTILE not in admin.get(path).text
    from filiere_platform.render.table_file import write_table

    written = write_table(("a",), [["=HYPERLINK(1)"], ["+1"], ["-1"], ["@x"], ["\tx"], ['a\r\nb,"c'], ["plain"]])
    rows = list(csv.reader(io.StringIO(written.decode("utf-8-sig"), newline="")))
    assert [row[0] for row in rows[1:]] == ["'=HYPERLINK(1)", "'+1", "'-1", "'@x", "'\tx", 'a\r\nb,"c', "plain"]


def test_the_acts_come_as_a_table_too(admin: Browser, dairy: str) -> None:
    give(admin)
    answer = admin.client.get("/audit.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit.csv"'
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"), newline="")))
    assert [row["act"] for row in rows][-1] == "token.create"
    assert {row["member"] for row in rows} == {dairy}
    last = rows[-2]["index"]
    rest = list(csv.DictReader(io.StringIO(admin.client.get(f"/audit.csv?after={last}").text.lstrip("\ufeff"))))
    assert rest == rows[-1:]


@pytest.mark.parametrize("path", ["/findings?after=x", "/audit?after=-5", "/audit.csv?after=9" + "9" * 30])
def test_a_place_that_is_no_number_is_not_found(admin: Browser, path: str) -> None:
    assert admin.client.get(path).status_code == 404


def test_a_form_with_too_many_fields_is_refused(admin: Browser) -> None:
    admin.get("/tokens")
    form = {f"f{number}": "x" for number in range(200)}
    assert admin.client.post("/tokens/give", data={"mark": admin.seen} | form).status_code == 400
