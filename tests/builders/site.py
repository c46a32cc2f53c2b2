"""A small story on a served instance, and somebody in front of a browser who looks at it."""

from __future__ import annotations

import hashlib
import re
import sqlite3
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from builders.company import ServedInstance
from builders.instance import Sender, seeded_key
from filiere_platform.web.names import lot_address
from filiere_schemas.provenance.statements import sign_enrolment_proof

ORIGIN = "log.test.example/filiere"
SCREENS = Path(__file__).resolve().parents[2] / ".work" / "screens"
DAIRY, SHOP, RIVAL = (f"urn:filiere:party:siret:{n}" for n in ("00001003300017", "00001004100010", "00001005800014"))
MILK = "urn:filiere:lot:siret:00001003300017:LAIT:L1"
CHEESE = "https://id.gs1.org/01/09521234000013/10/F0304"
_MARKUP = "%22%3E%3Cimg%20src%3Dx%20onerror%3Dalert(1)%3E", "%3Cscript%3Ealert(2)%3C%2Fscript%3E"
HOSTILE = f"urn:filiere:lot:siret:00001003300017:{_MARKUP[0]}:{_MARKUP[1]}"
PALLET = "https://id.gs1.org/00/395212340000000014"
SECRET = "urn:filiere:lot:siret:00001005800014:RECETTE:SECRET-1"
PUBLISH_SECONDS = 30


@dataclass
class Site:
    """The instance and what its story's members hold."""

    instance: ServedInstance
    senders: dict[str, Sender] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return self.instance.url

    def lot(self, key: str, **parameters: str) -> str:
        return f"{self.url}{lot_address(key, **parameters)}"

    def alter(self, index: int) -> None:
        """Change one byte of a stored record, as somebody with the database's password could."""
        with sqlite3.connect(self.instance.settings.data_dir / "filiere.db", timeout=30) as database:
            (body,) = database.execute("SELECT body FROM record WHERE log_index = ?", (index,)).fetchone()
            changed = bytes(body[:-2]) + (b"AA" if body[-2:] != b"AA" else b"BB")
            database.execute("UPDATE record SET body = ? WHERE log_index = ?", (changed, index))
        database.close()


def enrol(site: Site, uri: str, client: httpx.Client, folder: Path) -> Sender:
    company = site.instance.admit(uri, folder / uri.rpartition(":")[2])
    key = seeded_key(uri)
    digest = hashlib.sha256(company.enrolment.encode()).digest()
    proof = sign_enrolment_proof(key=key, issuer=uri, token_sha256=digest, origin=ORIGIN)
    answer = client.post("/api/v1/keys", json={"token": company.enrolment, "proof": proof.decode()})
    assert answer.status_code == 201, answer.text
    return Sender(uri=uri, token=company.token, key=key, client=client, origin=ORIGIN)


def tell(site: Site) -> None:
    """Milk becomes cheese and a lot with a hostile name; the cheese goes to the shop, which never receives it."""
    dairy, rival = site.senders[DAIRY], site.senders[RIVAL]
    amount = {"quantity": 100, "uom": "LTR"}
    shipped = {
        "sourceList": [{"type": "owning_party", "source": DAIRY}],
        "destinationList": [{"type": "owning_party", "destination": SHOP}],
    }
    told = dairy.send_events(
        _event("ObjectEvent", 1, action="ADD", bizStep="creating_class_instance", quantityList=[_of(MILK, **amount)]),
        _event(
            "TransformationEvent",
            2,
            bizStep="commissioning",
            inputQuantityList=[_of(MILK, **amount)],
            outputQuantityList=[_of(CHEESE, quantity=10.5, uom="KGM"), _of(HOSTILE, quantity=1)],
        ),
        _event(
            "AggregationEvent", 3, action="ADD", bizStep="packing", parentID=PALLET, childQuantityList=[_of(CHEESE)]
        ),
        _event("ObjectEvent", 4, action="OBSERVE", bizStep="shipping", epcList=[PALLET], **shipped),
    )
    assert told.status_code == 200, told.text
    secret = _event("ObjectEvent", 1, action="ADD", bizStep="commissioning", quantityList=[_of(SECRET, quantity=1)])
    assert rival.send_events(secret | {"filiere:sharing": "private"}).status_code == 200
    plain = _event("ObjectEvent", 5, action="OBSERVE", bizStep="inspecting", quantityList=[_of(CHEESE, quantity=10.5)])
    sent = dairy.client.post("/epcis/events", json=plain, headers={**dairy.headers, "GS1-EPCIS-Version": "2.0.0"})
    assert sent.status_code == 201, sent.text


def _event(kind: str, day: int, **members: Any) -> dict[str, Any]:
    context = ["https://ref.gs1.org/standards/epcis/2.0.1/epcis-context.jsonld", {"filiere": "urn:filiere:ns:"}]
    when = {"eventTime": f"2026-03-0{day}T06:00:00+01:00", "eventTimeZoneOffset": "+01:00"}
    return {"@context": context, "type": kind, **when, **members}


def _of(key: str, **amount: Any) -> dict[str, Any]:
    return {"epcClass": key, **amount}


def wait_published(client: httpx.Client) -> None:
    deadline = time.monotonic() + PUBLISH_SECONDS
    while True:
        note = client.get("/log/checkpoint")
        if note.status_code == 200 and int(note.text.split("\n")[1]) >= 9:
            return
        assert time.monotonic() < deadline, note.text
        time.sleep(0.05)


@dataclass
class Reader:
    """Somebody in front of a browser, and everything that the browser complained of."""

    page: Page
    site: Site
    complaints: list[str] = field(default_factory=list)

    def sign_in(self, uri: str) -> None:
        self.page.goto(f"{self.site.url}/sign-in")
        self.page.fill("#token", self.site.senders[uri].token)
        self.page.click("#by-token button")
        self.page.wait_for_url(f"{self.site.url}/")

    def keep_screen(self, name: str) -> None:
        SCREENS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENS / f"{re.sub('[^a-z0-9-]', '-', name)}.png", full_page=True)


def holds(reader: Reader, name: str, locale: str) -> None:
    """axe-core finds nothing; a screen of the page is kept beside the test reports."""
    assert reader.page.locator("html").get_attribute("lang") == locale[:2]
    found = Axe().run(reader.page)
    assert found.violations_count == 0, found.generate_report()
    reader.keep_screen(f"{name}-{locale[:2]}")
    assert reader.complaints == []
