"""The first administrator of an admitted company comes in by its invitation, in a browser, once."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from builders.house import PASSWORD, Browser, House, open_house
from conftest import Backend
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audit import AT_CONSOLE, ActSigner
from filiere_platform.domain.member import Member, MemberStatus
from filiere_platform.domain.principal import Role
from filiere_platform.usecases.admission import INVITATION_HOURS, invite
from filiere_platform.usecases.members import add_member, set_status

URI = "urn:filiere:party:siret:73282932000074"
NAME = "Laiterie du Vexin"


@pytest.fixture
def house(backend: Backend) -> Iterator[House]:
    with open_house(backend.folder, backend.database_url) as opened:
        yield opened


def admit(house: House) -> Member:
    with house.instance.platform.database.unit_of_work() as uow:
        return add_member(uow, uri=URI, name=NAME)


def invitation(house: House, member: Member) -> str:
    platform = house.instance.platform
    signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
    with platform.database.unit_of_work() as uow:
        return invite(uow, member, author=AT_CONSOLE, signer=signer, now=house.clock())


def join(browser: Browser, text: str, *, login: str = "a@laiterie.example", **changes: str):
    return browser.post("/invitation", **({"t": text, "login": login, "name": "Anne", "password": PASSWORD} | changes))


def acts_of(house: House) -> list[str]:
    from filiere_platform.domain.audience import OPERATOR
    from filiere_platform.domain.audit import ActQuery
    from filiere_platform.usecases.audit import find_acts

    with house.instance.platform.database.unit_of_work() as uow:
        found = find_acts(uow, OPERATOR, ActQuery(), origin=house.instance.platform.instance.origin).acts
    assert not re.search("Anne|laiterie.example", str(found))  # nobody's name is in the log
    return [act["act"] for act in found if act["member"] == URI]


def test_the_invitation_makes_an_administrator_and_gives_what_a_connector_begins_with(house: House) -> None:
    text = invitation(house, admit(house))
    browser = house.browser()
    for _ in range(2):  # looking, as mail programs do, uses nothing up
        assert NAME in browser.get(f"/invitation?t={text}").text
    made = join(browser, text)
    assert made.status_code == 200
    assert made.headers["Cache-Control"] == "private, no-store"
    token = re.findall(r"<code id=\"token-text\">(fil_[0-9a-f]{12}_[\w-]{43})</code>", made.text)[0]
    bearer = {"Authorization": f"Bearer {token}"}
    assert house.instance.client.get("/api/v1/tokens", headers=bearer).status_code == 200
    enrolment = re.findall(r"<code id=\"enrolment\">([^<]+)</code>", made.text)[0]
    assert len(hashlib.sha256(enrolment.encode()).digest()) == 32
    assert browser.sign_in("A@Laiterie.example").status_code == 303
    page = browser.get("/people")
    assert page.status_code == 200
    assert "a@laiterie.example" in page.text
    assert acts_of(house) == ["member.invite", "invitation.take", "token.create", "person.join"]


def test_the_invitation_works_once_in_a_browser_or_at_the_interface(house: House) -> None:
    member = admit(house)
    text = invitation(house, member)
    assert join(house.browser(), text).status_code == 200
    assert join(house.browser(), text, login="b@laiterie.example").status_code == 401
    taken = house.instance.client.post("/api/v1/invitations", json={"invitation": text})
    assert taken.status_code == 401
    assert house.browser().sign_in("b@laiterie.example").status_code == 401
    second = invitation(house, member)
    assert house.instance.client.post("/api/v1/invitations", json={"invitation": second}).status_code == 201
    assert house.browser().get(f"/invitation?t={second}").status_code == 401


def test_of_several_who_come_at_once_one_becomes_the_administrator(house: House) -> None:
    text = invitation(house, admit(house))
    with ThreadPoolExecutor(4) as pool:
        statuses = sorted(
            pool.map(lambda n: join(house.browser(), text, login=f"p{n}@laiterie.example").status_code, range(4))
        )
    assert statuses[0] == 200
    assert 200 not in statuses[1:]
    with house.instance.platform.database.unit_of_work() as uow:
        member = uow.members.by_uri(URI)
        assert member is not None
        assert len(uow.people.of_member(member.id)) == 1


def test_what_is_refused_leaves_the_invitation_as_it_was(house: House) -> None:
    text = invitation(house, admit(house))
    taken = house.person("taken@example.org", Role.READER)
    assert taken
    for wrong, status in (
        ({"password": "short"}, 400),
        ({"login": "no address"}, 400),
        ({"name": ""}, 400),
        ({"login": "taken@example.org"}, 409),
    ):
        assert join(house.browser(), text, **wrong).status_code == status
    assert join(house.browser(), text).status_code == 200


def test_who_has_an_administrator_gets_no_second_one_by_an_invitation(house: House) -> None:
    member = admit(house)
    assert join(house.browser(), invitation(house, member)).status_code == 200
    again = invitation(house, member)
    assert house.browser().get(f"/invitation?t={again}").status_code == 400
    refused = join(house.browser(), again, login="intruder@example.org")
    assert refused.status_code == 400
    assert "a déjà un administrateur" in refused.text
    # A connector that lost what it had is another matter.
    assert house.instance.client.post("/api/v1/invitations", json={"invitation": again}).status_code == 201


def test_an_invitation_ends_with_its_time_and_with_its_member(house: House) -> None:
    member = admit(house)
    text = invitation(house, member)
    with house.instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=URI, status=MemberStatus.SUSPENDED)
    assert join(house.browser(), text).status_code == 401
    with house.instance.platform.database.unit_of_work() as uow:
        set_status(uow, uri=URI, status=MemberStatus.ACTIVE)
    house.clock.advance(INVITATION_HOURS * 3_600_000)
    assert join(house.browser(), text).status_code == 401
    assert house.browser().get("/invitation?t=fili_unknown").status_code == 401
