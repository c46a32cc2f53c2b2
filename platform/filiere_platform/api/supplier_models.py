"""What `/api/v1/suppliers` takes and gives, for the OpenAPI document and the first check of what is sent."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from filiere_platform.domain.supplier import ApprovalState, CertificateState, Decision, Relation, Step
from filiere_platform.domain.supplier_document import LONGEST, MOST

DAY = "A day, as 2026-12-31"
URI = "As people write it: “SIRET 732 829 320 00074”, “GLN 3012345678902”, “approval:35.238.001”, a URI"


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid")  # a misspelt member would be lost in silence


class SiteDocument(_Sent):
    """A place of a partner."""

    name: str = Field(max_length=LONGEST["name"])
    identifiers: list[str] = Field([], max_length=MOST["identifiers"], description=URI)
    address: str = Field("", max_length=LONGEST["address"])


class ProductDocument(_Sent):
    """What a partner is approved to supply."""

    name: str = Field(max_length=LONGEST["name"])
    ours: str = Field("", max_length=LONGEST["ours"], description="Your item number")
    theirs: str = Field("", max_length=LONGEST["theirs"], description="The partner's")
    identifier: str = Field("", max_length=LONGEST["identifier"], description="A GTIN, or a class of objects as a URI")
    approvedFrom: str | None = Field(None, max_length=10, description=DAY)  # noqa: N815 - JSON
    approvedUntil: str | None = Field(None, max_length=10, description="The last day")  # noqa: N815 - JSON


class ChangeDocument(_Sent):
    """A decision about a certificate."""

    since: str = Field(max_length=10, description="The first day on which it holds")
    status: Decision


class CertificateDocument(_Sent):
    """A certificate or approval."""

    scheme: str = Field(max_length=LONGEST["scheme"], description="Such as IFS, EN 9100, ISO 9001, a sanitary approval")
    number: str = Field("", max_length=LONGEST["number"])
    scope: str = Field("", max_length=LONGEST["scope"])
    issuer: str = Field("", max_length=LONGEST["issuer"])
    site: str = Field("", max_length=LONGEST["site"], description="Name of a site; empty: of the partner as a whole")
    validFrom: str | None = Field(None, max_length=10, description=DAY)  # noqa: N815 - JSON
    validUntil: str | None = Field(None, max_length=10, description="The last day")  # noqa: N815 - JSON
    document: str = Field("", max_length=64, description="SHA-256 of the document's bytes")
    changes: list[ChangeDocument] = Field([], max_length=MOST["changes"])


class ContactDocument(_Sent):
    """Somebody at a partner; no history is kept."""

    name: str = Field(max_length=LONGEST["name"])
    role: str = Field("", max_length=LONGEST["role"])
    email: str = Field("", max_length=LONGEST["email"])
    phone: str = Field("", max_length=LONGEST["phone"])


class PartnerDocument(_Sent):
    """A partner of your register."""

    code: str = Field(max_length=LONGEST["code"], description="Your own number for it")
    name: str = Field(max_length=LONGEST["name"])
    relations: list[Relation] = Field(max_length=MOST["relations"])
    identifiers: list[str] = Field([], max_length=MOST["identifiers"], description=URI)
    sites: list[SiteDocument] = Field([], max_length=MOST["sites"])
    products: list[ProductDocument] = Field([], max_length=MOST["products"])
    certificates: list[CertificateDocument] = Field([], max_length=MOST["certificates"])
    notes: str = Field("", max_length=LONGEST["notes"])
    contacts: list[ContactDocument] = Field([], max_length=MOST["contacts"])


class ChangedPartnerDocument(PartnerDocument):
    """A partner as it is to be from now on."""

    version: int = Field(ge=1, description="The version that you have read; another one is there: 409")


class ProductAnswer(ProductDocument):
    """A product with its state on the day that was asked for."""

    state: ApprovalState


class CertificateAnswer(CertificateDocument):
    """A certificate with its state on the day that was asked for."""

    state: CertificateState
    daysLeft: int | None = Field(description="Until its last day; null without one, or while it is not valid")  # noqa: N815 - JSON
    endsSoon: bool  # noqa: N815 - JSON


class PartnerAnswer(PartnerDocument):
    """A partner as the register says, or said."""

    id: str
    version: int
    changedAt: str  # noqa: N815 - JSON
    on: str = Field(description="The day for which states are said")
    member: str | None = Field(description="URI of the member that it is, where that is no secret; null: not said")
    invitation: dict[str, str] | None = Field(description="state, made, expires of the newest; null: never invited")
    products: list[ProductAnswer]  # type: ignore[assignment]  # each with its state
    certificates: list[CertificateAnswer]  # type: ignore[assignment]  # the same


class PartnerLine(BaseModel):
    """A partner as a line of the register."""

    id: str
    version: int
    changedAt: str  # noqa: N815 - JSON
    code: str
    name: str
    relations: list[Relation]
    identifiers: list[str]
    member: str | None
    certificates: dict[CertificateState, int] = Field(description="How many are in which state")
    endingSoon: int = Field(description="Certificates that end within 60 days")  # noqa: N815 - JSON
    products: int


class RegisterAnswer(BaseModel):
    """A page of the register, by code."""

    on: str
    asOf: str | None  # noqa: N815 - JSON
    suppliers: list[PartnerLine]
    nextAfter: str | None = Field(description="Give it as `after` for the next page; null: this is the last")  # noqa: N815 - JSON


class VersionAnswer(BaseModel):
    """What the register said of a partner from an instant on."""

    version: int
    at: str
    author: str
    step: Step
    sha256: str = Field(description="Of the document as it is kept; the act carries it")
    act: int = Field(description="Log index of the act that says so")
    partner: dict[str, Any] | None = Field(description="Without contacts; null: it was removed")


class HistoryAnswer(BaseModel):
    """Every version of a partner, the newest first."""

    versions: list[VersionAnswer]


MODELS = (PartnerDocument, ChangedPartnerDocument, PartnerAnswer, RegisterAnswer, HistoryAnswer)
