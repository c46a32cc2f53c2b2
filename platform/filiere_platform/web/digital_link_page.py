"""GS1 Digital Links of this instance: a page for people, a linkset for machines, of what is public alone.

Who is signed in is led on to the whole trace of a lot, an item or a logistic unit, as far as he may see it.
Source: GS1-Conformant Resolver Standard 1.2 (link types, `linkType`, `Link`); RFC 9264 (linkset); RFC 8288.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.principal import Actor
from filiere_platform.usecases.digital_link import Resolved, resolve
from filiere_platform.web.names import lot_address, short_name
from filiere_platform.web.visit import Frame, Visit
from filiere_schemas.epcis.event_time import read_instant
from filiere_schemas.epcis.presentation import WordFormat, present_word
from filiere_schemas.epcis.vocabulary import Vocabulary
from filiere_schemas.identifiers import Kind, digital_link
from filiere_schemas.identifiers.gs1_key import KEYS, Gs1Key

DESCRIPTION: Final = "/.well-known/gs1resolver"
LINKSET: Final = "application/linkset+json"
_VOCABULARY: Final = "https://gs1.org/voc/"
_PREFIX: Final = "gs1:"
_ALL_LINKS: Final = frozenset({"all", "linkset"})
_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml", "text/*", "*/*"})
_LINKSET_TYPES: Final = frozenset({LINKSET, "application/json"})
_TRACED: Final = frozenset({Kind.LOT, Kind.ITEM, Kind.LOGISTIC_UNIT, Kind.CLASS})


def add(routes: APIRouter, frame: Frame) -> None:
    """Add a route for each primary key of the GS1 system, and one that says what is resolved here."""
    pages = _Links(frame)
    for ai in KEYS:
        routes.api_route(f"/{ai}/{{rest:path}}", methods=["GET", "HEAD"])(pages.resolve)
    routes.api_route(DESCRIPTION, methods=["GET", "HEAD"])(pages.describe)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    """A public event in the page's table."""

    at: int  # microseconds since 1970
    kind: str
    step: str | None
    event_id: str
    is_view: bool
    is_withdrawn: bool


class _Links:
    def __init__(self, frame: Frame) -> None:
        self._frame = frame
        self._page = frame.shown(self._show)

    def resolve(self, request: Request) -> Response:
        """Answer a person with a page, a machine with links.

        Raises:
            Refusal: to a machine: the key is not valid, or nothing of it is public.
        """
        return self._linkset(request) if _wants_links(request) else self._page(request)

    def describe(self) -> Response:
        """Say what this resolver resolves. Source: GS1-Conformant Resolver Standard 1.2, resolver description file."""
        body = {
            "name": self._frame.services.name,
            "resolverRoot": self._frame.services.base_url,
            "supportedPrimaryKeys": ["all"],
            "supportedLinkType": [{"namespace": _VOCABULARY, "prefix": _PREFIX}],
            "linkTypeDefaultCanBeLinkset": False,
        }
        headers = {"Access-Control-Allow-Origin": "*", "Cache-Control": "public, max-age=3600"}
        return Response(orjson.dumps(body), headers=headers, media_type="application/json")

    def _linkset(self, request: Request) -> Response:
        found = self._found(request)
        body = {"linkset": [{"anchor": found.key.uri, "itemDescription": _name(found), **self._links(found)}]}
        headers = {**self._headers(found), "Access-Control-Allow-Origin": "*"}
        return Response(orjson.dumps(body), headers=headers, media_type=LINKSET)

    def _show(self, visit: Visit) -> Response:
        key = _key(visit.request)
        is_traced = key.meaning[0] in _TRACED
        if is_traced and visit.principal.actor is not Actor.NOBODY:
            return RedirectResponse(lot_address(key.uri), 303)
        found = self._found(visit.request)
        wanted = visit.request.query_params.get("linkType", "")
        for link in self._links(found).get(_VOCABULARY + wanted.removeprefix(_PREFIX), ()):
            if link["href"] != self._address(key):
                return RedirectResponse(link["href"], 307)
        page = self._frame.page(
            visit,
            "digital-link.html",
            found=found,
            name=_name(found),
            scheme=key.meaning[1],
            is_traced=is_traced,
            rows=[_row(event) for event in found.events],
        )
        page.headers.update(self._headers(found))
        return page

    def _found(self, request: Request) -> Resolved:
        services = self._frame.services
        key, parties = _key(request), services.directory.current().parties
        with services.units.unit_of_work() as uow:
            return resolve(uow, key, parties, now=services.clock())

    def _links(self, found: Resolved) -> dict[str, list[dict[str, Any]]]:
        """Lay out what there is, by link type."""
        base, key, name = self._frame.services.base_url, found.key, _name(found)
        page = {"href": self._address(key), "title": name, "type": "text/html", "hreflang": ["fr", "en"]}
        links = {"defaultLink": [page], "pip": [page]}
        if key.meaning[0] in _TRACED:
            trace = {"href": base + lot_address(key.uri), "title": name, "type": "text/html", "hreflang": ["fr", "en"]}
            links["traceability"] = [trace]
        encoded = quote(key.uri, safe="")
        if found.parameter:
            events: dict[str, Any] = {"href": f"{base}/epcis/events?{found.parameter}={encoded}", "title": name}
            links["epcis"] = [events | {"type": "application/json"}]
        if found.entries:
            said: dict[str, Any] = {
                "href": f"{base}/api/v1/master-data?object={quote(found.entries[0].key, safe='')}",
                "title": name,
            }
            links["masterData"] = [said | {"type": "application/json"}]
        return {_VOCABULARY + name: listed for name, listed in links.items()}

    def _address(self, key: Gs1Key) -> str:
        return digital_link.build(key, stem=self._frame.services.base_url)

    def _headers(self, found: Resolved) -> dict[str, str]:
        """Say in a header where the links are. Source: RFC 9264, 7 (`linkset`); RFC 6596 (`canonical`)."""
        address = self._address(found.key)
        typed = [
            f'<{address}?linkType=linkset>; rel="linkset"; type="{LINKSET}"',
            f'<{found.key.uri}>; rel="canonical"',
        ]
        typed += [
            f'<{link["href"]}>; rel="{rel}"; type="{link["type"]}"'
            for rel, links in self._links(found).items()
            for link in links
        ]
        return {"Link": ", ".join(typed), "Vary": "Accept, Accept-Language, Cookie"}


def _key(request: Request) -> Gs1Key:
    """Read the key of an address, escapes and all.

    Raises:
        InvalidIdentifier: it is none; with the reason, such as a wrong check digit.
    """
    path = request.scope["raw_path"].decode("ascii", "replace").partition("?")[0]
    return digital_link.parse(f"https://{digital_link.CANONICAL_HOST}{path}")


def _row(event: Mapping[str, Any]) -> _Row:
    step = event.get("bizStep")
    return _Row(
        at=microseconds(read_instant(event["eventTime"])),
        kind=event["type"],
        step=None if step is None else present_word(Vocabulary.BIZ_STEP, step, WordFormat.NO_PREFERENCE),
        event_id=event.get("eventID", "—"),
        is_view="filiere:view" in event,
        is_withdrawn="filiere:withdrawn" in event or "errorDeclaration" in event,
    )


def _name(found: Resolved) -> str:
    """Name a thing as its owner does, else by its number."""
    said = dict(found.attributes)
    return said.get("name") or said.get("descriptionShort") or short_name(found.key.uri)


def _wants_links(request: Request) -> bool:
    """Whether a client asks for links rather than for a page; who does not say gets the page. RFC 9110, 12.5.1."""
    if request.query_params.get("linkType") in _ALL_LINKS:
        return True
    weights = {"page": 0.0, "links": 0.0}
    for part in request.headers.get("accept", "*/*").split(","):
        kind, _, parameters = part.strip().partition(";")
        name, _, value = parameters.partition(";")[0].strip().partition("=")
        weight = _weight(value) if name == "q" else 1.0
        if kind in _HTML_TYPES:
            weights["page"] = max(weights["page"], weight)
        if kind in _LINKSET_TYPES:
            weights["links"] = max(weights["links"], weight)
    return weights["links"] > weights["page"] or (weights["links"] == weights["page"] > 0 and _only_any(request))


def _only_any(request: Request) -> bool:
    """Whether a page is welcome only as anything is."""
    return "html" not in request.headers.get("accept", "")


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
