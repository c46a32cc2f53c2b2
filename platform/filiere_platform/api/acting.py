"""Who acts over HTTP, as the log names him, with what his act is signed and when."""

from __future__ import annotations

from typing import TypedDict

from fastapi import Request

from filiere_platform.api.access import principal_of
from filiere_platform.api.services import Services
from filiere_platform.domain.audit import ActSigner, Author, author_of


class Acting(TypedDict):
    """What every use case that records an act asks for."""

    author: Author
    signer: ActSigner
    now: int


def acting(request: Request, services: Services) -> Acting:
    """Give who acts, and whether the route that was asked for is open to him.

    Raises:
        Unauthenticated, Forbidden: as `principal_of`.
    """
    principal = principal_of(request, services)
    author = author_of(principal, services.directory.snapshot())
    return Acting(author=author, signer=services.act_signer, now=services.capture.clock())
