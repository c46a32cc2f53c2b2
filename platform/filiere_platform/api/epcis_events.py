"""`GET /epcis/events` and `/epcis/events/{eventID}`: the events that the asker may see, paged by log index.

Source: EPCIS 2.0, 8.2.5 (SimpleEventQuery), 8.2.10 (pagination), 12 (REST binding). The parameters are those that
issue A names; issue G brings the others. A parameter that is not understood is refused, never ignored.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from msgspec import Raw
from msgspec.json import decode, encode

from filiere_platform.api.access import viewer_of
from filiere_platform.api.epcis_capture import VERSION_HEADERS
from filiere_platform.api.openapi import accepts_token, gives, refuses
from filiere_platform.api.services import Services
from filiere_platform.domain import sentences
from filiere_platform.domain.event_query import EventQuery
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.record import EVENT_TYPE_CODES, ActionCode, Role
from filiere_platform.usecases.reading import Page, find_events, read_events_by_id
from filiere_schemas.epcis.vocabulary import Vocabulary, bare_word
from filiere_schemas.identifiers import canonical_key
from filiere_schemas.problems import Problem, Refusal

LD_JSON = "application/ld+json"
DEFAULT_PAGE = 30  # EPCIS 2.0, 12.6.2
LARGEST_PAGE = 1_000
TOKEN_LIFE = timedelta(days=7)  # a token is a place in the log, so it lives as long as anybody may want
EVENT_TYPES = {event_type.value: code for event_type, code in EVENT_TYPE_CODES.items()}
OBJECTS = frozenset({Role.OBJECT, Role.CHILD})
ANY_OBJECT = frozenset({Role.OBJECT, Role.CHILD, Role.PARENT, Role.INPUT, Role.OUTPUT})


QUERY_DOCUMENT = {"type": "object", "description": "EPCISQueryDocument (EPCIS 2.0, 9.5)"}


@dataclass(slots=True)
class _Wanted:
    """The query being read; each parameter adds to it."""

    fields: dict[str, Any] = field(default_factory=dict)
    matches: list[tuple[frozenset[Role], tuple[str, ...]]] = field(default_factory=list)


_Reader = Callable[[_Wanted, str, str], None]


def router(services: Services) -> APIRouter:
    """Build the routes by which events are read."""
    routes = APIRouter(prefix="/epcis", tags=["EPCIS query"])

    @routes.get(
        "/events",
        summary="Find events",
        response_class=Response,
        responses={
            200: gives("One page, in log order", {LD_JSON: QUERY_DOCUMENT}, Link="The next page, where there is one")
        },
        openapi_extra=accepts_token() | {"parameters": _described_parameters()},
    )
    def find(request: Request) -> Response:
        viewer = viewer_of(request, services)
        query = read_query(request.query_params.multi_items())
        with services.units.unit_of_work() as uow:
            page = find_events(uow, viewer, query, now=services.capture.clock())
        return _page(services, request, page)

    @routes.get(
        "/events/{event_id:path}",
        summary="Read one event and its error declarations",
        response_class=Response,
        responses={
            200: gives("The event, and what declares it erroneous", {LD_JSON: QUERY_DOCUMENT}),
            404: refuses("There is no such event, or it is not visible to the asker"),
            410: refuses("It was erased: when, by which rule, by which entry of the log"),
        },
        openapi_extra=accepts_token(),
    )
    def read(event_id: str, request: Request) -> Response:
        viewer = viewer_of(request, services)
        with services.units.unit_of_work() as uow:
            document = read_events_by_id(uow, viewer, event_id, now=services.capture.clock())
        return Response(document, media_type=LD_JSON, headers=VERSION_HEADERS)

    return routes


def read_query(parameters: Sequence[tuple[str, str]]) -> EventQuery:
    """Turn query parameters into a query.

    Raises:
        Refusal: code `query-parameter`, naming each parameter that is unknown, malformed or given twice.
    """
    wanted = _Wanted()
    problems: list[Problem] = []
    given = [name for name, _ in parameters]
    for name, value in parameters:
        if given.count(name) > 1:  # EPCIS 2.0, 12.7.1: alternatives are one parameter, with "|" between them
            problems.append(_problem(name, value, f"{name}=…|…"))
            continue
        reader = READERS.get(name)
        if reader is None:
            problems.append(_problem(name, value, "/".join(sorted(READERS))))
            continue
        try:
            reader(wanted, name, value)
        except Refusal as refusal:
            problems.extend(refusal.problems)
        except (ValueError, KeyError):
            problems.append(_problem(name, value, EXPECTED.get(name, "a value of the standard")))
    if problems:
        raise Refusal(problems)
    wanted.fields.setdefault("limit", DEFAULT_PAGE)
    return EventQuery(matches=tuple(wanted.matches), **wanted.fields)


def _page(services: Services, request: Request, page: Page) -> Response:
    """Answer with a page; the next one is named in `Link` and, for clients that read no headers, in the body."""
    if page.next_after is None:
        return Response(page.document, media_type=LD_JSON, headers=VERSION_HEADERS)
    parameters = dict(request.query_params) | {"nextPageToken": str(page.next_after)}
    now = services.capture.clock()
    expires = datetime.fromtimestamp(now / 1_000_000).astimezone() + TOKEN_LIFE
    headers = {
        **VERSION_HEADERS,
        "Link": f'<{services.base_url}/epcis/events?{urlencode(parameters)}>; rel="next"',
        "GS1-Next-Page-Token-Expires": expires.isoformat(timespec="seconds"),
    }
    members = decode(page.document, type=dict[str, Raw])
    members["nextPageToken"] = Raw(encode(str(page.next_after)))
    return Response(encode(members), media_type=LD_JSON, headers=headers)


def _match(*roles: Role) -> _Reader:
    def read(wanted: _Wanted, _name: str, value: str) -> None:
        wanted.matches.append((frozenset(roles), tuple(canonical_key(uri) for uri in value.split("|"))))

    return read


def _words(target: str, vocabulary: Vocabulary) -> _Reader:
    def read(wanted: _Wanted, _name: str, value: str) -> None:
        wanted.fields[target] = tuple(bare_word(vocabulary, word) or word for word in value.split("|"))

    return read


def _texts(target: str) -> _Reader:
    def read(wanted: _Wanted, _name: str, value: str) -> None:
        wanted.fields[target] = tuple(value.split("|"))

    return read


def _codes(target: str, codes: Mapping[str, int]) -> _Reader:
    def read(wanted: _Wanted, _name: str, value: str) -> None:
        wanted.fields[target] = tuple(codes[word] for word in value.split("|"))

    return read


def _instant(target: str) -> _Reader:
    def read(wanted: _Wanted, _name: str, value: str) -> None:
        instant = datetime.fromisoformat(value.replace(" ", "+"))  # a "+" that was not percent-encoded
        if instant.tzinfo is None:
            raise ValueError(value)
        wanted.fields[target] = microseconds(instant)

    return read


def _number(target: str, *, least: int, most: int) -> _Reader:
    def read(wanted: _Wanted, _name: str, value: str) -> None:
        if not value.isdecimal() or not least <= int(value) <= most:
            raise ValueError(value)
        wanted.fields[target] = int(value)

    return read


READERS: dict[str, _Reader] = {
    "eventType": _codes("event_types", EVENT_TYPES),
    "EQ_action": _codes("actions", {code.name: code for code in ActionCode}),
    "EQ_bizStep": _words("biz_steps", Vocabulary.BIZ_STEP),
    "EQ_disposition": _words("dispositions", Vocabulary.DISPOSITION),
    "EQ_eventID": _texts("event_ids"),
    "EQ_readPoint": _match(Role.READ_POINT),
    "EQ_bizLocation": _match(Role.BIZ_LOCATION),
    "MATCH_epc": _match(*OBJECTS),
    "MATCH_parentID": _match(Role.PARENT),
    "MATCH_inputEPC": _match(Role.INPUT),
    "MATCH_outputEPC": _match(Role.OUTPUT),
    "MATCH_anyEPC": _match(*ANY_OBJECT),
    "MATCH_epcClass": _match(*OBJECTS),
    "MATCH_inputEPCClass": _match(Role.INPUT),
    "MATCH_outputEPCClass": _match(Role.OUTPUT),
    "MATCH_anyEPCClass": _match(*ANY_OBJECT),
    "GE_eventTime": _instant("event_from"),
    "LT_eventTime": _instant("event_before"),
    "GE_recordTime": _instant("record_from"),
    "LT_recordTime": _instant("record_before"),
    "perPage": _number("limit", least=1, most=LARGEST_PAGE),
    "nextPageToken": _number("after", least=0, most=2**62),
}
EXPECTED = {
    "eventType": " | ".join(EVENT_TYPES),
    "EQ_action": "ADD | OBSERVE | DELETE",
    "GE_eventTime": "2026-03-04T05:06:07Z",
    "LT_eventTime": "2026-03-04T05:06:07Z",
    "GE_recordTime": "2026-03-04T05:06:07Z",
    "LT_recordTime": "2026-03-04T05:06:07Z",
    "perPage": f"1..{LARGEST_PAGE}",
    "nextPageToken": "the token of the previous page",
}


def _described_parameters() -> list[dict[str, Any]]:
    return [
        {
            "name": name,
            "in": "query",
            "required": False,
            "schema": {"type": "string"},
            "description": EXPECTED.get(name, "Alternatives are separated by |"),
        }
        for name in READERS
    ]


def _problem(name: str, value: str, expected: str) -> Problem:
    return Problem(sentence=sentences.QUERY_PARAMETER, values={"name": name, "found": value, "expected": expected})
