"""Invitations of partners who are not members: a link that works once, limits, and what each side is told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from builders.instance import FixedClock, Instance, Sender, open_instance
from conftest import Backend
from filiere_platform.blobs.key_files import Duty
from filiere_platform.domain.audit import AT_CONSOLE, ActSigner
from filiere_platform.domain.supplier_invitation import MOST_OPEN, MOST_PER_DAY
from filiere_platform.usecases.admission import approve, decline

PATH = "/api/v1/suppliers"
DAY = 86_400_000
URI = "urn:filiere:party:siret:73282932000074"


@pytest.fixture
def clock() -> FixedClock:
    return FixedClock()


@pytest.fixture
def instance(backend: Backend, clock: FixedClock) -> Iterator[Instance]:
    with open_instance(backend.folder, database_url=backend.database_url, clock=clock) as opened:
        yield opened


@pytest.fixture
def shop(instance: Instance) -> Sender:
    return instance.admit("Boutique")


def partner(sender: Sender, code: str = "F1") -> str:
    document = {"code": code, "name": "Ferme <b>", "relations": ["supplier"], "identifiers": [URI]}
    found: str = sender.client.post(PATH, json=document, headers=sender.headers).json()["id"]
    return found


def invite(sender: Sender, partner_id: str) -> httpx.Response:
    return sender.client.post(f"{PATH}/{partner_id}/invitation", headers=sender.headers)


def link(answer: httpx.Response) -> str:
    found: str = answer.json()["link"].partition("?t=")[2]
    return found


def state(sender: Sender, partner_id: str) -> Any:
    return sender.get(f"{PATH}/{partner_id}").json()["invitation"]


def apply(instance: Instance, secret: str, **changes: str) -> httpx.Response:
    form = {"t": secret, "name": "Ferme", "uri": URI, "contact": "f@example.org", "accepts": "on"}
    return instance.client.post("/invited", data=form | changes)


def test_an_invited_company_applies_once_and_both_sides_are_told_what_was_promised(
    instance: Instance, shop: Sender
) -> None:
    supplier = partner(shop)
    assert state(shop, supplier) is None
    answer = invite(shop, supplier)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    for language in ("fr", "en"):
        assert answer.json()["link"] in answer.json()["mail"][language]
        assert "Boutique" in answer.json()["mail"][language]
    secret = link(answer)
    page = instance.client.get("/invited", params={"t": secret, "lang": "en"}).text
    assert "Boutique" in page
    assert "Ferme &lt;b&gt;" in page
    assert URI in page
    assert state(shop, supplier)["state"] == "invited"
    unreadable = {"uri": ("x", " "), "name": ("", " ", "x" * 201), "contact": ("", "x" * 321), "identifiers": ("x",)}
    for field, texts in unreadable.items():
        assert {apply(instance, secret, **{field: text}).status_code for text in texts} == {400}, field
    assert apply(instance, secret, identifiers="\n".join(f"{URI}:{n}" for n in range(21))).status_code == 400
    assert apply(instance, secret).status_code == 200
    assert apply(instance, secret).status_code == 400
    assert instance.client.get("/invited", params={"t": secret}).status_code == 400
    assert state(shop, supplier)["state"] == "applied"
    platform = instance.platform
    with platform.database.unit_of_work() as uow:
        (waiting,) = uow.admission.in_state(None)
        assert (waiting.uri, waiting.name, waiting.message) == (URI, "Ferme", "")  # not who invited
        signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
        approve(uow, waiting.id, author=AT_CONSOLE, signer=signer, now=platform.clock())
    assert state(shop, supplier)["state"] == "admitted"
    acts = [act for act in shop.get("/api/v1/audit").json()["acts"] if act["act"] == "partner.invite"]
    assert [(act["object"], act["details"]) for act in acts] == [(supplier, {})]


def test_who_is_declined_is_still_said_to_have_applied(instance: Instance, shop: Sender) -> None:
    supplier = partner(shop)
    apply(instance, link(invite(shop, supplier)))
    platform = instance.platform
    signer = ActSigner(key=platform.key(Duty.RECEIPT), origin=platform.instance.origin)
    with platform.database.unit_of_work() as uow:
        (waiting,) = uow.admission.in_state(None)
        decline(uow, waiting.id, reason="non", author=AT_CONSOLE, signer=signer, now=platform.clock())
    assert state(shop, supplier)["state"] == "applied"


def test_a_link_ends_by_age_by_a_newer_one_and_with_its_partner(
    instance: Instance, shop: Sender, clock: FixedClock
) -> None:
    supplier = partner(shop)
    first, second = link(invite(shop, supplier)), link(invite(shop, supplier))
    assert instance.client.get("/invited", params={"t": first}).status_code == 400
    assert instance.client.get("/invited", params={"t": second}).status_code == 200
    clock.advance(30 * DAY)
    assert instance.client.get("/invited", params={"t": second}).status_code == 400
    assert state(shop, supplier)["state"] == "expired"
    third = link(invite(shop, supplier))
    shop.client.delete(f"{PATH}/{supplier}", headers=shop.headers)
    refused = [instance.client.get("/invited", params={"t": t}) for t in (third, "A" * 43, "x", "'--")]
    assert {answer.status_code for answer in refused} == {400}
    texts = {re.sub(r"t=[^&\"]*", "t=", answer.text) for answer in refused}
    assert len(texts) == 1


def test_a_member_invites_so_many_and_only_partners_of_its_own(
    instance: Instance, shop: Sender, clock: FixedClock
) -> None:
    rival = instance.admit("Rivale")
    mine = partner(shop)
    assert invite(rival, mine).status_code == 404
    for number in range(MOST_PER_DAY):
        assert invite(shop, partner(shop, f"P{number}")).status_code == 201
    late = invite(shop, mine)
    assert (late.status_code, late.json()["code"]) == (429, "partner-too-many-invitations")
    shop.client.delete(f"{PATH}/{mine}", headers=shop.headers)  # removing one gives no room back
    mine = partner(shop)
    assert invite(shop, mine).status_code == 429
    assert MOST_OPEN > MOST_PER_DAY
    clock.advance(DAY + 1)
    assert invite(shop, mine).status_code == 201
    assert invite(rival, partner(rival)).status_code == 201
