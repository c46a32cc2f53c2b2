"""What every page stands on: who visits, in which language, the frame around what is said, refusals as pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import jinja2
from fastapi import Request, Response

from filiere_platform.domain import case_sentences, finding_state_sentences
from filiere_platform.domain.admission_sentences import NO_SUCH_APPLICATION, TOO_MANY_APPLICATIONS
from filiere_platform.domain.attempts import TooMany
from filiere_platform.domain.audience import SharingMode, Viewer
from filiere_platform.domain.audit import ActSigner
from filiere_platform.domain.bundle_sentences import NOT_YET_PUBLISHED
from filiere_platform.domain.callers import Callers
from filiere_platform.domain.credential import Forbidden, Unauthenticated
from filiere_platform.domain.look import Question
from filiere_platform.domain.looking import looking
from filiere_platform.domain.member import Member
from filiere_platform.domain.member_changes import AlreadyExists
from filiere_platform.domain.ownership_sentences import NO_DISPUTE
from filiere_platform.domain.principal import NOBODY, Principal
from filiere_platform.domain.queue_sentences import BUS_UNAVAILABLE, ERASED_SINCE, NOT_SENT_AGAIN
from filiere_platform.domain.recall_sentences import SECOND_PERSON, VERSION_MOVED, WRONG_STATE
from filiere_platform.domain.sentences import NOT_FOUND
from filiere_platform.domain.stream_sentences import NO_BROKER
from filiere_platform.usecases.broker_users import BrokerKeeping
from filiere_platform.usecases.dead_letters import DeadLetters
from filiere_platform.usecases.directory import DirectoryCache
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.passkeys import Passkeys
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.provider_sign_in import ProviderDoor
from filiere_platform.usecases.report import Reporting
from filiere_platform.usecases.sign_in import Door
from filiere_platform.usecases.webhooks import WebhookKeeping
from filiere_platform.web import session
from filiere_platform.web.names import lot_address, product_name, short_name, whole_name
from filiere_platform.web.navigation import open_to
from filiere_platform.web.proof_view import signer
from filiere_platform.web.words import Words
from filiere_schemas.problems import Refusal
from filiere_schemas.provenance.trust import Trust
from filiere_schemas.sectors.balance import BalanceRules

HTML = "text/html; charset=utf-8"
LONGEST_QUERY = 2_000  # characters, as of the API
SIGNING_IN = ("/sign-in", "/join", "/invitation")
LARGEST_FORM = 4_096  # bytes
# Nothing is loaded from anywhere but here, nothing is run, nobody frames the page. Source: CSP level 3.
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
# Of the few pages that a script of ours adds something to, which also work without it.
SCRIPT_POLICY = f"{POLICY}; script-src 'self'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "private, no-store",
}
_STATUS_BY_CODE = {
    NOT_FOUND.code: 404,
    NO_SUCH_APPLICATION.code: 404,
    NO_DISPUTE.code: 404,
    TOO_MANY_APPLICATIONS.code: 429,
    NOT_YET_PUBLISHED.code: 503,
    BUS_UNAVAILABLE.code: 503,
    NO_BROKER.code: 409,
    NOT_SENT_AGAIN.code: 409,
    ERASED_SINCE.code: 409,
    SECOND_PERSON.code: 409,
    VERSION_MOVED.code: 409,
    WRONG_STATE.code: 409,
    **{each.code: 409 for each in case_sentences.CONFLICTS},
    finding_state_sentences.MOVED.code: 409,
    finding_state_sentences.WRONG_STATE.code: 409,
    finding_state_sentences.NOT_HOLDING.code: 409,
    finding_state_sentences.IS_DISPUTE.code: 409,
}
_FOLDER = Path(__file__).resolve().parent


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
    door: Door | None  # None: the same
    passkeys: Passkeys | None  # None: the same
    provider: ProviderDoor | None  # None: no identity provider is set
    callers: Callers
    act_signer: Callable[[], ActSigner | None]
    trust: Trust | None
    handle_key: bytes | None  # what makes handles of sealed nodes; None: there are none here
    default_sharing: SharingMode
    names_members: bool
    balance_rules: BalanceRules
    reporting: Callable[[], Reporting]  # the sector's reports
    is_secure: bool  # whether the instance's address is https
    base_url: str
    webhooks: WebhookKeeping
    dead_letters: DeadLetters
    stream_name: Callable[[int], str] | None  # of a member, on the broker; None: there is none
    broker_keeping: BrokerKeeping = BrokerKeeping.NONE


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request for a page: who looks, in which language."""

    request: Request
    words: Words
    principal: Principal
    member: Member | None  # for whom the principal acts
    form: Mapping[str, str]
    at: int  # microseconds since 1970

    @property
    def address(self) -> str:
        """From where, as far as the connection tells."""
        client = self.request.client
        return "" if client is None else client.host

    @property
    def viewer(self) -> Viewer:
        """Who looks, for the gate."""
        request = self.request
        asked = [*request.path_params.items(), *request.query_params.multi_items()]
        question = Question.of(f"{request.method} {request.scope['route'].path}", asked)
        return looking(self.principal, question, now=self.at)


def templates() -> jinja2.Environment:
    """Open the templates, with what every page names things by."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        short=short_name, product=product_name, whole=whole_name, lot_address=lot_address, signer=signer
    )
    return made


class Frame:
    """Renders pages."""

    def __init__(self, services: PageServices) -> None:
        self.services = services
        self._templates = templates()

    def shown(self, page: Callable[[Visit], Response], *, to_whoever: bool = False) -> Callable[[Request], Response]:
        """Give a route that answers a refusal with a page, in the reader's language.

        A page that is shown `to_whoever` comes does not ask whether the session that he presents still holds.
        """

        def show(request: Request) -> Response:
            words = Words(session.language_of(request))
            form = session.form_of(request)
            visit = Visit(
                request=request, words=words, principal=NOBODY, member=None, form=form, at=self.services.clock()
            )
            is_known = False
            try:
                principal = NOBODY if to_whoever else session.principal_of(request, self.services)
                is_known = True
                visit = replace(visit, principal=principal, member=self._member(principal))
                session.admit(request, principal)
                session.require_mark(request, form)
                response = page(visit)
            except Refusal as refused:
                is_shut_out = not is_known and isinstance(refused, Forbidden)
                response = self._refused(visit, refused, is_shut_out=is_shut_out)
                if not is_known and isinstance(refused, Unauthenticated):
                    # A session that is over must not stand in the way for ever.
                    session.end(response, secure=self.services.is_secure)
                    self.services.callers.forget(session.presented(request))
            for name, value in HEADERS.items():
                response.headers.setdefault(name, value)
            if "lang" in request.query_params:
                session.remember_language(response, words.language, secure=self.services.is_secure)
            return response

        return show

    def _member(self, principal: Principal) -> Member | None:
        """Find for whom somebody acts."""
        return None if principal.member_id is None else self.services.directory.snapshot().members[principal.member_id]

    def _refused(self, visit: Visit, refused: Refusal, *, is_shut_out: bool) -> Response:
        status = _STATUS_BY_CODE.get(refused.problems[0].code, 400)
        if isinstance(refused, Unauthenticated):
            status = 401
        elif isinstance(refused, Forbidden):
            status = 403
        elif isinstance(refused, TooMany):
            status = 429
        elif isinstance(refused, AlreadyExists):
            status = 409
        messages = [problem.message(visit.words.language) for problem in refused.problems]
        response = self.page(visit, "error.html", status=status, is_shut_out=is_shut_out, messages=messages)
        if isinstance(refused, TooMany):
            response.headers["Retry-After"] = str(refused.problems[0].values["seconds"])
        return response

    def page(
        self,
        visit: Visit,
        template: str,
        *,
        status: int = 200,
        runs_script: bool = False,
        is_shut_out: bool = False,
        **values: Any,
    ) -> Response:
        """Answer with a page; `runs_script` is whether it loads the one script of ours.

        Who `is_shut_out` is signed in and may do nothing, as his member is suspended; he can sign out.
        """
        html = self._templates.get_template(template).render(
            words=visit.words,
            member=visit.member,
            who=visit.principal,
            navigation=list(open_to(visit.principal)),
            path=visit.request.url.path,
            mark=session.mark_of(visit.request),
            is_shut_out=is_shut_out,
            instance=self.services.name,
            provider=None if self.services.provider is None else self.services.provider.name,
            can_sign_in=self.services.session_secret is not None,
            here=_address(visit.request),
            following=_following(visit.request),
            query=visit.request.query_params.get("q", "")[:LONGEST_QUERY],
            **values,
        )
        headers = {"Content-Security-Policy": SCRIPT_POLICY} if runs_script else None
        return Response(html, status_code=status, media_type=HTML, headers=headers)


def _following(request: Request) -> str:
    """Where to go on after signing in: this page, unless it is one of signing in itself or answers a form."""
    address = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    is_worth_it = request.method == "GET" and not address.startswith(SIGNING_IN) and len(address) <= LONGEST_QUERY
    return address if is_worth_it else "/"


def _address(request: Request) -> str:
    """This page's address without its language, for the link that changes it."""
    parameters = [(name, value) for name, value in request.query_params.multi_items() if name != "lang"]
    url = (
        request.url.replace(query="").include_query_params(**dict(parameters))
        if parameters
        else request.url.replace(query="")
    )
    return url.path + (f"?{url.query}&" if url.query else "?")
