"""`/api/v1/cose-receipt` and `/api/v1/credential`: the same proofs and answers in forms that others read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Self, TypeVar

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from filiere_platform.api.access import viewer_of
from filiere_platform.api.openapi import accepts_token, gives, refuses
from filiere_platform.api.services import Services
from filiere_platform.api.trace import LONGEST_OBJECT
from filiere_platform.blobs.key_files import Duty
from filiere_platform.blobs.own_keys import OwnKeys
from filiere_platform.domain.export_sentences import SIGNING_KEY_ELSEWHERE
from filiere_platform.usecases.cose_receipt import cose_receipt_of
from filiere_platform.usecases.credential import summarize_lot
from filiere_platform.usecases.trace import TraceQuestion, Ways, read_as_of
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance.cose_receipt import MEDIA_TYPE
from filiere_schemas.provenance.keys import SigningKey
from filiere_schemas.provenance.strict_json import MAX_SAFE_INTEGER
from filiere_schemas.provenance.trust import Trust

T = TypeVar("T")
CREDENTIAL = "application/vc"  # W3C Verifiable Credentials Data Model 2.0, section 6.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Signers:
    """With what exports are signed, each loaded on demand; None where the key is kept elsewhere."""

    name: str
    log: Callable[[], SigningKey | None]
    receipt: Callable[[], SigningKey | None]
    trust: Callable[[], Trust | None]
    clock: Callable[[], int]

    @classmethod
    def held(cls, keys: OwnKeys, name: str, *, trust: Callable[[], Trust | None], clock: Callable[[], int]) -> Self:
        """Sign with the keys that this process has."""
        log, receipt = (partial(keys.held, duty) for duty in (Duty.LOG, Duty.RECEIPT))
        return cls(name=name, log=log, receipt=receipt, trust=trust, clock=clock)


def router(services: Services, signers: Signers) -> APIRouter:
    """Build the routes of exports."""
    routes = APIRouter(prefix="/api/v1", tags=["exports"])

    @routes.get(
        "/cose-receipt/{index}",
        summary="Prove that one record is in the log, as a COSE receipt",
        response_class=Response,
        responses={
            200: gives("The receipt (RFC 9942)", {MEDIA_TYPE: {"type": "string", "format": "binary"}}),
            404: refuses("There is no such record, or it is not visible to the asker"),
            503: refuses("The record is not under the signed head yet, or the log's key is kept elsewhere"),
        },
        openapi_extra=accepts_token(),
    )
    def receipt(index: Annotated[int, Path(ge=0, le=MAX_SAFE_INTEGER)], request: Request) -> Response:
        viewer = viewer_of(request, services)
        key = _held(signers.log(), "log")
        with services.units.unit_of_work() as uow:
            signed = cose_receipt_of(uow, viewer, services.files, index, log_key=key, origin=services.origin)
        headers = {"Content-Disposition": f'attachment; filename="{index}.cose"', "Cache-Control": "no-store"}
        return Response(signed, media_type=MEDIA_TYPE, headers=headers)

    @routes.get(
        "/credential",
        summary="Sum up an object's history as a W3C credential",
        response_class=Response,
        responses={
            200: gives("The credential, secured with eddsa-jcs-2022", {CREDENTIAL: {"type": "object"}}),
            404: refuses("Nobody ever mentioned the object, or not to the asker"),
            503: refuses("Nothing is published yet, or a key is kept elsewhere"),
        },
        openapi_extra=accepts_token(),
    )
    def credential(
        *,
        request: Request,
        wanted: Annotated[str, Query(alias="object", max_length=LONGEST_OBJECT, description="Any form of its URI")],
        direction: Ways = Ways.BOTH,
        as_of: Annotated[str | None, Query(description="A size of the log, or an RFC 3339 time")] = None,
    ) -> Response:
        viewer = viewer_of(request, services)
        question = TraceQuestion(object=wanted, ways=direction, as_of=read_as_of(as_of))
        with services.units.unit_of_work() as uow:
            document = summarize_lot(
                uow,
                viewer,
                services.files,
                question,
                trust=_held(signers.trust(), "registrar"),
                key=_held(signers.receipt(), "receipt"),
                name=signers.name,
                now=signers.clock(),
            )
        return Response(orjson.dumps(document), media_type=CREDENTIAL, headers={"Cache-Control": "no-store"})

    return routes


def _held(value: T | None, key: str) -> T:
    if value is None:
        raise Refusal([Problem(sentence=SIGNING_KEY_ELSEWHERE, values={"key": key})])
    return value
