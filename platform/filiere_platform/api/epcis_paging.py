"""Pages of the EPCIS binding: where one begins, and how the next one is named.

The next page is named in `Link`, and in the body for clients that read no headers.

Source: EPCIS 2.0, 12.6 (pagination); RFC 8288 (Link).
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final
from urllib.parse import urlencode

from fastapi import Request

from filiere_platform.api.services import Services
from filiere_platform.domain import sentences
from filiere_platform.domain.epcis_parameters import DEFAULT_PAGE, LARGEST_PAGE
from filiere_platform.domain.page_token import LIFE, Parameters, Turn, make_page_token, read_page_token
from filiere_schemas.problems import Problem, Refusal

NEXT_PAGE: Final = "nextPageToken"
PER_PAGE: Final = "perPage"


def turn_of(request: Request, services: Services) -> Turn:
    """Give where the asked page begins, and the question that it is of: its token's, where nothing else was sent.

    Raises:
        Refusal: code `page-token-refused`; code `query-parameter` where two are given.
    """
    parameters = request.query_params.multi_items()
    tokens = request.query_params.getlist(NEXT_PAGE)
    if not tokens:
        return Turn(None, parameters)
    if len(tokens) > 1:
        raise _parameter(NEXT_PAGE, "|".join(tokens), f"{NEXT_PAGE}=…")
    return read_page_token(
        tokens[0],
        path=request.url.path,
        parameters=parameters,
        key=services.page_key,
        now=services.capture.clock(),
    )


def page_size(request: Request, *, most: int = LARGEST_PAGE) -> int:
    """Give how many of a collection's members are asked for.

    Raises:
        Refusal: code `query-parameter`; the size is no number or too large, or something else is asked for.
    """
    size = DEFAULT_PAGE
    for name, value in request.query_params.multi_items():
        if name not in {PER_PAGE, NEXT_PAGE}:
            raise _parameter(name, value, f"{PER_PAGE}, {NEXT_PAGE}")
        if name == PER_PAGE:
            if not value.isdecimal() or not 1 <= int(value) <= most:
                raise _parameter(name, value, f"1..{most}")
            size = int(value)
    return size


def next_page(request: Request, services: Services, parameters: Parameters, cursor: str) -> tuple[str, dict[str, str]]:
    """Give the token of the page of a question that begins at a cursor, and the headers that name it."""
    now = services.capture.clock()
    path = request.url.path
    token = make_page_token(cursor, path=path, parameters=parameters, key=services.page_key, now=now)
    asked = urlencode([*(pair for pair in parameters if pair[0] != NEXT_PAGE), (NEXT_PAGE, token)])
    raw_path = (request.scope.get("raw_path") or path.encode()).partition(b"?")[0].decode("ascii")
    expires = datetime.fromtimestamp((now + LIFE) / 1_000_000, UTC)
    return token, {
        "Link": f'<{services.base_url}{raw_path}?{asked}>; rel="next"',
        "GS1-Next-Page-Token-Expires": expires.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _parameter(name: str, found: str, expected: str) -> Refusal:
    values = {"name": name, "found": found[:200], "expected": expected}
    return Refusal([Problem(sentence=sentences.QUERY_PARAMETER, values=values)])
