"""Lay out a register for programs and pages: what each partner is, and what holds of it on a day.

Whether a partner is a member of the instance is said where it is no secret, and otherwise not denied: an identifier
that somebody writes into the register must not tell whose it is (docs/suppliers.md).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any, Final
from zoneinfo import ZoneInfo

from filiere_platform.domain.instant import iso_instant, microseconds, moment
from filiere_platform.domain.member import Directory
from filiere_platform.domain.sentences import QUERY_PARAMETER
from filiere_platform.domain.supplier import Certificate, KeptPartner, Relation, Version
from filiere_platform.domain.supplier_document import write_certificate, write_partner, write_product
from filiere_platform.store.unit_of_work import UnitOfWork
from filiere_schemas.problems import Problem, Refusal

ZONE: Final = ZoneInfo("Europe/Paris")  # whose days certificates begin and end with
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """Of whom it is no secret that they are members: by URI, and by any identifier."""

    by_uri: frozenset[str]  # a key of theirs stands in the log, which everybody reads
    by_identifier: dict[str, str]  # of members who let themselves be named; to their URIs

    def member(self, keys: Iterable[str]) -> str | None:
        """Give the URI of the member that one of some identifiers belongs to; None: it is not said."""
        for key in keys:
            if key in self.by_uri:
                return key
            if key in self.by_identifier:
                return self.by_identifier[key]
        return None


def known_members(uow: UnitOfWork, directory: Directory, *, names_members: bool) -> Known:
    """Find of whom it may be said that they are members; `names_members` is the sector's word."""
    with_keys = {key.member_id for key in directory.keys.values()}
    said = uow.access_requests.named(list(directory.members))
    named = [each for each in directory.members.values() if said.get(each.id, names_members)]
    return Known(
        by_uri=frozenset(directory.members[member_id].uri for member_id in with_keys),
        by_identifier={key: each.uri for each in named for key in (each.uri, *each.identifiers)},
    )


def day_of(instant: int) -> date:
    """Give the day of an instant where the members are."""
    return moment(instant).astimezone(ZONE).date()


def read_then(text: str | None) -> int | None:
    """Read as of when a register is asked for: an instant with its zone, or a day, up to its end.

    Raises:
        Refusal: code `query-parameter`.
    """
    if not text:
        return None
    try:
        if _DAY.fullmatch(text):
            return microseconds(datetime.combine(date.fromisoformat(text), time.max, ZONE))
        instant = datetime.fromisoformat(text.replace(" ", "+"))  # a "+" that was not percent-encoded
        if instant.tzinfo is not None:
            return microseconds(instant)
    except (ValueError, OverflowError):
        pass
    values = {"name": "as_of", "found": text, "expected": "2026-03-04T05:06:07Z | 2026-03-04"}
    raise Refusal([Problem(sentence=QUERY_PARAMETER, values=values)])


def chosen(partners: Iterable[KeptPartner], *, relation: Relation | None = None, text: str = "") -> list[KeptPartner]:
    """Keep the partners of one relation, and those whose code, name or identifier holds a text."""
    wanted = text.strip().casefold()
    return [
        kept
        for kept in partners
        if (relation is None or relation in kept.partner.relations)
        and (not wanted or any(wanted in part.casefold() for part in _searched(kept)))
    ]


def summary_as_json(kept: KeptPartner, known: Known, day: date) -> dict[str, Any]:
    """Lay out a partner as a line of the register."""
    partner = kept.partner
    states = [certificate.state_at(day).value for certificate in partner.certificates]
    return {
        "id": kept.id,
        "version": kept.version,
        "changedAt": iso_instant(kept.changed_at),
        "code": partner.code,
        "name": partner.name,
        "relations": [relation.value for relation in partner.relations],
        "identifiers": list(partner.identifiers),
        "member": known.member(partner.identifiers),
        "certificates": {state: states.count(state) for state in sorted(set(states))},
        "endingSoon": sum(certificate.ends_soon(day) for certificate in partner.certificates),
        "products": len(partner.products),
    }


def partner_as_json(kept: KeptPartner, known: Known, day: date) -> dict[str, Any]:
    """Lay out a partner with everything that the register says, and what holds on a day."""
    partner = kept.partner
    return {
        **write_partner(partner),
        "id": kept.id,
        "version": kept.version,
        "changedAt": iso_instant(kept.changed_at),
        "on": day.isoformat(),
        "member": known.member(partner.identifiers),
        "products": [{**write_product(each), "state": each.state_at(day).value} for each in partner.products],
        "certificates": [_certificate(each, day) for each in partner.certificates],
    }


def version_as_json(version: Version) -> dict[str, Any]:
    """Lay out a version: what was done, by whom, and what the register has said since."""
    return {
        "version": version.number,
        "at": iso_instant(version.at),
        "author": version.author,
        "step": version.step.value,
        "sha256": version.sha256.hex(),
        "act": version.act,
        "partner": None if version.partner is None else write_partner(version.partner),
    }


def _certificate(certificate: Certificate, day: date) -> dict[str, Any]:
    return {
        **write_certificate(certificate),
        "state": certificate.state_at(day).value,
        "daysLeft": certificate.days_left(day),
        "endsSoon": certificate.ends_soon(day),
    }


def _searched(kept: KeptPartner) -> Collection[str]:
    return (kept.partner.code, kept.partner.name, *kept.partner.keys)
