"""A partner in a member's own register: who it is, what is approved of it, and what holds on a day.

The register is its member's alone. A partner is one document; every change of it is a new version, so that the register
can be read as it stood. What a certificate is worth on a day follows from its dates and from what was decided about it,
whatever day it is today. People's names and addresses are kept beside the versions and only as they are now: a history
of the firm's business need not be one of persons.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import Final

# Enough for the largest of small companies, and little enough that a register is read whole.
MOST_PARTNERS: Final = 5_000
MOST_VERSIONS_PER_DAY: Final = 10_000  # of one member, an import counting each partner that it changes
LARGEST_REGISTER: Final = 20_000_000  # characters of all documents of one member
DAY: Final = 86_400_000_000  # microseconds
SOON: Final = 60  # days before its end from which a certificate is said to end soon


class Relation(StrEnum):
    """What a partner is to the member."""

    SUPPLIER = "supplier"
    CUSTOMER = "customer"
    SUBCONTRACTOR = "subcontractor"
    CARRIER = "carrier"
    WAREHOUSE = "warehouse"
    LABORATORY = "laboratory"
    CERTIFIER = "certifier"
    OTHER = "other"


class Decision(StrEnum):
    """What was decided about a certificate, from a day on."""

    VALID = "valid"  # again, after a suspension
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"  # for good


class CertificateState(StrEnum):
    """What a certificate is worth on a day."""

    NOT_YET = "not-yet"
    VALID = "valid"
    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


class ApprovalState(StrEnum):
    """Whether a product is approved on a day."""

    NOT_YET = "not-yet"
    APPROVED = "approved"
    ENDED = "ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place of a partner."""

    name: str
    identifiers: tuple[str, ...] = ()
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """What a partner is approved to supply, under the member's item number and its own."""

    name: str
    ours: str = ""
    theirs: str = ""
    identifier: str = ""  # a GTIN or another class of objects, as its canonical key
    approved_from: date | None = None
    approved_until: date | None = None  # the last day

    def state_at(self, day: date) -> ApprovalState:
        """Say whether it is approved on a day."""
        if self.approved_from is not None and day < self.approved_from:
            return ApprovalState.NOT_YET
        ended = self.approved_until is not None and day > self.approved_until
        return ApprovalState.ENDED if ended else ApprovalState.APPROVED


@dataclass(frozen=True, slots=True, order=True)
class Change:
    """A decision about a certificate and the first day on which it holds."""

    since: date
    status: Decision


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate or approval of a partner, or of one of its sites."""

    scheme: str
    number: str = ""
    scope: str = ""
    issuer: str = ""
    site: str = ""  # the name of one; empty: of the partner
    valid_from: date | None = None
    valid_until: date | None = None  # the last day
    document: str = ""  # SHA-256 of the document's bytes, in hexadecimal digits
    changes: tuple[Change, ...] = ()

    def state_at(self, day: date) -> CertificateState:
        """Say what it is worth on a day: withdrawn is for good, then the dates decide, then the last decision."""
        decided = self.decision_at(day)
        if decided is Decision.WITHDRAWN:
            return CertificateState.WITHDRAWN
        if self.valid_from is not None and day < self.valid_from:
            return CertificateState.NOT_YET
        if self.valid_until is not None and day > self.valid_until:
            return CertificateState.EXPIRED
        return CertificateState.SUSPENDED if decided is Decision.SUSPENDED else CertificateState.VALID

    def decision_at(self, day: date) -> Decision:
        """Give the last decision that holds on a day; none is as good as `valid`."""
        made = [change for change in self.changes if change.since <= day]
        if any(change.status is Decision.WITHDRAWN for change in made):
            return Decision.WITHDRAWN
        return max(made).status if made else Decision.VALID

    def days_left(self, day: date) -> int | None:
        """Count the days that remain after a day; None for one without an end, or that is worth nothing that day."""
        if self.valid_until is None or self.state_at(day) is not CertificateState.VALID:
            return None
        return (self.valid_until - day).days

    def ends_soon(self, day: date) -> bool:
        """Whether it holds on a day, and not for long."""
        left = self.days_left(day)
        return left is not None and left <= SOON


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody at a partner: personal data, of which no history is kept."""

    name: str
    role: str = ""
    email: str = ""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """A partner as a member has written it down; identifiers are canonical keys."""

    code: str  # the member's own number for it, one per partner
    name: str
    relations: tuple[Relation, ...]
    identifiers: tuple[str, ...] = ()
    sites: tuple[Site, ...] = ()
    products: tuple[Product, ...] = ()
    certificates: tuple[Certificate, ...] = ()
    notes: str = ""
    contacts: tuple[Contact, ...] = ()

    @property
    def without_contacts(self) -> Partner:
        """What a version keeps."""
        return replace(self, contacts=())

    @property
    def keys(self) -> frozenset[str]:
        """Every identifier by which events may name it: its own, and those of its sites."""
        return frozenset(self.identifiers).union(*(site.identifiers for site in self.sites))


class Step(StrEnum):
    """What a version did to a partner."""

    ADDED = "added"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """A partner from an instant on, until the next version; instants are microseconds since 1970."""

    partner_id: str
    number: int  # from 1
    at: int
    author: str  # as the log names who acts
    step: Step
    partner: Partner | None  # without contacts; None: it is no longer in the register
    sha256: bytes  # of the document as it is kept
    act: int  # log index of the act that says so


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptPartner:
    """A partner that is, or was, in the register, with the version that says so."""

    id: str
    version: int
    changed_at: int
    partner: Partner


def parts_changed(old: Partner, new: Partner) -> tuple[str, ...]:
    """Name what differs between two documents of a partner, in the order of the document."""
    return tuple(field.name for field in fields(Partner) if getattr(old, field.name) != getattr(new, field.name))


def register_digest(versions: Iterable[tuple[str, int, bytes]]) -> str:
    """Digest what an act did to the register, so that the log says when: a line per version, its SHA-256 in hex."""
    lines = "".join(f"{partner_id} {number} {sha256.hex()}\n" for partner_id, number, sha256 in sorted(versions))
    return hashlib.sha256(lines.encode()).hexdigest()


def certificates_to_watch(
    partners: Iterable[KeptPartner], day: date
) -> Iterator[tuple[KeptPartner, Certificate, CertificateState]]:
    """Give the certificates that somebody must look at: those that are worth nothing on a day, or end soon."""
    for kept in partners:
        for certificate in kept.partner.certificates:
            state = certificate.state_at(day)
            if state is not CertificateState.VALID or certificate.ends_soon(day):
                yield kept, certificate, state
