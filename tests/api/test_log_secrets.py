"""No secret stands in the logs of a process: a whole story is played while debugging, and its logs are searched."""

from __future__ import annotations

import base64
import hashlib
import logging
from pathlib import Path
from typing import Any

import pytest

from builders.access_house import PASSWORD, House, build_house
from builders.events import an_object_event
from builders.instance import JOSE, Instance, Sender, open_instance, seeded_key
from filiere_platform.blobs.key_files import Duty
from filiere_platform.usecases.members import create_enrolment_token
from filiere_schemas.provenance.disclosures import seal

OF_CLIENTS = ("httpx", "httpcore", "asyncio")  # of this test's own client, which is not the platform
SEALED = "Alpage du Lac secret"
SECRET_PASSWORD = "quatre chevaux au galop"


def test_the_logs_of_a_whole_story_hold_no_secret(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    logging.getLogger("sqlalchemy").setLevel(logging.INFO)  # statements; what they are filled with is hidden
    try:
        with open_instance(tmp_path) as instance:
            secrets = told_secrets(instance, monkeypatch)
    finally:
        logging.getLogger("sqlalchemy").setLevel(logging.NOTSET)
    ours = [each for each in caplog.records if not each.name.startswith(OF_CLIENTS)]
    written = "\n".join(f"{each.name} {each.getMessage()} {each.exc_text or ''}" for each in ours)
    written += "".join(capfd.readouterr())
    assert "a broken disk" in written, "what failed must stand in the logs, else nothing was searched"
    assert len(ours) > 100
    assert {name for name, secret in secrets.items() if secret in written} == set()


def told_secrets(instance: Instance, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Play everything in which a secret is sent, rightly and wrongly; gives the secrets by what they are."""
    house = build_house(instance)
    sender = house.members["house"]
    secrets = {f"token of {name}": asker.token for name, asker in house.actors.items() if asker.token}
    secrets |= {
        f"cookie of {name}": asker.cookie.partition("=")[2] for name, asker in house.actors.items() if asker.cookie
    }
    secrets |= {"password": PASSWORD, "other password": SECRET_PASSWORD, "sealed": SEALED}
    secrets |= _disclosed(sender) | _enrolled(instance, sender) | _keys(instance, house)
    administrator, stranger = house.actors["administrator"], house.actors["stranger"]
    page = administrator.ask(
        "POST", "/people/invite", form={"login": "n@example.org", "name": "N", "role-reader": "on"}
    )
    link = page.text.partition("/join?t=")[2].partition('"')[0].partition("<")[0].strip()
    secrets["link of an account"] = link
    assert len(link) > 20, page.text
    stranger.ask("GET", "/join", query={"t": link})
    stranger.ask("POST", "/join", form={"t": link, "password": SECRET_PASSWORD})
    stranger.ask("POST", "/sign-in", form={"login": "n@example.org", "password": SECRET_PASSWORD + "x"})
    given = sender.client.post("/api/v1/tokens", json={"name": "x", "scopes": ["read"]}, headers=sender.headers).json()
    secrets["given token"] = given["token"]
    for path in ("/api/v1/records", "/api/v1/keys", "/api/v1/invitations", "/epcis/events"):
        # In the wrong place, and broken off.
        stranger.ask("POST", path, json={"invitation": given["token"], "token": given["token"], "x": SECRET_PASSWORD})
        stranger.ask("POST", path, content=given["token"].encode(), kind=JOSE, query={"token": given["token"]})
        stranger.ask("GET", path, headers={"authorization": f"Basic {given['token']}"})
    _fail(house, monkeypatch)
    assert all(len(secret) >= 8 for secret in secrets.values())
    return secrets


def _disclosed(sender: Sender) -> dict[str, str]:
    event, disclosures = seal(an_object_event(ilmd={"dairy:farm": SEALED}), ["/ilmd"])
    answer = sender.send(b"~".join([sender.sign(event), *disclosures, b""]))
    assert answer.status_code == 200, answer.text
    (disclosure,) = disclosures
    sender.send(b"~".join([sender.sign(event), *disclosures, *disclosures, b""]))  # refused
    return {"disclosure": disclosure.decode()}


def _enrolled(instance: Instance, sender: Sender) -> dict[str, str]:
    with instance.platform.database.unit_of_work() as uow:
        enrolment = create_enrolment_token(uow, uri=sender.uri, now=instance.platform.clock())
    assert instance.enrol(sender.uri, seeded_key("second"), enrolment).status_code == 201
    assert instance.enrol(sender.uri, seeded_key("third"), enrolment).status_code == 401
    return {"enrolment token": enrolment}


def _keys(instance: Instance, house: House) -> dict[str, str]:
    found = {}
    for duty in (Duty.LOG, Duty.RECEIPT, Duty.REGISTRAR):
        pem = instance.platform.key(duty).to_pem().decode()
        found[f"key {duty}"] = pem.splitlines()[1]
    seed = hashlib.sha256(b"house of the matrix").digest()
    assert house.members["house"].key.public == seeded_key("house of the matrix").public
    return found | {"a member's key": base64.b64encode(seed).decode(), "the same in hexadecimal": seed.hex()}


def _fail(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a request break in the middle, with all its secrets in hand."""

    def broken(*_: Any) -> None:
        msg = "a broken disk"
        raise RuntimeError(msg)

    with monkeypatch.context() as patch:
        patch.setattr("filiere_platform.web.pages.recent_objects", broken)
        assert house.actors["administrator"].ask("GET", "/", query={"t": SECRET_PASSWORD}).status_code == 500
