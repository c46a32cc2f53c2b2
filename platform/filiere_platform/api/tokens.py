"""`/api/v1/tokens`: a member's tokens, listed, given and taken back with one of them that may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool
from pydantic import AwareDatetime, BaseModel, Field

from filiere_platform.api.access import principal_of
from filiere_platform.api.json_request import JSON, read_json
from filiere_platform.api.openapi import gives, ref, refuses, requires_token, takes
from filiere_platform.api.services import Services
from filiere_platform.domain.audit import Author, author_of
from filiere_platform.domain.instant import microseconds
from filiere_platform.domain.member import ApiToken, Member, Scope
from filiere_platform.domain.token_request import LONGEST_NAME, TokenRequest
from filiere_platform.usecases.tokens import give_token, take_token_back, token_as_json

LARGEST_BODY = 2_000  # bytes


class NewToken(BaseModel):
    """A token that is asked for."""

    name: str = Field(max_length=LONGEST_NAME, description="What holds it, in your words")
    scopes: list[Scope] = Field(max_length=len(Scope), description="None that the asking token lacks")
    expires: AwareDatetime | None = Field(None, description="Not after the asking token's own end")


class TokenAnswer(BaseModel):
    """A token, without its secret."""

    prefix: str = Field(description="Names the token; it is the second part of its text")
    name: str
    scopes: list[Scope]
    state: Literal["active", "expired", "revoked"]
    created: str | None
    expires: str | None
    lastUsed: str | None = Field(description="Some minutes old at most; null: never")  # noqa: N815 - JSON


class GivenTokenAnswer(TokenAnswer):
    """A new token, with its text."""

    token: str = Field(description="The token itself, shown this once")


class TokensAnswer(BaseModel):
    """A member's tokens."""

    tokens: list[TokenAnswer]


MODELS = (NewToken, TokenAnswer, GivenTokenAnswer, TokensAnswer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Who asks: a member, and the token that speaks for it."""

    member: Member
    token: ApiToken
    author: Author


def router(services: Services) -> APIRouter:
    """Build the routes of tokens."""
    routes = APIRouter(prefix="/api/v1/tokens", tags=["tokens"])

    @routes.get(
        "",
        summary="List one's own tokens",
        responses={200: gives("All of them, revoked ones too", {JSON: ref(TokensAnswer)})},
        openapi_extra=requires_token(),
    )
    def list_tokens(request: Request) -> Response:
        asker, now = _asker(request, services), services.capture.clock()
        with services.units.unit_of_work() as uow:
            tokens = uow.tokens.of_member(asker.member.id)
        return _answer({"tokens": [token_as_json(token, now=now) for token in tokens]}, 200)

    @routes.post(
        "",
        summary="Give a new token; its text is shown this once",
        status_code=201,
        responses={
            201: gives("It may be used from now on", {JSON: ref(GivenTokenAnswer)}),
            403: refuses("The asking token may not give tokens"),
        },
        openapi_extra=takes({JSON: ref(NewToken)}),
    )
    async def give(request: Request) -> Response:
        asker = await run_in_threadpool(_asker, request, services)
        asked = await read_json(request, NewToken, most=LARGEST_BODY)
        return await run_in_threadpool(_give, services, asker, asked)

    @routes.delete(
        "/{prefix}",
        summary="Take a token back, for good",
        status_code=204,
        responses={
            204: {"description": "It is not accepted any more; again, it stays so"},
            404: refuses("One has no token of this prefix"),
        },
        openapi_extra=requires_token(),
    )
    def revoke(prefix: str, request: Request) -> Response:
        asker = _asker(request, services)
        with services.units.unit_of_work() as uow:
            take_token_back(
                uow,
                prefix,
                member_id=asker.member.id,
                author=asker.author,
                signer=services.act_signer,
                now=services.capture.clock(),
            )
        return Response(status_code=204)

    return routes


def _asker(request: Request, services: Services) -> Asker:
    principal = principal_of(request, services)
    directory = services.directory.snapshot()
    member = directory.members[principal.member_id or 0]
    return Asker(member=member, token=directory.tokens[principal.actor_id], author=author_of(principal, directory))


def _give(services: Services, asker: Asker, asked: NewToken) -> Response:
    now = services.capture.clock()
    request = TokenRequest(name=asked.name, scopes=frozenset(asked.scopes), expires_at=_instant(asked.expires))
    with services.units.unit_of_work() as uow:
        given = give_token(
            uow, asker.member, request, by=asker.token, author=asker.author, signer=services.act_signer, now=now
        )
    return _answer({**token_as_json(given.token, now=now), "token": given.text}, 201)


def _instant(value: datetime | None) -> int | None:
    return None if value is None else microseconds(value)


def _answer(value: object, status: int) -> Response:
    # A shared cache must not keep the one answer that shows a secret.
    return Response(orjson.dumps(value), status, media_type=JSON, headers={"Cache-Control": "no-store"})
