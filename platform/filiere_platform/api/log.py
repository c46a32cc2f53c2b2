"""`/log/`: the transparency log as static resources, for anybody, with the entries of keys beside it.

Source: C2SP tlog-tiles (paths, media types, caching); `/log/keys/` is our own.
"""

from __future__ import annotations

import gzip
from typing import Any, Literal, TypeVar

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from filiere_platform.api.openapi import gives, ref, refuses
from filiere_platform.domain import sentences
from filiere_platform.usecases.log_ports import LogFiles
from filiere_platform.usecases.log_reading import KeyEntry, list_key_entries, read_entries_bundle, read_tile
from filiere_platform.usecases.log_state import read_published_size
from filiere_platform.usecases.ports import UnitsOfWork
from filiere_platform.usecases.publish import CHECKPOINT_NAME
from filiere_schemas.problems import Problem, Refusal

TILE_TYPE = "application/octet-stream"
TEXT = "text/plain"
CHECKPOINT_TYPE = f"{TEXT}; charset=utf-8"
JSON = "application/json"
TILE_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: gives("Its bytes (c2sp.org/tlog-tiles)", {TILE_TYPE: {"type": "string", "format": "binary"}}),
    404: refuses("The log does not reach so far, or has no such file"),
}
# tlog-tiles: checkpoints may be cached for a few seconds, tiles and bundles for ever.
BRIEFLY = {"Cache-Control": "public, max-age=1"}
FOR_EVER = {"Cache-Control": "public, max-age=31536000, immutable"}
COMPRESSION_LEVEL = 6

Thing = TypeVar("Thing")


class KeyEntryAnswer(BaseModel):
    """A change of a key, as the log has it."""

    index: int
    published: bool = Field(description="Whether the signed head covers it")
    sha256: str = Field(description="Of the statement")
    op: Literal["register", "rotate", "revoke"]
    kid: str = Field(description="RFC 7638 thumbprint")
    iss: str = Field(description="URI of the member")
    previous: str | None = Field(None, description="Of a rotation, the key that was replaced; else absent")
    statement: str = Field(description="Compact JWS (typ filiere-key+jws)")


class KeyEntriesAnswer(BaseModel):
    """Changes of keys, in log order."""

    keys: list[KeyEntryAnswer]


MODELS = (KeyEntriesAnswer,)


def router(units: UnitsOfWork, files: LogFiles) -> APIRouter:
    """Build the routes of the log; nobody has to say who they are."""
    routes = APIRouter(prefix="/log", tags=["log"])

    @routes.get(
        "/checkpoint",
        summary="Read the signed head of the log",
        response_class=Response,
        responses={
            200: gives("The checkpoint (c2sp.org/tlog-checkpoint)", {TEXT: {"type": "string"}}),
            404: refuses("Nothing is published yet"),
        },
    )
    def read_checkpoint() -> Response:
        note = files.read(CHECKPOINT_NAME)
        return Response(_found(note, "/log/checkpoint"), media_type=CHECKPOINT_TYPE, headers=BRIEFLY)

    @routes.get(
        "/tile/entries/{place:path}",
        summary="Read a bundle of entries",
        response_class=Response,
        responses=TILE_ANSWERS,
    )
    def read_bundle(place: str, request: Request) -> Response:
        path = f"tile/entries/{place}"
        content = _found(read_entries_bundle(files, path), f"/log/{path}")
        headers = {**FOR_EVER, "Vary": "Accept-Encoding"}
        # tlog-tiles: bundles SHOULD be compressed; hexadecimal digests shrink by half.
        if "gzip" in request.headers.get("accept-encoding", ""):
            content = gzip.compress(content, COMPRESSION_LEVEL, mtime=0)
            headers["Content-Encoding"] = "gzip"
        return Response(content, media_type=TILE_TYPE, headers=headers)

    @routes.get("/tile/{place:path}", summary="Read a tile of hashes", response_class=Response, responses=TILE_ANSWERS)
    def read_hashes(place: str) -> Response:
        path = f"tile/{place}"
        return Response(_found(read_tile(files, path), f"/log/{path}"), media_type=TILE_TYPE, headers=FOR_EVER)

    _add_keys(routes, units, files)
    return routes


def _add_keys(routes: APIRouter, units: UnitsOfWork, files: LogFiles) -> None:
    @routes.get(
        "/keys/",
        summary="List every change of every key, in log order",
        responses={200: gives("All of them", {JSON: ref(KeyEntriesAnswer)})},
    )
    def list_keys() -> JSONResponse:
        with units.unit_of_work() as unit:
            entries = list_key_entries(unit)
        return JSONResponse({"keys": _as_json(entries, read_published_size(files))}, headers=BRIEFLY)

    @routes.get(
        "/keys/{kid}",
        summary="Read the entries of one key",
        responses={
            200: gives("In log order", {JSON: ref(KeyEntriesAnswer)}),
            404: refuses("The log has no entry of this key"),
        },
    )
    def read_key(kid: str) -> JSONResponse:
        with units.unit_of_work() as unit:
            entries = list_key_entries(unit, kid=kid)
        found = _as_json(entries, read_published_size(files)) or None
        return JSONResponse({"keys": _found(found, f"/log/keys/{kid}")}, headers=BRIEFLY)


def _as_json(entries: list[KeyEntry], published: int) -> list[dict[str, Any]]:
    return [
        {
            "index": entry.index,
            "published": entry.index < published,
            "sha256": entry.sha256.hex(),
            "op": entry.operation,
            "kid": entry.kid,
            "iss": entry.issuer,
            **({} if entry.previous is None else {"previous": entry.previous}),
            "statement": entry.statement.decode("ascii"),
        }
        for entry in entries
    ]


def _found(thing: Thing | None, what: str) -> Thing:
    if thing is None:
        raise Refusal([Problem(sentence=sentences.NOT_FOUND, values={"what": what})])
    return thing
