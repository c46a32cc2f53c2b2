"""`/api/v1/suppliers/import` and `/export`: the register as one table for spreadsheets, in and out."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, Field

from filiere_platform.api.access import media_type, read_body
from filiere_platform.api.json_request import JSON
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.api.supplier_asker import answer, asker_of, times_of
from filiere_platform.domain.supplier import Step
from filiere_platform.domain.supplier_table import write_table
from filiere_platform.domain.table_text import LARGEST_TABLE
from filiere_platform.usecases.suppliers import (
    Difference,
    Keeping,
    compare_with_register,
    import_partners,
    read_partners,
)

CSV = "text/csv"


class TableLanguage(StrEnum):
    """In which language headings and words are written; both are read."""

    FR = "fr"
    EN = "en"


class DifferenceAnswer(BaseModel):
    """What a table does to one partner."""

    code: str
    name: str
    step: Step | None = Field(description="null: nothing differs")
    parts: list[str] = Field(description="What differs, of a partner that is changed")


class ImportAnswer(BaseModel):
    """What a table did, or in a preview would do."""

    preview: bool
    added: int
    changed: int
    unchanged: int
    partners: list[DifferenceAnswer]


MODELS = (ImportAnswer,)


def router(services: Services) -> APIRouter:
    """Build the routes of tables."""
    routes = APIRouter(prefix="/api/v1/suppliers", tags=["suppliers"])

    @routes.get(
        "/export",
        summary="Write the register as a table",
        response_class=Response,
        responses={200: gives("UTF-8 with its mark, semicolons, one heading line", {CSV: {"type": "string"}})},
        openapi_extra=requires_token(),
    )
    def export(
        request: Request,
        language: TableLanguage = TableLanguage.FR,
        as_of: Annotated[str | None, Query(max_length=40, description="As it stood then, without contacts")] = None,
    ) -> Response:
        asker = asker_of(request, services)
        then, _ = times_of(as_of, None, asker.now)
        with services.units.unit_of_work() as uow:
            partners = [kept.partner for kept in uow.suppliers.of(asker.member_id).partners(as_of=then)]
        headers = {"Content-Disposition": 'attachment; filename="suppliers.csv"', "Cache-Control": "no-store"}
        table = write_table(partners, "en" if language is TableLanguage.EN else "fr")
        return Response(table, media_type=f"{CSV}; charset=utf-8", headers=headers)

    @routes.post(
        "/import",
        summary="Read a table into the register, all of it or nothing",
        responses={
            200: gives("What it did, or would do", {JSON: ref(ImportAnswer)}),
            400: refuses("Cells are wrong: each with line, column, heading, value and what to do"),
            409: refuses("The register is being changed elsewhere"),
            413: refuses("The file is too large"),
        },
        openapi_extra=takes({CSV: {"type": "string"}}),
    )
    async def read(
        request: Request,
        preview: Annotated[bool, Query(description="Say what it would do; change nothing")] = False,  # noqa: FBT002 - a query's parameter
    ) -> Response:
        asker = await run_in_threadpool(asker_of, request, services)
        media_type(request, CSV)
        table = await read_body(request, most=LARGEST_TABLE)
        return await run_in_threadpool(_read, services, asker, table, preview=preview)

    return routes


def _read(services: Services, asker: Keeping, table: bytes, *, preview: bool) -> Response:
    with services.units.unit_of_work() as uow:
        partners = read_partners(uow, asker.member_id, table)
        differences = (
            compare_with_register(uow, asker.member_id, partners) if preview else import_partners(uow, asker, partners)
        )
    return answer(differences_as_json(differences, preview=preview))


def differences_as_json(differences: list[Difference], *, preview: bool) -> dict[str, object]:
    """Lay out what a table did to the register."""
    steps = [each.step for each in differences]
    return {
        "preview": preview,
        "added": steps.count(Step.ADDED),
        "changed": steps.count(Step.CHANGED),
        "unchanged": steps.count(None),
        "partners": [
            {"code": each.code, "name": each.name, "step": each.step, "parts": list(each.parts)} for each in differences
        ],
    }
