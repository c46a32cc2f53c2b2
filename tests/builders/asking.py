"""Somebody who asks an application inside this process, as a server would hand it the request.

Unlike the test client it leaves paths as they were written, gives each asker an address of its own, and keeps no
cookie: an asker presents what it was given. Some thousand questions take seconds.
"""

from __future__ import annotations

import json as json_text
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

import anyio
import httpx
from fastapi.testclient import TestClient

from filiere_platform.domain.person_session import form_mark

logger = logging.getLogger("uvicorn.error")
FORM = "application/x-www-form-urlencoded"


@dataclass(kw_only=True)
class Asker:
    """An actor with what he holds: a token, which the API takes, and a session, which the pages take."""

    name: str
    client: TestClient  # whose application is asked, in the event loop that it runs in
    token: str = ""
    cookie: str = ""  # name=value

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes = b"",
        kind: str = "",
        headers: Mapping[str, str] | None = None,
        marked: bool = True,
        in_parts: bool = False,
    ) -> httpx.Response:
        """Send one request with everything that the asker holds.

        Args:
            method: of the request.
            path: of the request, percent-encoded.
            query: its parameters.
            form: fields of a form of the pages.
            json: a body.
            content: another body.
            kind: the other body's media type.
            headers: what else to say.
            marked: whether the form carries the mark of the asker's session.
            in_parts: whether the form is sent as one with a file is.
        """
        if form is not None:
            mark = {"mark": form_mark(self.cookie.partition("=")[2])} if marked and self.cookie else {}
            content, kind = _in_parts({**form, **mark}) if in_parts else (urlencode({**form, **mark}).encode(), FORM)
        elif json is not None:
            content, kind = json_text.dumps(json).encode(), "application/json"
        said = {"host": "testserver", "content-length": str(len(content)), **(headers or {})}
        said |= {"authorization": f"Bearer {self.token}"} if self.token else {}
        said |= {"cookie": self.cookie} if self.cookie else {}
        said |= {"content-type": kind} if kind else {}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": unquote(path),
            "raw_path": path.encode(),
            "query_string": urlencode(query or {}).encode(),
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in said.items()],
            "client": (self.name, 50_000),
            "server": ("testserver", 80),
        }
        assert self.client.portal is not None, "the instance is not open"
        return self.client.portal.call(_send, self.client.app, scope, content)


def _in_parts(form: Mapping[str, str]) -> tuple[bytes, str]:
    """Write a form. Source: RFC 7578."""
    parts = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in form.items()]
    return "".join([*parts, "--x--\r\n"]).encode(), "multipart/form-data; boundary=x"


async def _send(app: Any, scope: dict[str, Any], content: bytes) -> httpx.Response:
    """Run the application for one request. Source: ASGI 3.0, HTTP & WebSocket message format."""
    parts: list[bytes] = []
    began: dict[str, Any] = {}

    given: list[bytes] = [content]

    async def receive() -> dict[str, Any]:
        if not given:
            await anyio.sleep_forever()  # nobody hangs up
        return {"type": "http.request", "body": given.pop(), "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            began.update(message)
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    try:
        await app(scope, receive, send)
    except Exception:
        logger.exception("Exception in ASGI application")  # as the server would, which then answers with 500
        if not began:
            raise
    return httpx.Response(began["status"], headers=began["headers"], content=b"".join(parts))
