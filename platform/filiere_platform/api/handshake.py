"""A websocket begins as a request: who asks, for what and how often is decided as for every other."""

from __future__ import annotations

from fastapi import Request
from starlette.types import Scope


def as_request(scope: Scope) -> Request:
    """Give a request, or the one by which a websocket is opened: a GET. Source: RFC 6455, 4.1."""
    return Request(scope if scope["type"] == "http" else {**scope, "type": "http", "method": "GET"})
