"""Take a file from a form: one part that is a file, a few that are fields, and not a byte more than allowed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool

from filiere_platform.web.session import MOST_FIELDS, body_of
from filiere_platform.web.visit import LARGEST_FORM

LONGEST_FIELD = 2_000  # bytes
# Source: RFC 2046, 5.1.1: a boundary has 1 to 70 of these characters.
_KIND = re.compile(r"multipart/form-data; *boundary=\"?([0-9A-Za-z'()+_,./:=?-]{1,70})\"?", re.IGNORECASE)
_NAME = re.compile(rb'[; ]name="([a-z-]{1,40})"')


def uploading(show: Callable[[Request], Response], *, most: int) -> Callable[[Request], Awaitable[Response]]:
    """Give a route that reads a form with a file from this very site, then shows a page; as `session.posting`."""

    async def route(request: Request) -> Response:
        found = _KIND.fullmatch(request.headers.get("content-type", ""))
        body = await body_of(request, most=most if found else LARGEST_FORM)
        if isinstance(body, Response):
            return body
        # What is no such form has no fields, as for `posting`: who asks is then told first what he lacks.
        read = await run_in_threadpool(_read, found[1].encode(), body) if found else ({}, b"")
        if read is None:
            return Response(status_code=400)
        request.state.form, request.state.file = read
        return await run_in_threadpool(show, request)

    return route


def file_of(request: Request) -> bytes:
    """The file that was sent; empty where none was."""
    content: bytes = getattr(request.state, "file", b"")
    return content


def _read(boundary: bytes, body: bytes) -> tuple[dict[str, str], bytes] | None:
    """Split a form into its fields and its file; None where it is no such form. Source: RFC 7578."""
    parts = (b"\r\n" + body).split(b"\r\n--" + boundary, MOST_FIELDS + 1)
    fields: dict[str, str] = {}
    content = b""
    for part in parts[1:-1]:
        head, _, value = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        named = _NAME.search(head[:LONGEST_FIELD])
        if named is None:
            return None
        if b"filename" in head:
            content = value
        elif len(value) <= LONGEST_FIELD:
            fields[named[1].decode("ascii")] = value.decode("utf-8", "replace")
    return (fields, content) if parts[-1].rstrip() == b"--" else None
