"""`/api/v1/instance`: who this instance is, and the public keys under which it signs.

For information: whoever verifies takes the keys that it trusts from a trust file of its own, not from the instance
that it verifies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from filiere_platform.api.openapi import gives, ref
from filiere_platform.blobs.key_files import Duty
from filiere_platform.blobs.own_keys import OwnKeys
from filiere_platform.domain.instance import Instance
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.provenance.note import VerifierKey
from filiere_schemas.sectors.public_fields import NO_FIELDS, PublicFields
from filiere_schemas.sectors.sealable import Sealable

JSON = "application/json"


class SealableAnswer(BaseModel):
    """Fields that may be sealed, and what they are to people."""

    pointers: list[str] = Field(description="JSON pointers into an event; * stands for any one step")
    fr: str
    en: str


class InstanceAnswer(BaseModel):
    """What an instance says of itself to everybody."""

    name: str
    sector: str
    sealable: list[SealableAnswer] = Field(description="Which fields may be sealed")
    publicFields: list[str] = Field(description="Which fields the mode public-fields shows")  # noqa: N815 - JSON
    logOrigin: str = Field(description="Name of the log")  # noqa: N815 - JSON
    logVerifierKey: str | None = Field(description="C2SP signed-note verifier key; null: not in this process")  # noqa: N815 - JSON
    receiptKey: dict[str, str] | None = Field(description="JWK; null: not in this process")  # noqa: N815 - JSON
    registrarKey: dict[str, str] | None = Field(description="JWK; null: not in this process")  # noqa: N815 - JSON


MODELS = (InstanceAnswer,)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKeys:
    """The instance's public keys; None where this process has no part of one, as for a registrar kept offline."""

    log_verifier: str | None  # C2SP signed-note verifier key
    receipt: PublicKey | None
    registrar: PublicKey | None

    @classmethod
    def held(cls, keys: OwnKeys, origin: str) -> Self:
        """Take the public parts of the keys that this process has."""
        log_key, receipt_key = keys.held(Duty.LOG), keys.held(Duty.RECEIPT)
        return cls(
            log_verifier=str(VerifierKey(origin, log_key.public)) if log_key else None,
            receipt=receipt_key.public if receipt_key else None,
            registrar=keys.public(Duty.REGISTRAR),
        )


def router(instance: Instance, keys: PublicKeys, sealable: Sealable, public: PublicFields = NO_FIELDS) -> APIRouter:
    """Build the route of the instance."""
    routes = APIRouter(prefix="/api/v1/instance", tags=["instance"])
    answer: dict[str, Any] = {
        "name": instance.name,
        "sector": instance.sector,
        "sealable": sealable.as_json(),
        "publicFields": [*public.patterns],
        "logOrigin": instance.origin,
        "logVerifierKey": keys.log_verifier,
        "receiptKey": keys.receipt.jwk if keys.receipt is not None else None,
        "registrarKey": keys.registrar.jwk if keys.registrar is not None else None,
    }

    @routes.get(
        "",
        summary="Read who this instance is",
        responses={200: gives("What it says of itself", {JSON: ref(InstanceAnswer)})},
    )
    def read() -> JSONResponse:
        return JSONResponse(answer)

    return routes
