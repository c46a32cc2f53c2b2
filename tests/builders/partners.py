"""Partners for registers: one with everything, and any that a reader accepts."""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Any

from hypothesis import strategies as st

from filiere_platform.domain.supplier import Certificate, Change, Contact, Decision, Partner, Product, Relation, Site
from filiere_platform.domain.supplier_document import read_partner

DAIRY_DOCUMENT: dict[str, Any] = {
    "code": "F001",
    "name": "Laiterie des Alpes",
    "relations": ["supplier", "laboratory"],
    "identifiers": ["SIRET 732 829 320 00074", "https://id.gs1.org/417/3012345678902"],
    "sites": [{"name": "Annecy", "identifiers": ["FR 74.010.001 CE"], "address": "1 rue du Lac, 74000 Annecy"}],
    "products": [
        {
            "name": "Lait cru",
            "ours": "MP-12",
            "theirs": "4711",
            "identifier": "3012345678902",
            "approvedFrom": "2026-01-01",
            "approvedUntil": "2026-12-31",
        }
    ],
    "certificates": [
        {
            "scheme": "IFS Food",
            "number": "IFS-7",
            "issuer": "Certif & Co",
            "scope": "Lait; crème",
            "site": "Annecy",
            "validFrom": "2026-01-01",
            "validUntil": "2026-12-31",
            "document": "ab" * 32,
            "changes": [{"since": "2026-03-01", "status": "suspended"}, {"since": "2026-04-01", "status": "valid"}],
        }
    ],
    "notes": "Livre le mardi.\nAudit en mai.",
    "contacts": [{"name": "Jeanne Dupont", "role": "qualité", "email": "q@lait.example", "phone": "+33 4 50 00 00 00"}],
}


def a_document(**changes: Any) -> dict[str, Any]:
    """The document of a partner with everything."""
    return DAIRY_DOCUMENT | changes


def a_partner(**changes: Any) -> Partner:
    """A partner with everything."""
    return read_partner(a_document(**changes))


days = st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 12, 31))
texts = st.text(st.characters(exclude_categories=("C", "Z")) | st.sampled_from(" '=+-@;\",|"), max_size=12).map(
    lambda text: unicodedata.normalize("NFC", text).strip()
)
names = texts.filter(bool)
IDENTIFIERS = (
    *("urn:filiere:party:siret:73282932000074", "https://id.gs1.org/417/3012345678902", "approval:35.238.001"),
    *("urn:filiere:party:bpnl:BPNL00000003AYRE", "urn:filiere:party:duns:123456789", "oin:a%20b%7Cc"),
)
identifiers = st.lists(st.sampled_from(IDENTIFIERS), unique=True, max_size=3)


@st.composite
def periods(draw: st.DrawFn) -> tuple[date | None, date | None]:
    """A beginning and an end, in order, either of which may be open."""
    first, last = sorted((draw(days), draw(days)))
    return draw(st.sampled_from([(first, last), (first, None), (None, last), (None, None)]))


@st.composite
def certificates(draw: st.DrawFn, *, site: str = "") -> Certificate:
    """A certificate that may be suspended, valid again, and withdrawn at the end."""
    when = sorted(draw(st.lists(days, unique=True, max_size=4)))
    decided = [draw(st.sampled_from([Decision.VALID, Decision.SUSPENDED])) for _ in when]
    if decided and draw(st.booleans()):
        decided[-1] = Decision.WITHDRAWN
    first, last = draw(periods())
    return Certificate(
        scheme=draw(names),
        number="",
        scope=draw(texts),
        issuer=draw(texts),
        site=site,
        valid_from=first,
        valid_until=last,
        document=draw(st.sampled_from(["", "0f" * 32])),
        changes=tuple(map(Change, when, decided)),
    )


@st.composite
def products(draw: st.DrawFn, number: int) -> Product:
    """A product whose own number is its place in the list."""
    first, last = draw(periods())
    return Product(
        name=draw(names),
        ours=draw(st.sampled_from(["", f"A{number}"])),
        theirs=draw(texts),
        identifier=draw(st.sampled_from(["", "https://id.gs1.org/01/03012345678902"])),
        approved_from=first,
        approved_until=last,
    )


@st.composite
def partners(draw: st.DrawFn, code: str = "F1") -> Partner:
    """A partner with anything in it that a reader accepts."""
    sites = [
        Site(name=name, identifiers=tuple(draw(identifiers)), address=draw(texts))
        for name in draw(st.lists(names, unique=True, max_size=2))
    ]
    return Partner(
        code=code,
        name=draw(names),
        relations=tuple(r for r in Relation if draw(st.booleans())) or (Relation.OTHER,),
        identifiers=tuple(draw(identifiers)),
        sites=tuple(sites),
        products=tuple(dict.fromkeys(draw(products(number)) for number in range(draw(st.integers(0, 3))))),
        certificates=tuple(
            dict.fromkeys(
                draw(certificates(site=draw(st.sampled_from(["", *(each.name for each in sites)]))))
                for _ in range(draw(st.integers(0, 3)))
            )
        ),
        notes="\n".join(draw(st.lists(names, max_size=2))),
        contacts=tuple(
            dict.fromkeys(
                Contact(name=draw(names), role=draw(texts), email=draw(texts), phone=draw(texts))
                for _ in range(draw(st.integers(0, 2)))
            )
        ),
    )
