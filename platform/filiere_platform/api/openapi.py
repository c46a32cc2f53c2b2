"""What `/api/v1/openapi.json` says beyond the routes' own declarations: raw bodies, problem documents, credentials.

Capture reads raw bytes and answers bytes, so the framework cannot see what they hold. Each router says it with
`takes` and `gives`; what is true of every operation (any of them may answer with a problem document) is said here once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field

from filiere_platform.api.openapi_examples import BODIES, PARAMETERS
from filiere_platform.domain.permissions import OF_ANYBODY, Permission
from filiere_platform.domain.routes import ROUTES

REF = "#/components/schemas/{model}"
PROBLEM_TYPE = "application/problem+json"
BEARER = "bearer"
EXAMPLE_TYPES = frozenset({"application/json", "application/ld+json", "text/csv"})
Schema = Mapping[str, Any]


class Reason(BaseModel):
    """One thing wrong at one place of what was sent."""

    code: str = Field(description="Stable: programs switch on it (docs/errors.md lists them)")
    level: str = Field(description="error or warning")
    pointer: str = Field(description="JSON pointer (RFC 6901) into what was sent; empty: the whole")
    message: str = Field(description="In the language of Accept-Language, French or English")
    fr: str
    en: str


class ProblemDocument(BaseModel):
    """Why a request, or one record of it, was refused (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str = Field(description="Of the first reason")
    message: str
    errorCount: int = Field(description="How many reasons there are; the first hundred are listed")  # noqa: N815 - JSON
    errors: list[Reason]


def ref(model: type[BaseModel]) -> dict[str, Any]:
    """Refer to a model that `install` was given."""
    return {"$ref": REF.format(model=model.__name__)}


def gives(description: str, content: Mapping[str, Schema], **headers: str) -> dict[str, Any]:
    """Describe an answer: its media types with their schemas, and its headers."""
    answer: dict[str, Any] = {"description": description, "content": {t: {"schema": s} for t, s in content.items()}}
    if headers:
        answer["headers"] = {
            name.replace("_", "-"): {"description": text, "schema": {"type": "string"}}
            for name, text in headers.items()
        }
    return answer


def refuses(description: str, **headers: str) -> dict[str, Any]:
    """Describe an answer that is a problem document."""
    return gives(description, {PROBLEM_TYPE: ref(ProblemDocument)}, **headers)


def takes(content: Mapping[str, Schema], *, authenticated: bool = True) -> dict[str, Any]:
    """Describe an operation that reads its body itself, for `openapi_extra`."""
    body = {"requestBody": {"required": True, "content": {t: {"schema": s} for t, s in content.items()}}}
    return body | requires_token() if authenticated else body


def requires_token() -> dict[str, Any]:
    """Say that an operation needs a bearer token, for `openapi_extra`."""
    return {"security": [{BEARER: []}]}


def accepts_token() -> dict[str, Any]:
    """Say that an operation shows more to a member than to anybody, for `openapi_extra`."""
    return {"security": [{}, {BEARER: []}]}


def install(app: FastAPI, models: Sequence[type[BaseModel]]) -> None:
    """Make the application describe itself with these models."""

    def describe() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
            _complete(document, models)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = describe  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _complete(document: dict[str, Any], models: Sequence[type[BaseModel]]) -> None:
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas.update(_described(ProblemDocument, *models))
    # The framework announces 422 and documents of its own, which `problems` never sends.
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    components["securitySchemes"] = {
        BEARER: {
            "type": "http",
            "scheme": "bearer",
            "description": "A member's token, as `filiere token create` shows it",
        }
    }
    needed = {f"{method} {path.replace(':path}', '}')}": permission for (method, path), permission in ROUTES.items()}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            _complete_operation(operation, f"{method.upper()} {path}", needed)


def _described(*models: type[BaseModel]) -> dict[str, Any]:
    """Describe models and what they are made of, by name.

    Raises:
        ValueError: two that differ have one name; a reader would be told the wrong one of them.
    """
    found: dict[str, Any] = {}
    for model in models:
        schema = model.model_json_schema(ref_template=REF)
        for name, described in {**schema.pop("$defs", {}), model.__name__: schema}.items():
            if found.setdefault(name, described) != described:
                raise ValueError(f"expected one model of the name {name}, found two")
    return found


def _complete_operation(operation: dict[str, Any], label: str, needed: Mapping[str, Permission | None]) -> None:
    answers = operation["responses"]
    answers.pop("422", None)
    for status, description in _refusals(operation, needed[label]).items():
        answers.setdefault(status, refuses(description))
    answers.setdefault("default", refuses("Refused or failed: a problem document says why"))
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in PARAMETERS and "$ref" not in parameter["schema"]:
            parameter.setdefault("example", PARAMETERS[parameter["name"]])
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        if kind in EXAMPLE_TYPES and label in BODIES:
            content["example"] = BODIES[label]


def _refusals(operation: Mapping[str, Any], needed: Permission | None) -> dict[str, str]:
    """Say what any operation of this kind may be refused with; what an operation says itself goes first."""
    found = {"429": "Too many requests: ask again when Retry-After says"}
    if needed is not None:
        found["401"] = (
            "The token is not accepted" if needed in OF_ANYBODY else "There is no token, or it is not accepted"
        )
        found["403"] = "Whose token it is may not do this, or is suspended"
    if operation.get("parameters") or "requestBody" in operation:
        found["400"] = "A parameter or the body is malformed: each reason is said"
    if "requestBody" in operation:
        found["413"] = "The body is too large"
        found["415"] = "The body is of another media type"
    return found
