"""`/api/v1/instance`: who this instance is, and the public keys under which it signs.

For information: whoever verifies takes the keys that it trusts from a trust file of its own, not from the instance
that it verifies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from filiere_platform.domain.instance import Instance
from filiere_schemas.provenance.keys import PublicKey
from filiere_schemas.sectors.sealable import Sealable


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKeys:
    """The instance's public keys; None where this process has no part of one, as for a registrar kept offline."""

    log_verifier: str | None  # C2SP signed-note verifier key
    receipt: PublicKey | None
    registrar: PublicKey | None


def router(instance: Instance, keys: PublicKeys, sealable: Sealable) -> APIRouter:
    """Build the route of the instance."""
    routes = APIRouter(prefix="/api/v1/instance", tags=["instance"])
    answer: dict[str, Any] = {
        "name": instance.name,
        "sector": instance.sector,
        "sealable": sealable.as_json(),
        "logOrigin": instance.origin,
        "logVerifierKey": keys.log_verifier,
        "receiptKey": keys.receipt.jwk if keys.receipt is not None else None,
        "registrarKey": keys.registrar.jwk if keys.registrar is not None else None,
    }

    @routes.get("", summary="Read who this instance is")
    def read() -> JSONResponse:
        return JSONResponse(answer)

    return routes
