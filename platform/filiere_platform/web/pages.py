"""The pages: `/` searches, `/lot` shows a trace and its proofs, `/record` one record. Rendered here, without a script.

`/01/...` and `/00/...` are GS1 Digital Links of this instance: they lead to the lot's page.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.audience import Viewer
from filiere_platform.domain.credential import Forbidden, Unauthenticated
from filiere_platform.domain.member import Directory, Member
from filiere_platform.domain.principal import NOBODY, Principal
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.domain.session import LIFETIME_SECONDS
from filiere_platform.usecases.bundle import bundle_object
from filiere_platform.usecases.directory import DirectoryCache
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.reading import read_record
from filiere_platform.usecases.recent import recent_objects
from filiere_platform.usecases.trace import TraceQuestion, Ways, trace_object
from filiere_platform.usecases.trace_verification import verify_records
from filiere_platform.web import session
from filiere_platform.web.lot_page import lot_view
from filiere_platform.web.names import lot_address, product_name, short_name
from filiere_platform.web.proof_view import Check, checks_of_record, signer
from filiere_platform.web.searching import read_query
from filiere_platform.web.words import Words
from filiere_schemas.problems import Problem, Refusal
from filiere_schemas.provenance import base64url
from filiere_schemas.provenance.bundle import write_bundle
from filiere_schemas.provenance.disclosures import unseal
from filiere_schemas.provenance.strict_json import strict_loads
from filiere_schemas.provenance.trust import Trust

HTML = "text/html; charset=utf-8"
LONGEST_QUERY = 2_000  # characters, as of the API
LARGEST_FORM = 4_096  # bytes
MOST_OBJECTS = 3_000  # drawn or listed on one page; beyond, the answer is a file
# Nothing is loaded from anywhere but here, nothing is run, nobody frames the page. Source: CSP level 3.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
_FOLDER = Path(__file__).resolve().parent
_STYLE = "filiere.css"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageServices:
    """What the pages are handed; `trust` is None where this machine lacks a public key of the instance."""

    units: UnitsOfWork
    files: LogFiles
    directory: DirectoryCache
    name: str
    origin: str
    clock: Callable[[], int]
    session_secret: bytes | None  # None: nobody can sign in here
    trust: Trust | None
    is_secure: bool  # whether the instance's address is https


def router(services: PageServices) -> APIRouter:
    """Build the routes of the pages."""
    routes = APIRouter(include_in_schema=False)
    pages = _Pages(services)
    routes.get("/")(pages.shown(pages.home))
    routes.get("/lot")(pages.shown(pages.lot))
    routes.get("/lot.zip")(pages.shown(pages.bundle))
    routes.get("/lot.json")(pages.shown(pages.as_json))
    routes.get("/record/{index}")(pages.shown(pages.record))
    routes.get("/sign-in")(pages.shown(pages.sign_in_form))
    routes.post("/sign-in")(session.posting(pages.shown(pages.sign_in), most=LARGEST_FORM))
    routes.post("/sign-out")(session.posting(pages.shown(pages.sign_out), most=LARGEST_FORM))
    routes.get("/favicon.ico")(lambda: Response(status_code=204))
    routes.get("/01/{rest:path}")(_digital_link)
    routes.get("/00/{rest:path}")(_digital_link)
    style = (_FOLDER / "static" / _STYLE).read_bytes()

    @routes.get(f"/static/{_STYLE}")
    def read_style() -> Response:
        headers = {"Cache-Control": "public, max-age=3600", "X-Content-Type-Options": "nosniff"}
        return Response(style, media_type="text/css; charset=utf-8", headers=headers)

    return routes


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request for a page: who looks, in which language."""

    request: Request
    words: Words
    principal: Principal
    member: Member | None  # for whom the principal acts
    form: Mapping[str, str]

    @property
    def viewer(self) -> Viewer:
        """Who looks, for the gate."""
        return self.principal.viewer


class _Pages:
    def __init__(self, services: PageServices) -> None:
        self._services = services
        self._templates = jinja2.Environment(
            loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(short=short_name, product=product_name, lot_address=lot_address, signer=signer)

    def shown(self, page: Callable[[Visit], Response]) -> Callable[[Request], Response]:
        """Give a route that answers a refusal with a page, in the reader's language."""

        def show(request: Request) -> Response:
            words = Words(session.language_of(request))
            form = session.form_of(request)
            visit = Visit(request=request, words=words, principal=NOBODY, member=None, form=form)
            try:
                principal = session.principal_of(request, self._services)
                visit = replace(visit, principal=principal, member=self._member(principal))
                session.admit(request, principal)
                response = page(visit)
            except Refusal as refused:
                response = self._refused(visit, refused)
            response.headers.update(HEADERS)
            if "lang" in request.query_params:
                session.remember_language(response, words.language, secure=self._services.is_secure)
            return response

        return show

    def home(self, visit: Visit) -> Response:
        """The search box, and what was declared last."""
        query = visit.request.query_params.get("q", "").strip()[:LONGEST_QUERY]
        if query:
            return RedirectResponse(lot_address(read_query(query)), 303)
        with self._services.units.unit_of_work() as uow:
            recent = recent_objects(uow, visit.viewer)
        return self._page(visit, "home.html", recent=recent)

    def lot(self, visit: Visit) -> Response:
        """The trace of an object, its drawing, its tables, its proofs."""
        question = _question(visit.request)
        services = self._services
        with services.units.unit_of_work() as uow:
            answer = trace_object(uow, visit.viewer, question)
            verified = None
            if services.trust is not None:
                indexes = [event["index"] for event in answer["events"]]
                verified = verify_records(uow, visit.viewer, services.files, indexes, trust=services.trust)
        names = self._names(services.directory.current())
        view = lot_view(answer, verified, names, draw="draw" in visit.request.query_params)
        return self._page(visit, "lot.html", view=view, direction=question.ways.value)

    def bundle(self, visit: Visit) -> Response:
        """What proves the lot's history, as the reader may see it: the API's bundle, for who has no token at hand."""
        services = self._services
        with services.units.unit_of_work() as uow:
            question = _question(visit.request)
            made = bundle_object(
                uow, visit.viewer, services.files, question, origin=services.origin, trust=services.trust
            )
        headers = {"Content-Disposition": 'attachment; filename="lot.zip"'}
        return Response(write_bundle(made), media_type="application/zip", headers=headers)

    def as_json(self, visit: Visit) -> Response:
        """The answer that the page is laid out from."""
        with self._services.units.unit_of_work() as uow:
            answer = trace_object(uow, visit.viewer, _question(visit.request))
        return Response(orjson.dumps(answer), media_type="application/json")

    def record(self, visit: Visit) -> Response:
        """One record: what was signed, by whom, where it stands."""
        text = visit.request.path_params["index"]
        if not text.isascii() or not text.isdigit() or len(text) > len(str(2**53)):
            raise Refusal([Problem(sentence=NOT_FOUND, values={"what": f"record/{text[:20]}"})])
        services = self._services
        with services.units.unit_of_work() as uow:
            record = read_record(uow, visit.viewer, int(text))
            checks: list[Check] = []
            if services.trust is not None:
                verified = verify_records(uow, visit.viewer, services.files, [int(text)], trust=services.trust)
                checks = list(checks_of_record(verified, int(text), visit.words))
        names = self._names(services.directory.current())
        return self._page(
            visit, "record.html", record=record, checks=checks, names=names, event=_readable(record["jws"])
        )

    def sign_in_form(self, visit: Visit) -> Response:
        """The form of the token."""
        return self._page(visit, "sign-in.html")

    def sign_in(self, visit: Visit) -> Response:
        """Take a token and give a session."""
        response = RedirectResponse("/", 303)
        session.begin(response, visit.form.get("token", ""), self._services, lifetime=LIFETIME_SECONDS)
        return response

    def sign_out(self, visit: Visit) -> Response:
        """End the session."""
        del visit
        response = RedirectResponse("/", 303)
        session.end(response, secure=self._services.is_secure)
        return response

    def _member(self, principal: Principal) -> Member | None:
        """Find for whom somebody acts."""
        return None if principal.member_id is None else self._services.directory.snapshot().members[principal.member_id]

    def _names(self, directory: Directory) -> dict[str, str]:
        """The members' names by URI."""
        return {member.uri: member.name for member in directory.members.values()}

    def _refused(self, visit: Visit, refused: Refusal) -> Response:
        status = 404 if refused.problems[0].code == NOT_FOUND.code else 400
        if isinstance(refused, Unauthenticated):
            status = 401
        elif isinstance(refused, Forbidden):
            status = 403
        messages = [problem.message(visit.words.language) for problem in refused.problems]
        response = self._page(visit, "error.html", status=status, messages=messages)
        if status == 401:  # noqa: PLR2004 - Unauthorized: a session that is over must not stand in the way for ever
            session.end(response, secure=self._services.is_secure)
        return response

    def _page(self, visit: Visit, template: str, *, status: int = 200, **values: Any) -> Response:
        html = self._templates.get_template(template).render(
            words=visit.words,
            member=visit.member,
            instance=self._services.name,
            can_sign_in=self._services.session_secret is not None,
            here=_address(visit.request),
            query=visit.request.query_params.get("q", "")[:LONGEST_QUERY],
            **values,
        )
        return Response(html, status_code=status, media_type=HTML)


def _question(request: Request) -> TraceQuestion:
    wanted = request.query_params.get("object", "")[:LONGEST_QUERY]
    ways = _ways(request.query_params.get("direction", Ways.BOTH))
    return TraceQuestion(object=wanted, ways=ways, max_nodes=MOST_OBJECTS)


def _ways(text: str) -> Ways:
    return Ways(text) if text in set(Ways) else Ways.BOTH


def _address(request: Request) -> str:
    """This page's address without its language, for the link that changes it."""
    parameters = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    url = (
        request.url.replace(query="").include_query_params(**dict(parameters))
        if parameters
        else request.url.replace(query="")
    )
    return url.path + (f"?{url.query}&" if url.query else "?")


def _readable(jws: str | None) -> str | None:
    """The event as far as its reader is shown it, indented for people; the signed bytes stand below it on the page."""
    if jws is None:
        return None
    compact, *disclosures = jws.encode().rstrip(b"~").split(b"~")
    opened = unseal(strict_loads(base64url.decode(compact.split(b".")[1])), disclosures)
    return json.dumps(opened.value, ensure_ascii=False, indent=2)


def _digital_link(request: Request) -> Response:
    return RedirectResponse(lot_address(f"https://id.gs1.org{request.url.path}"), 303)
