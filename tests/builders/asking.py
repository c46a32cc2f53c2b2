"""Somebody who asks an application inside this process, as a server would hand it the request.

Unlike the test client it leaves paths as they were written, and each asker comes from an address of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from filiere_platform.domain.person_session import form_mark

_LOOP = asyncio.new_event_loop()


@dataclass
class Asker:
    """An actor with what he holds: a token, which the API takes, and a session, which the pages take."""

    name: str
    app: Any
    token: str = ""
    cookie: str = ""  # name=value
    _client: httpx.AsyncClient = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Open the connection."""
        transport = httpx.ASGITransport(app=self.app, raise_app_exceptions=False, client=(self.name, 50_000))
        self._client = httpx.AsyncClient(transport=transport, base_url="http://testserver", follow_redirects=False)

    def ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        form: Mapping[str, str] | None = None,
        json: Any = None,
        content: bytes | None = None,
        kind: str = "",
        marked: bool = True,
    ) -> httpx.Response:
        """Send one request with everything that the asker holds.

        Args:
            method: of the request.
            path: of the request.
            query: its parameters.
            form: fields of a form of the pages.
            json: a body.
            content: another body.
            kind: the other body's media type.
            marked: whether the form carries the mark of the asker's session.
        """
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"Cookie": self.cookie} if self.cookie else {}
        headers |= {"Content-Type": kind} if kind else {}
        if form is not None and marked and self.cookie:
            form = {**form, "mark": form_mark(self.cookie.partition("=")[2])}
        self._client.cookies.clear()
        request = self._client.request(
            method, path, params=query, data=form, json=json, content=content, headers=headers
        )
        return _LOOP.run_until_complete(request)

    def close(self) -> None:
        """Close the connection."""
        _LOOP.run_until_complete(self._client.aclose())
