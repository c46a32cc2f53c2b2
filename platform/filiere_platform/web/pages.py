"""The pages: `/` searches, `/lot` shows a trace and its proofs, `/record` one record. Rendered here, without a script.

`/01/...`, `/00/...` and so on are GS1 Digital Links of this instance (`digital_link_page`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson
from fastapi import APIRouter, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.instant import iso_instant
from filiere_platform.domain.member import Directory
from filiere_platform.domain.permissions import Permission, may
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.render.csv_rows import Dialect
from filiere_platform.render.trace_forms import ENDINGS, MEDIA_TYPES, TraceForm, write_table
from filiere_platform.render.trace_table import table_of_answer
from filiere_platform.usecases.bundle import bundle_object
from filiere_platform.usecases.reading import read_record
from filiere_platform.usecases.recent import recent_objects
from filiere_platform.usecases.sharing import audiences_of_record
from filiere_platform.usecases.state import state_in
from filiere_platform.usecases.trace import MAX_DEPTH, trace_object
from filiere_platform.usecases.trace_verification import verify_records
from filiere_platform.web import (
    access_requests_pages,
    account_pages,
    accounts_page,
    administration_pages,
    apply_pages,
    audit_pages,
    balance_page,
    cases_pages,
    deliveries_page,
    digital_link_page,
    findings_pages,
    guest_pages,
    investigation_page,
    invitation_pages,
    invited_page,
    keys_pages,
    mandates_pages,
    master_data_page,
    members_pages,
    membership_pages,
    passkey_pages,
    people_pages,
    provider_pages,
    recall_pages,
    reports_page,
    sets_page,
    sharing_pages,
    sign_in_pages,
    supplier_import_page,
    supplier_tiers_page,
    suppliers_pages,
    tokens_pages,
)
from filiere_platform.web.inquiry_fields import read_microseconds
from filiere_platform.web.lot_choice import read_choice
from filiere_platform.web.lot_page import MOST_DRAWN, ROWS, events_to_verify, lot_view
from filiere_platform.web.lot_svg import write_svg
from filiere_platform.web.names import lot_address
from filiere_platform.web.proof_view import Check, checks_of_record
from filiere_platform.web.searching import read_query
from filiere_platform.web.visit import LONGEST_QUERY, Frame, PageServices, Visit
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64url
from filiere_schemas.provenance.bundle import write_bundle
from filiere_schemas.provenance.disclosures import unseal
from filiere_schemas.provenance.strict_json import strict_loads

_FOLDER = Path(__file__).resolve().parent
_STYLE, _SCRIPT = "filiere.css", "passkey.js"
NOUNS = (
    passkey_pages,
    provider_pages,
    invitation_pages,
    people_pages,
    tokens_pages,
    deliveries_page,
    keys_pages,
    membership_pages,
    sharing_pages,
    access_requests_pages,
    findings_pages,
    cases_pages,
    recall_pages,
    balance_page,
    reports_page,
    accounts_page,
    investigation_page,
    digital_link_page,
    master_data_page,
    sets_page,
    audit_pages,
    apply_pages,
    administration_pages,
    members_pages,
    mandates_pages,
    guest_pages,
    invited_page,
    supplier_import_page,
    supplier_tiers_page,
    suppliers_pages,
)


def router(services: PageServices) -> APIRouter:
    """Build the routes of the pages."""
    routes = APIRouter(include_in_schema=False)
    pages = _Pages(services)
    routes.get("/")(pages.shown(pages.home))
    routes.get("/lot")(pages.shown(pages.lot))
    routes.get("/lot.zip")(pages.shown(pages.bundle))
    routes.get("/lot.json")(pages.shown(pages.as_json))
    routes.get("/lot.csv")(pages.shown(pages.as_csv))
    routes.get("/record/{index}")(pages.shown(pages.record))
    sign_in_pages.add(routes, pages)
    account_pages.add(routes, pages)
    for noun in NOUNS:
        noun.add(routes, pages)
    routes.get("/favicon.ico")(lambda: Response(status_code=204))
    style = (_FOLDER / "static" / _STYLE).read_bytes()

    @routes.get(f"/static/{_STYLE}")
    def read_style() -> Response:
        headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(style, media_type="text/css; charset=utf-8", headers=headers)

    script = (_FOLDER / "static" / _SCRIPT).read_bytes()

    @routes.get(f"/static/{_SCRIPT}")
    def read_script() -> Response:
        headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(script, media_type="text/javascript; charset=utf-8", headers=headers)

    return routes


class _Pages(Frame):
    def home(self, visit: Visit) -> Response:
        """The search box, and what was declared last."""
        query = visit.request.query_params.get("q", "").strip()[:LONGEST_QUERY]
        if query:
            return RedirectResponse(lot_address(read_query(query)), 303)
        with self.services.units.unit_of_work() as uow:
            recent = recent_objects(uow, visit.viewer)
        return self.page(visit, "home.html", recent=recent)

    def lot(self, visit: Visit) -> Response:
        """The trace of an object, its drawing, its tables, its proofs."""
        choice = read_choice(visit.request.query_params)
        services = self.services
        state_at = read_microseconds({"state_at": choice.state_at}, "state_at") or visit.at
        with services.units.unit_of_work() as uow:
            answer = trace_object(
                uow, visit.viewer, choice.question(), key=services.handle_key, names_members=services.names_members
            )
            state = state_in(uow, visit.viewer, answer["object"], at=state_at, as_of=answer["as_of"])
            verified = None
            if services.trust is not None:
                indexes = events_to_verify(answer, choice)
                verified = verify_records(uow, visit.viewer, services.files, indexes, trust=services.trust)
        names = self._names(services.directory.current())
        view = lot_view(answer, verified, names, choice)
        asks = visit.principal.member_id is not None and may(visit.principal, Permission.FINDING_READ)
        return self.page(
            visit,
            "lot.html",
            view=view,
            state=state,
            state_at=iso_instant(state_at),
            choice=choice,
            asks=asks,
            sizes=view.fold_sizes,
            most_drawn=MOST_DRAWN,
            rows_at_once=ROWS,
            all_levels=MAX_DEPTH,
            svg=write_svg(view, visit.words),
        )

    def bundle(self, visit: Visit) -> Response:
        """What proves the lot's history, as the reader may see it: the API's bundle, for who has no token at hand."""
        services = self.services
        with services.units.unit_of_work() as uow:
            question = read_choice(visit.request.query_params).question()
            made = bundle_object(
                uow, visit.viewer, services.files, question, origin=services.origin, trust=services.trust
            )
        headers = {"Content-Disposition": 'attachment; filename="lot.zip"'}
        return Response(write_bundle(made), media_type="application/zip", headers=headers)

    def as_json(self, visit: Visit) -> Response:
        """The answer that the page is laid out from."""
        with self.services.units.unit_of_work() as uow:
            answer = trace_object(uow, visit.viewer, read_choice(visit.request.query_params).question())
        return Response(orjson.dumps(answer), media_type="application/json")

    def as_csv(self, visit: Visit) -> Response:
        """The objects, or the steps, of the answer as a table; for French readers as French spreadsheets read it."""
        choice = read_choice(visit.request.query_params)
        with self.services.units.unit_of_work() as uow:
            answer = trace_object(uow, visit.viewer, choice.question())
        form = TraceForm.EDGES if visit.request.query_params.get("table") == "steps" else TraceForm.NODES
        dialect = Dialect.FR if visit.words.language == "fr" else Dialect.RFC4180
        body = "".join(write_table(table_of_answer(answer), form, dialect))
        headers = {"Content-Disposition": f'attachment; filename="lot.{ENDINGS[form]}"'}
        return Response(body, media_type=MEDIA_TYPES[form], headers=headers)

    def record(self, visit: Visit) -> Response:
        """One record: what was signed, by whom, where it stands."""
        text = visit.request.path_params["index"]
        if not text.isascii() or not text.isdigit() or len(text) > len(str(2**53)):
            raise Refusal([Problem(sentence=NOT_FOUND, values={"what": f"record/{text[:20]}"})])
        services = self.services
        with services.units.unit_of_work() as uow:
            record = read_record(uow, visit.viewer, int(text))
            checks: list[Check] = []
            if services.trust is not None:
                verified = verify_records(uow, visit.viewer, services.files, [int(text)], trust=services.trust)
                checks = list(checks_of_record(verified, int(text), visit.words))
            shown: list[dict[str, Any]] = []
            own = visit.member is not None and record["member"] == visit.member.uri
            if visit.member is not None and own and may(visit.principal, Permission.DISCLOSURE_GIVE):
                shown = audiences_of_record(uow, visit.member, int(text))
        names = self._names(services.directory.current())
        return self.page(
            visit, "record.html", record=record, checks=checks, names=names, event=_readable(record), shown=shown
        )

    def _names(self, directory: Directory) -> dict[str, str]:
        """The members' names by URI."""
        return {member.uri: member.name for member in directory.members.values()}


def _readable(record: Mapping[str, Any]) -> str | None:
    """The event as far as its reader is shown it, indented for people; the signed bytes stand below it on the page."""
    jws = record["jws"]
    if jws is None:
        return None if record["event"] is None else json.dumps(record["event"], ensure_ascii=False, indent=2)
    compact, *disclosures = jws.encode().rstrip(b"~").split(b"~")
    opened = unseal(strict_loads(base64url.decode(compact.split(b".")[1])), disclosures)
    return json.dumps(opened.value, ensure_ascii=False, indent=2)
