"""Asks an identity provider, behind the guard: the operator named its host, and no other that is not public."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from filiere_platform.outbound.exchange import Unreachable, exchange
from filiere_platform.outbound.guard import AddressRefused, Guard
from filiere_platform.usecases.identity_provider import LARGEST_DOCUMENT, Fetch, Reply

SECONDS: Final = 10.0  # for one answer: somebody waits in front of a browser
FORM: Final = "application/x-www-form-urlencoded"


def provider_fetch(issuer: str) -> Fetch:
    """Build what asks the provider of an issuer."""
    guard = Guard(allowed_hosts=frozenset({urlsplit(issuer).hostname or ""}))

    def fetch(url: str, *, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        plain = {name: value for name, value in headers.items() if name.lower() != "content-type"}
        try:
            answer = exchange(
                guard,
                url,
                body=body,
                content_type=FORM,
                headers=plain,
                seconds=SECONDS,
                most_bytes=LARGEST_DOCUMENT,
            )
        except (AddressRefused, Unreachable) as error:
            raise OSError(str(error)) from error
        return Reply(status=answer.status, body=answer.body)

    return fetch
