"""Read a partner from plain JSON values, and write it: one form for the API, the tables and what is stored.

Reading checks everything and names every fault with its place, so that who corrects a file corrects it once.
"""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, Final, TypeVar

from filiere_platform.domain import supplier_sentences as say
from filiere_platform.domain.supplier import (
    Certificate,
    Change,
    Contact,
    Decision,
    Partner,
    Product,
    Relation,
    Site,
)
from filiere_platform.domain.supplier_identifier import read_identifier, read_product
from filiere_schemas.problems import Problem, Refusal, Sentence

# How long a text may be, in characters.
LONGEST: Final[Mapping[str, int]] = {
    "code": 50,
    "name": 200,
    "address": 300,
    "notes": 4_000,
    "role": 100,
    "email": 254,
    "phone": 40,
    "ours": 80,
    "theirs": 80,
    "scheme": 100,
    "number": 100,
    "scope": 500,
    "issuer": 200,
    "site": 200,
    "identifier": 500,
}
MOST: Final[Mapping[str, int]] = {
    "identifiers": 50,
    "relations": len(Relation),
    "sites": 200,
    "products": 1_000,
    "certificates": 300,
    "changes": 50,
    "contacts": 50,
}
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_ISO_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
Document = Mapping[str, Any]
Read = TypeVar("Read")


def read_partner(document: Document) -> Partner:
    """Read a partner; texts are composed (NFC) and stripped, identifiers canonical, what is listed twice is refused.

    Raises:
        Refusal: with every fault, each with the JSON pointer of its place.
    """
    reader = _Reader()
    partner = Partner(
        code=reader.text(document, "code", "", least=1),
        name=reader.text(document, "name", "", least=1),
        relations=reader.relations(document),
        identifiers=reader.identifiers(document, ""),
        sites=tuple(reader.each(document, "sites", reader.site)),
        products=tuple(reader.each(document, "products", reader.product)),
        certificates=tuple(reader.each(document, "certificates", reader.certificate)),
        notes=reader.text(document, "notes", "", lines=True),
        contacts=tuple(reader.each(document, "contacts", reader.contact)),
    )
    reader.check_whole(partner)
    if reader.problems:
        raise Refusal(reader.problems)
    return partner


def write_partner(partner: Partner) -> dict[str, Any]:
    """Write a partner; `read_partner` gives it back."""
    return {
        "code": partner.code,
        "name": partner.name,
        "relations": [relation.value for relation in partner.relations],
        "identifiers": list(partner.identifiers),
        "sites": [
            {"name": each.name, "identifiers": list(each.identifiers), "address": each.address}
            for each in partner.sites
        ],
        "products": [write_product(each) for each in partner.products],
        "certificates": [write_certificate(each) for each in partner.certificates],
        "notes": partner.notes,
        "contacts": [
            {"name": each.name, "role": each.role, "email": each.email, "phone": each.phone}
            for each in partner.contacts
        ],
    }


def body_of(partner: Partner) -> str:
    """Write a version as it is kept and digested: JSON without spaces, members in order, without contacts."""
    document = write_partner(partner.without_contacts)
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def write_product(product: Product) -> dict[str, Any]:
    """Write an approved product."""
    return {
        "name": product.name,
        "ours": product.ours,
        "theirs": product.theirs,
        "identifier": product.identifier,
        "approvedFrom": _written(product.approved_from),
        "approvedUntil": _written(product.approved_until),
    }


def write_certificate(certificate: Certificate) -> dict[str, Any]:
    """Write a certificate."""
    return {
        "scheme": certificate.scheme,
        "number": certificate.number,
        "scope": certificate.scope,
        "issuer": certificate.issuer,
        "site": certificate.site,
        "validFrom": _written(certificate.valid_from),
        "validUntil": _written(certificate.valid_until),
        "document": certificate.document,
        "changes": [{"since": each.since.isoformat(), "status": each.status.value} for each in certificate.changes],
    }


def _written(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


class _Reader:
    """Gathers what is wrong while it reads."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def refuse(self, sentence: Sentence, pointer: str, **values: object) -> None:
        self.problems.append(Problem(sentence=sentence, pointer=pointer, values=values))

    def text(
        self, document: Document, name: str, place: str, *, least: int = 0, lines: bool = False, limit: str = ""
    ) -> str:
        """Read a text; `lines` allows line breaks."""
        most = LONGEST[limit or name]
        raw = str(document.get(name) or "")
        found = unicodedata.normalize("NFC", raw).strip() if len(raw) <= 4 * LONGEST["notes"] else raw
        shown = found.replace("\r\n", "\n").replace("\n", "").replace("\t", " ") if lines else found
        if not least <= len(found) <= most or not shown.isprintable():
            self.refuse(say.TEXT_REFUSED, f"{place}/{name}", name=name, least=least, most=most)
            return ""
        return found.replace("\r\n", "\n") if lines else found

    def each(self, document: Document, name: str, read: Callable[[Document, str], Read]) -> Iterable[Read]:
        listed: Sequence[Document] = document.get(name) or ()
        if self.fits(listed, name, f"/{name}"):
            for number, part in enumerate(listed):
                yield read(part, f"/{name}/{number}")

    def fits(self, listed: Sequence[Any], name: str, pointer: str) -> bool:
        if len(listed) > MOST[name]:
            self.refuse(say.TOO_MANY_PARTS, pointer, name=name, found=len(listed), most=MOST[name])
            return False
        return True

    def relations(self, document: Document) -> tuple[Relation, ...]:
        listed = document.get("relations") or ()
        if not listed:
            self.refuse(say.RELATION_MISSING, "/relations")
        if not self.fits(listed, "relations", "/relations"):
            return ()
        found: dict[Relation, None] = {}
        for number, text in enumerate(listed):
            if text in set(Relation):
                found[Relation(text)] = None
            else:
                expected = ", ".join(Relation)
                self.refuse(say.RELATION_UNKNOWN, f"/relations/{number}", found=str(text)[:50], expected=expected)
        return tuple(each for each in Relation if each in found)  # their order says nothing

    def identifiers(self, document: Document, place: str, *, of_site: bool = False) -> tuple[str, ...]:
        listed = document.get("identifiers") or ()
        found: dict[str, None] = {}
        if not self.fits(listed, "identifiers", f"{place}/identifiers"):
            return ()
        for number, text in enumerate(listed):
            pointer = f"{place}/identifiers/{number}"
            if len(text) > LONGEST["identifier"]:
                most = LONGEST["identifier"]
                self.refuse(say.TEXT_REFUSED, pointer, name="identifiers", least=1, most=most)
                continue
            try:
                found[read_identifier(text, of_site=of_site)] = None
            except Refusal as refused:
                self.refuse(say.IDENTIFIER_UNREADABLE, pointer, found=text[:80], reason=refused.problems[0])
        return tuple(found)

    def site(self, document: Document, place: str) -> Site:
        return Site(
            name=self.text(document, "name", place, least=1),
            identifiers=self.identifiers(document, place, of_site=True),
            address=self.text(document, "address", place),
        )

    def product(self, document: Document, place: str) -> Product:
        start, until = self.period(document, place, "approvedFrom", "approvedUntil")
        written = self.text(document, "identifier", place)
        identifier = ""
        if written:
            try:
                identifier = read_product(written)
            except Refusal:
                self.refuse(say.PRODUCT_IDENTIFIER, f"{place}/identifier", found=written[:80])
        return Product(
            name=self.text(document, "name", place, least=1),
            ours=self.text(document, "ours", place),
            theirs=self.text(document, "theirs", place),
            identifier=identifier,
            approved_from=start,
            approved_until=until,
        )

    def certificate(self, document: Document, place: str) -> Certificate:
        start, until = self.period(document, place, "validFrom", "validUntil")
        digest = str(document.get("document") or "").strip().lower()
        if digest and not _DIGEST.fullmatch(digest):
            self.refuse(say.DIGEST_UNREADABLE, f"{place}/document", found=digest[:80])
            digest = ""
        return Certificate(
            scheme=self.text(document, "scheme", place, least=1),
            number=self.text(document, "number", place),
            scope=self.text(document, "scope", place),
            issuer=self.text(document, "issuer", place),
            site=self.text(document, "site", place),
            valid_from=start,
            valid_until=until,
            document=digest,
            changes=self.changes(document, place),
        )

    def changes(self, document: Document, place: str) -> tuple[Change, ...]:
        listed = document.get("changes") or ()
        found: list[Change] = []
        if not self.fits(listed, "changes", f"{place}/changes"):
            return ()
        for number, each in enumerate(listed):
            pointer = f"{place}/changes/{number}"
            since, status = self.day(each.get("since"), f"{pointer}/since"), each.get("status")
            if status not in set(Decision):
                expected = ", ".join(Decision)
                self.refuse(say.DECISION_UNKNOWN, f"{pointer}/status", found=str(status)[:50], expected=expected)
            elif since is None:
                if not each.get("since"):
                    self.refuse(say.DATE_UNREADABLE, f"{pointer}/since", found="", expected="2026-12-31")
            else:
                found.append(Change(since, Decision(status)))
        found.sort()
        for one, other in itertools.pairwise(found):
            if one.since == other.since:
                self.refuse(say.CHANGES_OF_ONE_DAY, f"{place}/changes", found=one.since)
            if one.status is Decision.WITHDRAWN:
                self.refuse(say.WITHDRAWN_FOR_GOOD, f"{place}/changes")
        return tuple(found)

    def contact(self, document: Document, place: str) -> Contact:
        return Contact(
            name=self.text(document, "name", place, least=1),
            role=self.text(document, "role", place),
            email=self.text(document, "email", place),
            phone=self.text(document, "phone", place),
        )

    def period(self, document: Document, place: str, start: str, until: str) -> tuple[date | None, date | None]:
        first, last = (self.day(document.get(name), f"{place}/{name}") for name in (start, until))
        if first is not None and last is not None and last < first:
            self.refuse(say.DATES_REVERSED, f"{place}/{until}", start=first, until=last)
        return first, last

    def day(self, text: str | None, pointer: str) -> date | None:
        if not text:
            return None
        if _ISO_DATE.fullmatch(text):
            try:
                return date.fromisoformat(text)
            except ValueError:
                pass
        self.refuse(say.DATE_UNREADABLE, pointer, found=text[:40], expected="2026-12-31")
        return None

    def check_whole(self, partner: Partner) -> None:
        """Check what one part says of another."""
        names = [site.name for site in partner.sites]
        self.once(names, "/sites", "name")
        self.once([each.ours for each in partner.products], "/products", "ours")
        for number, certificate in enumerate(partner.certificates):
            if certificate.site and certificate.site not in names:
                self.refuse(say.SITE_UNKNOWN, f"/certificates/{number}/site", found=certificate.site)
        named = [f"{each.scheme} {each.number} {each.site}" if each.number else "" for each in partner.certificates]
        self.once(named, "/certificates", "number")
        for part in ("products", "certificates", "contacts"):
            entries: tuple[Product | Certificate | Contact, ...] = getattr(partner, part)
            for number, entry in enumerate(entries):
                is_told = getattr(entry, "ours", "") or getattr(entry, "number", "")
                if entry in entries[:number] and not is_told:
                    self.refuse(say.TWICE, f"/{part}/{number}", found=number + 1)

    def once(self, names: Iterable[str], place: str, part: str) -> None:
        """Refuse what stands twice; an empty text may."""
        seen: set[str] = set()
        for number, name in enumerate(names):
            if name and name in seen:
                self.refuse(say.TWICE, f"{place}/{number}/{part}", found=name)
            seen.add(name)
