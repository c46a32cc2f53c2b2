"""Who asks for a register, and for which time: what all routes of `/api/v1/suppliers` begin with."""

from __future__ import annotations

from datetime import date

import orjson
from fastapi import Request, Response

from filiere_platform.api.access import principal_of
from filiere_platform.api.json_request import JSON
from filiere_platform.api.services import Services
from filiere_platform.domain.audit import author_of
from filiere_platform.domain.credential import Unauthenticated
from filiere_platform.domain.sentences import TOKEN_REFUSED
from filiere_platform.usecases.supplier_view import day_of, read_then
from filiere_platform.usecases.suppliers import Keeping
from filiere_schemas.problems import Problem


def asker_of(request: Request, services: Services) -> Keeping:
    """Find whose register it is, and who asks.

    Raises:
        Unauthenticated, Forbidden: as `principal_of`; nobody's register is none.
    """
    principal = principal_of(request, services)
    if principal.member_id is None:
        raise Unauthenticated([Problem(sentence=TOKEN_REFUSED)])
    author = author_of(principal, services.directory.snapshot())
    return Keeping(
        member_id=principal.member_id, author=author, signer=services.act_signer, now=services.capture.clock()
    )


def times_of(as_of: str | None, on: date | None, now: int) -> tuple[int | None, date]:
    """Read as of when the register is asked for, and for which day its states.

    Raises:
        Refusal: code `query-parameter`.
    """
    then = read_then(as_of)
    return then, on or day_of(now if then is None else then)


def answer(value: object, status: int = 200) -> Response:
    """Answer with JSON that no shared cache may keep."""
    return Response(orjson.dumps(value), status, media_type=JSON, headers={"Cache-Control": "no-store"})
